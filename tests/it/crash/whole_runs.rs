//! Whole runs of the real program, killed on their way: nothing is lost, and at most the message in flight is repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;

use crate::support::certificates;

/// Names the program to kill, and asks for every kill there is; `tests/crash.sh` sets it.
const PROGRAM: &str = "CERTNOTIFY_CRASH_PROGRAM";
/// Of those kills, one in so many.
const EVERY: &str = "CERTNOTIFY_CRASH_EVERY";
const CONTACTS: [&str; 2] = ["anna", "ops"];

/// A mail server that takes everything, one session after another, and may kill its client before it answers.
struct Sink {
    port: u16,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// The Message-IDs of what was taken, by recipient.
    taken: BTreeMap<String, Vec<String>>,
    /// Lines that clients sent since the last reset.
    lines: usize,
    /// Kill this process when this many lines have come.
    kill: Option<(usize, u32)>,
}

impl Sink {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared: Arc<Mutex<Shared>> = Arc::default();
        let of_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A client that was killed ends its session anywhere.
                let _ = session(&client, &of_thread);
            }
        });
        Self { port, shared }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn session(client: &TcpStream, shared: &Mutex<Shared>) -> io::Result<()> {
    let mut answers = client;
    let (mut recipient, mut identifier, mut is_text) = (String::new(), String::new(), false);
    answers.write_all(b"220 sink\r\n")?;
    for line in BufReader::new(client).lines() {
        let line = line?;
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.lines += 1;
        if let Some((_, process)) = shared.kill.filter(|(lines, _)| *lines == shared.lines) {
            let killed = Command::new("kill").args(["-9", &process.to_string()]).status()?;
            assert!(killed.success());
        }
        let (command, argument) = line.split_once(':').unwrap_or((&line, ""));
        let answer: &[u8] = match command.to_ascii_uppercase().as_str() {
            _ if is_text && line == "." => {
                is_text = false;
                shared.taken.entry(std::mem::take(&mut recipient)).or_default().push(std::mem::take(&mut identifier));
                b"250 taken\r\n"
            }
            "MESSAGE-ID" if is_text => {
                argument.trim().clone_into(&mut identifier);
                b""
            }
            _ if is_text => b"",
            "RCPT TO" => {
                argument.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut recipient);
                b"250 ok\r\n"
            }
            "DATA" => {
                is_text = true;
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        answers.write_all(answer)?;
    }
    Ok(())
}

/// Three expired certificates of which two contacts are told, each by mail and in the inbox.
struct Fleet<'a> {
    sink: &'a Sink,
    directory: TempDir,
}

impl<'a> Fleet<'a> {
    fn new(sink: &'a Sink, certificates: &[String]) -> Self {
        let directory = TempDir::new().unwrap();
        let contacts: Vec<String> =
            CONTACTS.iter().map(|name| format!("[contacts.{name}]\nemail = \"{name}@example.com\"\n")).collect();
        let policies = format!(
            "[email]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n{}[policies.default]\ncontacts = {CONTACTS:?}\n\
             channels = [\"email\", \"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
             [[certificates]]\nname = \"fleet\"\nfile = \"*.pem\"\n",
            sink.port,
            contacts.concat(),
        );
        fs::write(directory.path().join("policies.toml"), policies).unwrap();
        for (index, pem) in certificates.iter().enumerate() {
            fs::write(directory.path().join(format!("{index}.pem")), pem).unwrap();
        }
        let mut shared = sink.lock();
        *shared = Shared::default();
        drop(shared);
        Self { sink, directory }
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("state/state.json")
    }

    /// `certnotify run`, under `words` if there are any.
    fn command(&self, words: &[String]) -> Command {
        let program = std::env::var(PROGRAM).unwrap_or_else(|_| env!("CARGO_BIN_EXE_certnotify").to_owned());
        let mut line = words.iter().cloned().chain([program]);
        let mut command = Command::new(line.next().unwrap());
        command
            .args(line)
            .args(["run", "--quiet", "-p"])
            .arg(self.directory.path().join("policies.toml"))
            .arg("--state")
            .arg(self.state())
            .env_remove("CERTNOTIFY_STATE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// A run that is not killed: it goes on where the killed one stopped, and has nothing to complain about.
    fn run_in_peace(&self) {
        let outcome = self.command(&[]).output().unwrap();
        let said = String::from_utf8_lossy(&outcome.stderr);
        assert!(outcome.status.success() && said.is_empty(), "{}: {said}", outcome.status);
    }

    /// What holds after a kill and one run more.
    fn holds(&self, kill: &str) {
        for path in [self.state(), self.directory.path().join("state/state.json.previous")] {
            assert_whole(&path, kill);
        }
        self.run_in_peace();
        let (mails, filed) = self.told();
        let sent: usize = mails.values().map(Vec::len).sum();
        assert!(sent <= CONTACTS.len() + 1, "{kill}: more than one message was repeated: {mails:?}");
        for name in CONTACTS {
            let mut identifiers = mails.get(&format!("{name}@example.com")).cloned().unwrap_or_default();
            identifiers.dedup();
            assert_eq!(identifiers.len(), 1, "{kill}: mails to {name}: {mails:?}");
            assert_eq!(filed.get(name), Some(&1), "{kill}: messages of {name}");
        }
    }

    /// The mails that were taken, and how many messages lie in each inbox.
    fn told(&self) -> (BTreeMap<String, Vec<String>>, BTreeMap<&'static str, usize>) {
        let count = |name: &str| {
            let folder = self.directory.path().join("state/inbox").join(name).join("new");
            fs::read_dir(folder).map_or(0, Iterator::count)
        };
        (self.sink.lock().taken.clone(), CONTACTS.iter().map(|name| (*name, count(name))).collect())
    }
}

fn assert_whole(path: &Path, kill: &str) {
    if let Ok(bytes) = fs::read(path) {
        serde_json::from_slice::<Value>(&bytes).unwrap_or_else(|damage| panic!("{kill}: {}: {damage}", path.display()));
    }
}

fn three_expired() -> Vec<String> {
    let expired = |name: &str| {
        let lives = (datetime!(2024-01-01 0:00 UTC), datetime!(2025-01-01 0:00 UTC));
        certificates::leaf(&[name]).lives(lives.0, lives.1).self_signed().pem
    };
    ["www.example.com", "mail.example.com", "vpn.example.com"].map(expired).to_vec()
}

fn every() -> usize {
    std::env::var(EVERY).map_or(1, |every| every.parse().unwrap())
}

#[test]
fn a_run_that_is_killed_at_any_line_of_its_mails_loses_nothing_and_repeats_at_most_one() {
    let (sink, certificates) = (Sink::start(), three_expired());
    let fleet = Fleet::new(&sink, &certificates);
    fleet.run_in_peace();
    let lines = sink.lock().lines;
    let told = fleet.told();
    fleet.run_in_peace();
    assert_eq!(fleet.told(), told, "the second run in peace told something");
    assert!(lines > 40, "{lines} lines");
    let every = if std::env::var_os(PROGRAM).is_some() { every() } else { 7 };
    for line in (1..=lines).filter(|line| line % every == 0) {
        let fleet = Fleet::new(&sink, &certificates);
        let mut locked = sink.lock();
        let mut child = fleet.command(&[]).spawn().unwrap();
        locked.kill = Some((line, child.id()));
        drop(locked);
        assert!(!child.wait().unwrap().success());
        sink.lock().kill = None;
        fleet.holds(&format!("killed at line {line}"));
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn a_run_that_is_killed_before_any_system_call_loses_nothing_and_repeats_at_most_one() {
    if std::env::var_os(PROGRAM).is_none() {
        eprintln!("not asked for: tests/crash.sh kills before every system call, and 200 times at random");
        return;
    }
    let certificates = three_expired();
    let calls = system_calls_of_a_run(&certificates);
    assert!(calls.len() > 400, "{} system calls", calls.len());
    let calls: Vec<_> = calls.into_iter().step_by(every()).collect();
    let (next, spared) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let sink = Sink::start();
                while let Some((call, number)) = calls.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let fleet = Fleet::new(&sink, &certificates);
                    // Counted for each thread and kind of call apart.
                    let inject = format!("inject={call}:signal=SIGKILL:when={number}");
                    let outcome = fleet.command(&strace(&["-o", "/dev/null", "-e", &inject])).output().unwrap();
                    // How often threads wait for one another differs from run to run.
                    spared.fetch_add(usize::from(outcome.status.success()), Ordering::Relaxed);
                    fleet.holds(&format!("killed before {call} number {number}"));
                }
            });
        }
    });
    let spared = spared.into_inner();
    assert!(spared * 10 <= calls.len(), "{spared} of {} runs were not killed", calls.len());
    eprintln!("{} kills before a system call", calls.len() - spared);
}

/// Every call of a run that is not killed: which, and the how manieth of its kind in its thread.
fn system_calls_of_a_run(certificates: &[String]) -> Vec<(String, usize)> {
    let sink = Sink::start();
    let fleet = Fleet::new(&sink, certificates);
    let log = fleet.directory.path().join("calls");
    let outcome = fleet.command(&strace(&["-o", log.to_str().unwrap()])).output().unwrap();
    assert!(outcome.status.success());
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let text = fs::read_to_string(log).unwrap();
    let calls = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?.split_once('(')?.0))
    });
    // The first one starts the program, and the last one ends it; how often memory is asked for differs.
    let calls =
        calls.filter(|(_, call)| !matches!(*call, "execve" | "exit_group" | "brk" | "mmap" | "munmap" | "mremap"));
    let numbered = calls.map(|(thread, call)| {
        let count = counts.entry((thread, call)).or_default();
        *count += 1;
        (call.to_owned(), *count)
    });
    numbered.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The command of strace with these options, before the program.
fn strace(options: &[&str]) -> Vec<String> {
    ["strace", "-f", "-qq"].iter().chain(options).map(|word| (*word).to_owned()).collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn a_run_that_is_killed_at_random_loses_nothing_and_repeats_at_most_one() {
    if std::env::var_os(PROGRAM).is_none() {
        eprintln!("not asked for: tests/crash.sh kills before every system call, and 200 times at random");
        return;
    }
    let (sink, certificates) = (Sink::start(), three_expired());
    let begun = Instant::now();
    Fleet::new(&sink, &certificates).run_in_peace();
    let whole = begun.elapsed();
    // A linear congruential generator: the same kills each time, as far as the machine allows.
    let mut random = 20_261_122_u64;
    let mut kills = 0;
    for round in 0.. {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let after = whole.mul_f64(f64::from((random >> 40) as u32) / f64::from(1 << 24));
        let fleet = Fleet::new(&sink, &certificates);
        let mut child = fleet.command(&[]).spawn().unwrap();
        std::thread::sleep(after);
        child.kill().unwrap();
        kills += usize::from(!child.wait().unwrap().success());
        fleet.holds(&format!("killed after {} us", after.as_micros()));
        if kills * every() >= 200 {
            break;
        }
        assert!(round < 1000, "only {kills} kills hit a run");
    }
    eprintln!("{kills} kills at random within {} ms", whole.max(Duration::from_millis(1)).as_millis());
}
