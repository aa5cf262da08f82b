//! What looking at thousands of live endpoints takes, with some of them silent, against a farm on loopback.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends here, and tells otherwise"
)]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

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
    let binaries = if binaries.is_empty() { vec![env!("CARGO_BIN_EXE_certnotify").to_owned()] } else { binaries };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let roots = folder.path().join("roots.pem");
    let talking = farm(&roots);
    let silent = silence();
    println!("endpoints  silent    check, wall and CPU       run, wall and CPU         binary");
    for count in ENDPOINTS {
        for share in SILENT {
            let endpoints = endpoints(count, share, talking, silent);
            for binary in &binaries {
                let check = check(binary, folder.path(), &endpoints, &roots);
                let run = run(binary, folder.path(), &endpoints, &roots);
                println!("{count:9}  {share:4} %   {check}   {run}   {binary}");
            }
        }
    }
}

/// Every address of 127.0.0.0/8 is this machine.
fn endpoints(count: usize, silent_of_hundred: usize, talking: u16, silent: u16) -> Vec<String> {
    let endpoint = |number: usize| {
        let address = Ipv4Addr::from(0x7f01_0000 + u32::try_from(number).expect("a number"));
        let is_silent = number * silent_of_hundred / 100 != (number + 1) * silent_of_hundred / 100;
        format!("{address}:{}", if is_silent { silent } else { talking })
    };
    (0..count).map(endpoint).collect()
}

fn check(binary: &str, folder: &Path, endpoints: &[String], roots: &Path) -> String {
    let list = folder.join("endpoints");
    std::fs::write(&list, endpoints.join(" ")).expect("a list");
    let (list, roots) = (list.display(), roots.display());
    measure(&format!("'{binary}' check --timeout 5s --ca-file '{roots}' $(cat '{list}')"))
}

fn run(binary: &str, folder: &Path, endpoints: &[String], roots: &Path) -> String {
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
    let text =
        measure(&format!("'{binary}' run {timeout} --policies '{}' --state '{}'", file.display(), state.display()));
    let _ = std::fs::remove_file(state);
    text
}

/// Wall and CPU seconds of a command, and its largest memory.
fn measure(command: &str) -> String {
    let script = format!("ulimit -S -n 1024; TIMEFORMAT='%3U %3S'; time {{ {command} >/dev/null 2>&1; }}");
    let begun = Instant::now();
    let output = Command::new("bash").args(["-c", &script]).stdin(Stdio::null()).output().expect("bash");
    let wall = begun.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stderr);
    let numbers = text.lines().last().unwrap_or_default().split_whitespace();
    let cpu: f64 = numbers.filter_map(|number| number.parse::<f64>().ok()).sum();
    format!("{wall:6.2} s {cpu:6.2} s")
}

/// A TLS server on every loopback address, with a leaf, an intermediate and a root of its own; its port.
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
    let names: Vec<String> = (0..2).map(|number| format!("host-{number}.example.com")).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.not_after = date_time_ymd(2044, 1, 1);
    let leaf = params.signed_by(&leaf_key, &Issuer::from_params(&of_issuer, &key)).expect("a leaf");
    let chain = vec![CertificateDer::from(leaf.der().to_vec()), CertificateDer::from(issuer.der().to_vec())];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).expect("a certificate"));
    let listener = TcpListener::bind("0.0.0.0:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let listener = Arc::new(listener);
    for _ in 0..SERVERS {
        let (listener, config) = (Arc::clone(&listener), Arc::clone(&config));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                serve(stream, &config);
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
