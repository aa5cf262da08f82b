//! What looking at thousands of live endpoints takes, with some of them silent, against a farm on loopback; beside it a
//! bare client of the same TLS library that verifies each chain and name.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends here, and tells otherwise"
)]

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

/// An argument that makes this program the bare client.
const PROBE: &str = "probe";
/// What the bare client holds at the same time.
const PROBES: usize = 100;
const ENDPOINTS: [usize; 2] = [1000, 5000];
/// Of a hundred endpoints.
const SILENT: [usize; 3] = [0, 2, 50];
/// Connections that the farm serves at the same time.
const SERVERS: usize = 64;
/// A silent peer keeps a connection for longer than any look.
const PATIENCE: Duration = Duration::from_secs(15);

fn main() {
    // `cargo bench` adds an option of its own. Several binaries are measured one after another.
    let binaries: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [word, roots, list] = &*binaries
        && word == PROBE
    {
        return probe(Path::new(roots), Path::new(list));
    }
    let binaries = if binaries.is_empty() { vec![env!("CARGO_BIN_EXE_certnotify").to_owned()] } else { binaries };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let roots = folder.path().join("roots.pem");
    let talking = farm(&roots);
    let silent = silence();
    println!("endpoints  silent    wall        CPU     memory   CPU/probe  command");
    for count in ENDPOINTS {
        let list = endpoints(count, 0, talking, silent);
        std::fs::write(folder.path().join("endpoints"), list.join(" ")).expect("a list");
        let program = std::env::current_exe().expect("this program");
        let files = format!("'{}' '{}'", roots.display(), folder.path().join("endpoints").display());
        let bare = measure(&format!("'{}' {PROBE} {files}", program.display()));
        bare.print(count, 0, &bare, "bare client");
        for share in SILENT {
            let endpoints = endpoints(count, share, talking, silent);
            for binary in &binaries {
                let check = check(binary, folder.path(), &endpoints, &roots);
                check.print(count, share, &bare, &format!("{binary} check"));
                let run = run(binary, folder.path(), &endpoints, &roots);
                run.print(count, share, &bare, &format!("{binary} run"));
            }
        }
    }
}

/// What a command took.
struct Measured {
    wall: f64,
    cpu: f64,
    mib: f64,
}

impl Measured {
    fn print(&self, count: usize, share: usize, bare: &Self, what: &str) {
        let Self { wall, cpu, mib } = self;
        let ratio = cpu / bare.cpu.max(f64::MIN_POSITIVE);
        println!("{count:9}  {share:4} %  {wall:6.2} s  {cpu:6.2} s  {mib:6.1} MiB  {ratio:8.2}  {what}");
    }
}

/// Connects, verifies, and keeps nothing.
fn probe(roots: &Path, list: &Path) {
    let mut store = RootCertStore::empty();
    let root = CertificateDer::from_pem_file(roots).expect("a root");
    store.add(root).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let mut config = config.with_root_certificates(store).with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    let config = Arc::new(config);
    let list = std::fs::read_to_string(list).expect("a list");
    let targets: Vec<SocketAddr> = list.split(' ').map(|target| target.parse().expect("an address")).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..PROBES {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = target.ip().into();
                    let mut connection = ClientConnection::new(Arc::clone(&config), name).expect("a connection");
                    let mut stream = TcpStream::connect(target).expect("a server");
                    while connection.is_handshaking() {
                        connection.complete_io(&mut stream).expect("a handshake that is verified");
                    }
                }
            });
        }
    });
}

/// Every address of 127.0.0.0/8 is this machine.
fn address(number: usize) -> Ipv4Addr {
    Ipv4Addr::from(0x7f01_0000 + u32::try_from(number).expect("a number"))
}

fn endpoints(count: usize, silent_of_hundred: usize, talking: u16, silent: u16) -> Vec<String> {
    let endpoint = |number: usize| {
        let address = address(number);
        let is_silent = number * silent_of_hundred / 100 != (number + 1) * silent_of_hundred / 100;
        format!("{address}:{}", if is_silent { silent } else { talking })
    };
    (0..count).map(endpoint).collect()
}

fn check(binary: &str, folder: &Path, endpoints: &[String], roots: &Path) -> Measured {
    let list = folder.join("endpoints");
    std::fs::write(&list, endpoints.join(" ")).expect("a list");
    let (list, roots) = (list.display(), roots.display());
    measure(&format!("'{binary}' check --timeout 5s --ca-file '{roots}' $(cat '{list}')"))
}

fn run(binary: &str, folder: &Path, endpoints: &[String], roots: &Path) -> Measured {
    let mut policy = "[settings]\ndefault-contact = \"ops\"\n[contacts.ops]\nemail = \"ops@example.com\"\n".to_owned();
    let quoted: Vec<String> = endpoints.iter().map(|endpoint| format!("\"{endpoint}\"")).collect();
    let _ = writeln!(policy, "[[certificates]]\nname = \"farm\"\nca-file = \"{}\"", roots.display());
    let _ = writeln!(policy, "endpoint = [{}]", quoted.join(", "));
    let file = folder.join("policies.toml");
    std::fs::write(&file, policy).expect("a policy file");
    let state = folder.join("state.json");
    // A binary without --timeout waits for as long as it always does.
    let knows = Command::new(binary).args(["run", "--help"]).output().expect("the binary");
    let timeout = if String::from_utf8_lossy(&knows.stdout).contains("--timeout") { "--timeout 5s" } else { "" };
    let measured =
        measure(&format!("'{binary}' run {timeout} --policies '{}' --state '{}'", file.display(), state.display()));
    let _ = std::fs::remove_file(state);
    measured
}

/// Prints the CPU seconds and the largest memory (KiB) of a command.
const WATCH: &str = "import os, subprocess, sys
child = subprocess.Popen(['bash', '-c', 'ulimit -S -n 1024; exec ' + sys.argv[1] + ' >/dev/null 2>&1'])
used = os.wait4(child.pid, 0)[2]
print(used.ru_utime + used.ru_stime, used.ru_maxrss)";

fn measure(command: &str) -> Measured {
    let begun = Instant::now();
    let output = Command::new("python3").args(["-c", WATCH, command]).stdin(Stdio::null()).output().expect("python3");
    let wall = begun.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [cpu, kib] = numbers[..] else { unreachable!("nothing was measured: {text}") };
    Measured { wall, cpu, mib: kib / 1024.0 }
}

/// A TLS server on every loopback address, each with a leaf of its own of one intermediate and one root; its port.
fn farm(roots: &Path) -> u16 {
    let authority = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.not_after = date_time_ymd(2045, 1, 1);
        params
    };
    let (root_key, key, leaf_key) = (KeyPair::generate(), KeyPair::generate(), KeyPair::generate());
    let (root_key, key, leaf_key) = (root_key.expect("a key"), key.expect("a key"), leaf_key.expect("a key"));
    let of_root = authority("Example Root");
    let of_issuer = authority("Example Issuing CA");
    let root = of_root.self_signed(&root_key).expect("a root");
    std::fs::write(roots, root.pem()).expect("a file");
    let issuer = of_issuer.signed_by(&key, &Issuer::from_params(&of_root, &root_key)).expect("an intermediate");
    let issuer_der = CertificateDer::from(issuer.der().to_vec());
    let issuer = Issuer::from_params(&of_issuer, &key);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let served = |number: usize| {
        let address = address(number);
        let mut params = CertificateParams::new([format!("host-{number}.example.com")]).expect("names");
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(address)));
        params.not_after = date_time_ymd(2044, 1, 1);
        let leaf = params.signed_by(&leaf_key, &issuer).expect("a leaf");
        let chain = vec![CertificateDer::from(leaf.der().to_vec()), issuer_der.clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        (address, Arc::new(config.with_single_cert(chain, key).expect("a certificate")))
    };
    let most = ENDPOINTS.into_iter().max().unwrap_or_default();
    let configs: Arc<HashMap<Ipv4Addr, Arc<ServerConfig>>> = Arc::new((0..most).map(served).collect());
    let listener = TcpListener::bind("0.0.0.0:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let listener = Arc::new(listener);
    for _ in 0..SERVERS {
        let (listener, configs) = (Arc::clone(&listener), Arc::clone(&configs));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if let Ok(SocketAddr::V4(here)) = stream.local_addr()
                    && let Some(config) = configs.get(here.ip())
                {
                    serve(stream, config);
                }
            }
        });
    }
    port
}

fn serve(mut stream: TcpStream, config: &Arc<ServerConfig>) {
    let mut connection = ServerConnection::new(Arc::clone(config)).expect("a connection");
    while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    let _ = stream.flush();
    let _ = stream.read(&mut [0; 64]);
}

/// A port on every loopback address that takes connections and says nothing.
fn silence() -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        let mut taken = VecDeque::new();
        for stream in listener.incoming().map_while(Result::ok) {
            taken.push_back((Instant::now(), stream));
            while taken.front().is_some_and(|(since, _)| since.elapsed() > PATIENCE) {
                taken.pop_front();
            }
        }
    });
    port
}
