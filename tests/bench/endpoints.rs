//! What looking at thousands of live endpoints takes, with some of them silent, against a farm on loopback; beside it a
//! bare client of the same TLS library that verifies each chain and name, and one that also asks each server for a
//! certificate with a key of another kind, as `check` does.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends here, and tells otherwise"
)]

mod authority;
mod measure;

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use authority::authority;
use measure::measure;
use rcgen::{CertificateParams, Issuer, KeyPair, SanType, date_time_ymd};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

/// Arguments that make this program a bare client.
const PROBE: &str = "probe";
const PROBE_TWICE: &str = "probe-twice";
/// What the bare client holds at the same time.
const PROBES: usize = 100;
const ENDPOINTS: [usize; 2] = [1000, 5000];
/// Of a hundred endpoints.
const SILENT: [usize; 2] = [2, 50];
/// Connections that the farm serves at the same time.
const SERVERS: usize = 64;
/// In seconds: the time limit of a look, and what silent peers may take beyond it.
const LIMIT: f64 = 5.0;
const BEYOND_LIMIT: f64 = 0.5;
/// CPU against the client that asks the same.
const MOST_RATIO: f64 = 1.0;
/// Measured so often, by turns; the median counts.
const ROUNDS: usize = 3;
/// A silent peer keeps a connection for longer than any look.
const PATIENCE: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    // `cargo bench` adds an option of its own. Several binaries are measured one after another.
    let binaries: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [word, roots, list] = &*binaries
        && (word == PROBE || word == PROBE_TWICE)
    {
        probe(Path::new(roots), Path::new(list), word == PROBE_TWICE);
        return ExitCode::SUCCESS;
    }
    let binaries = if binaries.is_empty() { vec![env!("CARGO_BIN_EXE_certnotify").to_owned()] } else { binaries };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let roots = folder.path().join("roots.pem");
    let farm = Farm { talking: farm(&roots), silent: silence(), unconnected: Unconnected::new() };
    println!("endpoints  silent    wall        CPU     memory  CPU/bare  CPU/twice  command");
    let mut is_kept = true;
    for count in ENDPOINTS {
        let list = folder.path().join("endpoints");
        std::fs::write(&list, farm.endpoints(count, 0).join(" ")).expect("a list");
        let program = std::env::current_exe().expect("this program");
        let client = |word: &str| {
            Measured::new(&format!("'{}' {word} '{}' '{}'", program.display(), roots.display(), list.display()))
        };
        let mut clients = [const { Vec::new() }; 2];
        let mut clean = [const { Vec::new() }; 2];
        let everything = farm.endpoints(count, 0);
        for _ in 0..ROUNDS {
            clients[0].push(client(PROBE));
            clients[1].push(client(PROBE_TWICE));
            clean[0].push(check(&binaries[0], folder.path(), &everything, &roots));
            clean[1].push(run(&binaries[0], folder.path(), &everything, &roots));
        }
        let [bare, twice] = clients.map(median);
        bare.print((count, 0), [&bare, &twice], "bare client");
        twice.print((count, 0), [&bare, &twice], "bare client that asks twice");
        for (binary, is_first) in binaries.iter().zip(std::iter::once(true).chain(std::iter::repeat(false))) {
            for (verb, command) in [("check", check as Look), ("run", run as Look)] {
                let at = usize::from(verb == "run");
                let clean = match std::mem::take(&mut clean[at]) {
                    measured if is_first => median(measured),
                    _ => median((0..ROUNDS).map(|_| command(binary, folder.path(), &everything, &roots)).collect()),
                };
                clean.print((count, 0), [&bare, &twice], &format!("{binary} {verb}"));
                is_kept &= verb == "run" || clean.cpu <= MOST_RATIO * twice.cpu;
                for share in SILENT {
                    let some = command(binary, folder.path(), &farm.endpoints(count, share), &roots);
                    some.print((count, share), [&bare, &twice], &format!("{binary} {verb}"));
                    is_kept &= some.wall <= clean.wall + LIMIT + BEYOND_LIMIT;
                }
            }
        }
    }
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Look = fn(&str, &Path, &[String], &Path) -> Measured;

/// Ports of each loopback address.
struct Farm {
    talking: u16,
    /// Takes connections and says nothing.
    silent: u16,
    unconnected: Unconnected,
}

impl Farm {
    /// Of the silent ones every other takes no connection either.
    fn endpoints(&self, count: usize, silent_of_hundred: usize) -> Vec<String> {
        let silent = |number: usize| number * silent_of_hundred / 100;
        let port = |number: usize| match silent(number + 1) - silent(number) {
            0 => self.talking,
            _ if silent(number) % 2 == 0 => self.silent,
            _ => self.unconnected.port,
        };
        (0..count).map(|number| format!("{}:{}", address(number), port(number))).collect()
    }
}

/// A port at which the packets that ask for a connection are dropped: its queue is full.
struct Unconnected {
    port: u16,
    holder: Child,
}

impl Unconnected {
    fn new() -> Self {
        let program = "import socket, sys
server = socket.socket()
server.bind(('0.0.0.0', 0))
server.listen(0)
port = server.getsockname()[1]
first = socket.create_connection(('127.0.0.1', port))
print(port, flush=True)
sys.stdin.read()";
        let mut python = Command::new("python3");
        let mut holder =
            python.args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
        let mut line = String::new();
        BufReader::new(holder.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        Self { port: line.trim().parse().expect("a port"), holder }
    }
}

impl Drop for Unconnected {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn median(mut measured: Vec<Measured>) -> Measured {
    measured.sort_by(|one, other| one.cpu.total_cmp(&other.cpu));
    let middle = measured.len() / 2;
    measured.swap_remove(middle)
}

/// What a command took, in seconds and MiB.
struct Measured {
    wall: f64,
    cpu: f64,
    mib: f64,
}

impl Measured {
    fn new(command: &str) -> Self {
        let (cpu, wall, mib) = measure(command);
        Self { wall: wall / 1000.0, cpu: cpu / 1000.0, mib }
    }

    fn print(&self, (count, share): (usize, usize), clients: [&Self; 2], what: &str) {
        let Self { wall, cpu, mib } = self;
        let [bare, twice] = clients.map(|client| cpu / client.cpu.max(f64::MIN_POSITIVE));
        println!("{count:9}  {share:4} %  {wall:6.2} s  {cpu:6.2} s  {mib:6.1} MiB  {bare:8.2}  {twice:9.2}  {what}");
    }
}

/// Connects, verifies, and keeps nothing.
fn probe(roots: &Path, list: &Path, asks_twice: bool) {
    let all = rustls::crypto::ring::default_provider();
    let of_rsa = all.signature_verification_algorithms.mapping.iter().copied();
    let of_rsa: Vec<_> = of_rsa.filter(|(scheme, _)| format!("{scheme:?}").starts_with("RSA")).collect();
    let mut other = all.clone();
    other.signature_verification_algorithms.mapping = of_rsa.leak();
    let (config, other) = (client_config(roots, all), client_config(roots, other));
    let list = std::fs::read_to_string(list).expect("a list");
    let targets: Vec<SocketAddr> = list.split(' ').map(|target| target.parse().expect("an address")).collect();
    let next = AtomicUsize::new(0);
    let look = |target: &SocketAddr, config: &Arc<ClientConfig>| {
        let mut connection = ClientConnection::new(Arc::clone(config), target.ip().into()).expect("a connection");
        let mut stream = TcpStream::connect(target).expect("a server");
        while connection.is_handshaking() {
            if connection.complete_io(&mut stream).is_err() {
                return false;
            }
        }
        true
    };
    thread::scope(|scope| {
        for _ in 0..PROBES {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    assert!(look(target, &config), "a handshake that is verified");
                    assert!(!asks_twice || !look(target, &other), "a server with one certificate");
                }
            });
        }
    });
}

fn client_config(roots: &Path, provider: CryptoProvider) -> Arc<ClientConfig> {
    let mut store = RootCertStore::empty();
    store.add(CertificateDer::from_pem_file(roots).expect("a root")).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(provider));
    let config = config.with_safe_default_protocol_versions().expect("versions");
    let mut config = config.with_root_certificates(store).with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Arc::new(config)
}

/// Every address of 127.0.0.0/8 is this machine.
fn address(number: usize) -> Ipv4Addr {
    Ipv4Addr::from(0x7f01_0000 + u32::try_from(number).expect("a number"))
}

fn check(binary: &str, folder: &Path, endpoints: &[String], roots: &Path) -> Measured {
    let list = folder.join("endpoints");
    std::fs::write(&list, endpoints.join(" ")).expect("a list");
    let (list, roots) = (list.display(), roots.display());
    Measured::new(&format!("'{binary}' check --timeout 5s --ca-file '{roots}' $(cat '{list}')"))
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
    let measured = Measured::new(&format!(
        "'{binary}' run {timeout} --policies '{}' --state '{}'",
        file.display(),
        state.display()
    ));
    let _ = std::fs::remove_file(state);
    measured
}

/// A TLS server on every loopback address, each with a leaf of its own of one intermediate and one root; its port.
fn farm(roots: &Path) -> u16 {
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
