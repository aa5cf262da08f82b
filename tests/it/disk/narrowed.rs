//! What a run gives up before it reads what others wrote (Landlock).
//!
//! The part of the kernel is tried in a thread that has narrowed itself as a run does: it stands for a parser in the hands of
//! an attacker. The part of the program is tried by the system calls of a whole run.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use certnotify::program::launcher;
use certnotify::sandbox::{self, Confinement, Narrowed};
use tempfile::TempDir;

use super::{Ended, Place, names};
use crate::support::web::{Reply, Web};

const NO_LANDLOCK: &str = "this kernel has no Landlock that can be used: what it keeps a run from was not tried";

/// What `work` comes to in a thread that is narrowed to these limits; nothing where the kernel cannot.
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn narrowed<T: Send>(limits: &Confinement, work: impl FnOnce(Narrowed) -> T + Send) -> Option<T> {
    let in_thread = || match sandbox::narrow(limits) {
        Narrowed::Not => None,
        narrowed => Some(work(narrowed)),
    };
    let worked = std::thread::scope(|scope| scope.spawn(in_thread).join().unwrap());
    if worked.is_none() {
        eprintln!("{NO_LANDLOCK}");
    }
    worked
}

#[track_caller]
fn denied<T: std::fmt::Debug>(outcome: io::Result<T>, what: &str) {
    let kind = outcome.map_err(|error| error.kind()).unwrap_err();
    assert!(matches!(kind, ErrorKind::PermissionDenied | ErrorKind::CrossesDevices), "{what}: {kind}");
}

#[test]
fn what_is_narrowed_writes_in_its_own_directories_and_nowhere_else() {
    let folder = TempDir::new().unwrap();
    let [state, other] = ["state", "other"].map(|name| folder.path().join(name));
    for directory in [&state, &other, &state.join("tmp"), &state.join("new")] {
        fs::create_dir(directory).unwrap();
    }
    let theirs = other.join("theirs");
    fs::write(&theirs, "of another program").unwrap();
    let report = folder.path().join("report");
    fs::write(&report, "as it was").unwrap();
    let limits =
        Confinement { writable: vec![state.clone(), state.join("inbox/not/yet"), report.clone()], ports: None };
    narrowed(&limits, |_| {
        denied(fs::write(other.join("new"), "x"), "a new file");
        denied(fs::write(&theirs, "x"), "a file that is there");
        denied(fs::OpenOptions::new().append(true).open(&theirs), "more in a file");
        denied(fs::OpenOptions::new().read(true).write(true).open(&theirs), "opened to read and write");
        denied(fs::remove_file(&theirs), "a file removed");
        denied(fs::rename(&theirs, other.join("renamed")), "a file renamed");
        denied(fs::rename(&theirs, state.join("taken")), "a file taken away");
        denied(fs::hard_link(&theirs, state.join("linked")), "a file with a second name");
        denied(fs::create_dir(other.join("directory")), "a directory");
        denied(std::os::unix::fs::symlink("/etc/passwd", other.join("link")), "a link");
        denied(std::os::unix::net::UnixListener::bind(other.join("socket")), "a socket");
        fs::write(state.join("mine"), "x").unwrap();
        denied(fs::rename(state.join("mine"), other.join("mine")), "a file put elsewhere");
        denied(std::os::unix::fs::symlink(&theirs, state.join("through")), "a link beside the state");
        let by_thread = || denied(fs::write(other.join("new"), "x"), "by a thread");
        std::thread::scope(|scope| scope.spawn(by_thread).join().unwrap());

        assert_eq!(fs::read_to_string(&theirs).unwrap(), "of another program");
        fs::write(state.join("tmp/mail"), "a mail").unwrap();
        fs::rename(state.join("tmp/mail"), state.join("new/mail")).unwrap();
        fs::hard_link(state.join("mine"), state.join("before")).unwrap();
        fs::OpenOptions::new().write(true).open(state.join("mine")).unwrap().set_len(0).unwrap();
        fs::create_dir_all(state.join("inbox/not/yet")).unwrap();
        fs::write(state.join("inbox/not/yet/mail"), "a mail").unwrap();
        fs::remove_file(state.join("before")).unwrap();
        fs::write(&report, "as it is").unwrap();
    });
    assert_eq!(names(&other), ["theirs"]);
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "of another program");
}

#[test]
fn what_is_narrowed_runs_no_program_and_connects_to_known_ports_alone() {
    let [known, other] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [known, other] = [&known, &other].map(|listener| listener.local_addr().unwrap());
    let limits = Confinement { writable: Vec::new(), ports: Some(BTreeSet::from([known.port()])) };
    narrowed(&limits, |narrowed| {
        denied(Command::new("/bin/true").status(), "a program");
        TcpStream::connect(known).unwrap();
        if narrowed == Narrowed::FilesAndPorts {
            denied(TcpStream::connect(other), "another port");
        }
    });
    let anywhere = Confinement { writable: Vec::new(), ports: None };
    narrowed(&anywhere, |_| TcpStream::connect(other).unwrap());
}

#[test]
fn a_place_that_cannot_be_looked_at_leaves_the_process_as_it_was() {
    let folder = TempDir::new().unwrap();
    let endless = folder.path().join("x".repeat(300));
    let limits = Confinement { writable: vec![endless], ports: None };
    let narrowed = std::thread::scope(|scope| scope.spawn(|| sandbox::narrow(&limits)).join().unwrap());
    assert_eq!(narrowed, Narrowed::Not);
}

fn has_landlock() -> bool {
    narrowed(&Confinement::default(), |_| ()).is_some()
}

#[test]
fn a_narrowed_run_writes_its_inbox_its_feeds_and_its_reports_wherever_they_are() {
    let place = Place::with("inbox = \"mails/of/all\"\npublish = \"feeds/new\"");
    fs::create_dir(place.path("reports")).unwrap();
    fs::create_dir(place.path("elsewhere")).unwrap();
    fs::write(place.path("elsewhere/metrics"), "").unwrap();
    std::os::unix::fs::symlink(place.path("elsewhere/metrics"), place.path("metrics")).unwrap();
    let arguments = ["run", "-v", "--report", "json=reports/all.json", "--report", "prometheus=metrics"];
    for round in 0..2 {
        let ended = place.certnotify(&arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        if has_landlock() {
            let said = "this run writes to its own files only, and runs no program (Landlock)";
            assert!(ended.stderr.contains(said), "{ended:?}");
        }
        assert_eq!(names(&place.path("mails/of/all/ops/new")).len(), 1, "round {round}");
    }
    assert_eq!(names(&place.path("feeds/new")), ["expiry.atom", "expiry.ics"]);
    assert!(fs::read_to_string(place.path("reports/all.json")).unwrap().contains("\"www\""));
    assert!(fs::read_to_string(place.path("elsewhere/metrics")).unwrap().contains("www"));
}

/// A policy that asks no authority, with a webhook.
fn with_webhook(place: &Place, web: &Web, more: &str) {
    let policy = format!(
        "[settings]\ntimezone = \"UTC\"\n[contacts.ops]\nwebhook = {{ url = \"{}\" }}\n{more}\n[policies.default]\n\
         contacts = [\"ops\"]\nchannels = [\"webhook\", \"inbox\", \"command\"]\nevents = [\"expiration\", \"expired\"]\n\
         [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n",
        web.url("/hook")
    );
    fs::write(place.path("policies.toml"), policy).unwrap();
}

#[test]
fn a_narrowed_run_reaches_its_channels_and_its_programs() {
    let web = Web::start();
    web.reply("/hook", Reply::Bytes(Vec::new()));
    let place = Place::new();
    with_webhook(&place, &web, "");
    let ended = place.certnotify(&["run", "-v"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(web.asked().len(), 1);
    if has_landlock() {
        assert!(ended.stderr.contains("this run writes to its own files only"), "{ended:?}");
    }
    let program = place.path("tell");
    fs::write(&program, "#!/bin/sh\ncat >\"$(dirname \"$0\")/told\"\n").unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let command = format!("command = {{ argv = [{:?}] }}", program.display().to_string());
    with_webhook(&place, &web, &command);
    fs::remove_dir_all(place.path("memory")).unwrap();
    fs::create_dir(place.path("memory")).unwrap();
    let ended = place.certnotify(&["run", "-v"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("the programs of the policy file are started by another process"), "{ended:?}");
    if has_landlock() {
        assert!(ended.stderr.contains("this run writes to its own files only"), "{ended:?}");
    }
    // It is not narrowed: it writes where the run may not.
    assert!(fs::read_to_string(place.path("told")).unwrap().contains("www"));
}

/// A place whose contact is told by a program of this script, which stands in `$0`'s directory.
fn with_program(script: &str) -> Place {
    let place = Place::new();
    let program = place.path("tell");
    fs::write(&program, format!("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{script}\n")).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let policy = fs::read_to_string(place.path("policies.toml")).unwrap();
    let command = format!("[contacts.ops]\ncommand = {{ argv = [{:?}] }}\n", program.display().to_string());
    let policy = policy.replace("[contacts.ops]\n", &command).replace("\"inbox\"", "\"command\"");
    fs::write(place.path("policies.toml"), policy).unwrap();
    place
}

/// Processes that start programs for others, by what they were started for.
fn launchers(memory: &Path) -> Vec<u32> {
    let processes =
        fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_one = |process: &u32| {
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let folder = fs::read_link(format!("/proc/{process}/cwd")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(launcher::ARGUMENT) && folder == memory
    };
    processes.filter(is_one).collect()
}

#[test]
fn a_program_in_flight_is_heard_to_its_end_though_each_process_of_the_run_is_asked_to_stop() {
    let place = with_program("touch began; while [ ! -e go-on ]; do sleep 0.05; done; echo told >>told");
    let mut run = place.command(&["run", "--state", "memory/state.json"]).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    while !place.path("began").exists() {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(20));
    }
    let folder = fs::canonicalize(place.path("began").parent().unwrap()).unwrap();
    let of_it = launchers(&folder);
    assert_eq!(of_it.len(), 1);
    let all = [run.id(), of_it[0]].map(|process| process.to_string());
    assert!(Command::new("kill").arg("-TERM").args(&all).status().unwrap().success());
    fs::write(place.path("go-on"), "").unwrap();
    run.wait().unwrap();
    // What it was told is remembered: no other run says it again, and nothing is left of the first.
    let again = place.certnotify(&["run"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(fs::read_to_string(place.path("told")).unwrap(), "told\n");
    while !launchers(&folder).is_empty() {
        assert!(Instant::now() < until);
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn the_process_that_reads_certificates_starts_no_program_and_the_one_that_does_reads_none() {
    if !can_trace() || !has_landlock() {
        return eprintln!("strace or Landlock is not here: who starts programs was not tried");
    }
    let place = with_program("cat >told");
    let log = place.path("log");
    let options = ["-o", log.to_str().unwrap(), "-e", "trace=execve,openat,landlock_restrict_self"];
    let ended = traced(&place, &options);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(place.path("told").exists());
    let log = fs::read_to_string(Path::new(&log)).unwrap();
    let process_of =
        |words: &[&str]| log.lines().nth(line_of(&log, words)).unwrap().split(' ').next().unwrap().to_owned();
    let launcher = process_of(&["execve(\"/proc/self/exe\"", launcher::ARGUMENT]);
    let lines = |process: &str| {
        log.lines().filter(|line| line.starts_with(&format!("{process} "))).collect::<Vec<_>>().join("\n")
    };
    assert!(!lines(&launcher).contains("www.pem"), "{log}");
    assert_ne!(process_of(&["landlock_restrict_self(", "= 0"]), launcher);
    assert!(
        line_of(&log, &["execve(\"/proc/self/exe\""]) < line_of(&log, &["landlock_restrict_self(", "= 0"]),
        "{log}"
    );
    assert!(line_of(&log, &["landlock_restrict_self(", "= 0"]) < line_of(&log, &["execve(", "/tell\""]), "{log}");
}

#[test]
fn a_secret_file_is_not_read_to_learn_a_port() {
    let web = Web::start();
    web.reply("/hook", Reply::Bytes(Vec::new()));
    let place = Place::new();
    with_webhook(&place, &web, "");
    let literal = format!("\"{}\"", web.url("/hook"));
    let said = |ports: bool| {
        let ended = place.certnotify(&["run", "-v"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.stderr.contains("ports of targets and channels only"), ports && has_landlock(), "{ended:?}");
    };
    said(true);
    fs::write(place.path("hook"), web.url("/hook")).unwrap();
    let policy = fs::read_to_string(place.path("policies.toml")).unwrap();
    let by_file = policy.replace(&literal, &format!("{{ file = {:?} }}", place.path("hook").display().to_string()));
    fs::write(place.path("policies.toml"), by_file).unwrap();
    fs::remove_dir_all(place.path("memory")).unwrap();
    fs::create_dir(place.path("memory")).unwrap();
    said(false);
    assert_eq!(web.asked().len(), 2, "its server was reached at a port that nothing had learnt");
}

pub(super) fn can_trace() -> bool {
    Command::new("strace").args(["-o", "/dev/null", "true"]).output().is_ok_and(|tried| tried.status.success())
}

/// A run of the program under strace with these options.
pub(super) fn traced(place: &Place, options: &[&str]) -> Ended {
    let certnotify = place.command(&["run"]);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq"]).args(options).arg(certnotify.get_program()).args(certnotify.get_args());
    command.args(["--state", "memory/state.json"]).env_clear().env("TZ", "UTC").env("PATH", "/usr/bin:/bin");
    Ended::new(&command.current_dir(certnotify.get_current_dir().unwrap()).output().unwrap())
}

/// The number of the first line that has all of these words.
pub(super) fn line_of(log: &str, words: &[&str]) -> usize {
    let found = log.lines().position(|line| words.iter().all(|word| line.contains(word)));
    found.unwrap_or_else(|| panic!("{words:?}: {log}"))
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn a_run_is_narrowed_after_it_has_its_lock_and_before_it_opens_a_certificate() {
    if !can_trace() || !has_landlock() {
        return eprintln!("strace or Landlock is not here: the order of system calls was not tried");
    }
    let place = Place::new();
    let log = place.path("log");
    let options =
        ["-o", log.to_str().unwrap(), "-e", "trace=openat,flock,landlock_restrict_self,seccomp,clone,clone3,connect"];
    assert_eq!(traced(&place, &options).code, Some(0));
    let log = fs::read_to_string(Path::new(&log)).unwrap();
    let narrowed = line_of(&log, &["landlock_restrict_self(", "= 0"]);
    assert!(line_of(&log, &["flock("]) < narrowed, "{log}");
    if log.contains("seccomp(SECCOMP_SET_MODE_FILTER") {
        let refused = line_of(&log, &["seccomp(SECCOMP_SET_MODE_FILTER"]);
        assert!(narrowed < refused && refused < line_of(&log, &["www.pem"]), "{log}");
    }
    assert!(line_of(&log, &["www.pem"]) > narrowed, "{log}");
    let threads = log.lines().take(narrowed).filter(|line| line.contains("CLONE_THREAD")).count();
    assert_eq!(threads, 0, "threads that were begun before are not narrowed: {log}");
    let refused = log.lines().find(|line| line.contains("EACCES") || line.contains("EPERM"));
    assert_eq!(refused, None, "it is kept from nothing that it needs");
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn a_kernel_or_a_container_that_refuses_to_narrow_changes_nothing() {
    if !can_trace() {
        return eprintln!("strace is not here: kernels without Landlock were not tried");
    }
    let calls = [
        ("landlock_create_ruleset", "ENOSYS"),
        ("landlock_create_ruleset", "EOPNOTSUPP"),
        ("landlock_create_ruleset", "EPERM"),
        ("landlock_add_rule", "EINVAL"),
        ("landlock_restrict_self", "EPERM"),
        ("landlock_restrict_self", "E2BIG"),
        ("prctl", "EINVAL"),
        ("seccomp", "ENOSYS"),
        ("seccomp", "EINVAL"),
        ("seccomp", "EPERM"),
    ];
    for (call, error) in calls {
        let place = Place::new();
        let ended = traced(&place, &["-o", "/dev/null", "-e", &format!("inject={call}:error={error}")]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{call}: {error}: {ended:?}");
        assert_eq!(names(&place.path("memory/inbox/ops/new")).len(), 1, "{call}: {error}");
    }
}
