//! System calls that a run may not make once it has begun to read what others wrote (seccomp).
//!
//! The calls are tried in a thread that has given them up as a run does; root would be let make each of them.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _};
use std::os::unix::fs::{PermissionsExt as _, chroot};
use std::process::Command;

use certnotify::sandbox;
use tempfile::TempDir;

use super::{Place, names};

/// What `work` comes to in a thread that has given up its calls; nothing where the kernel has no seccomp.
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn refused<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let in_thread = || sandbox::refuse_calls().then(work);
    let worked = std::thread::scope(|scope| scope.spawn(in_thread).join().unwrap());
    if worked.is_none() {
        eprintln!("this kernel has no seccomp that can be used: no call was tried");
    }
    worked
}

#[track_caller]
fn denied<T: std::fmt::Debug>(outcome: io::Result<T>, what: &str) {
    assert_eq!(outcome.map_err(|error| error.kind()).unwrap_err(), io::ErrorKind::PermissionDenied, "{what}");
}

#[test]
fn what_gave_up_its_calls_runs_no_program_and_changes_neither_the_machine_nor_itself() {
    let name = rustix::system::uname().nodename().to_owned();
    let own = rustix::process::pidfd_open(rustix::process::getpid(), rustix::process::PidfdFlags::empty()).unwrap();
    refused(|| {
        denied(Command::new("/bin/true").status(), "a program");
        denied(chroot("/"), "another root");
        denied(rustix::system::sethostname(name.to_bytes()).map_err(io::Error::from), "a name of the machine");
        denied(rustix::system::delete_module(c"none", 0).map_err(io::Error::from), "a module of the kernel");
        let taken = rustix::process::pidfd_getfd(&own, 0, rustix::process::PidfdGetfdFlags::empty());
        denied(taken.map_err(io::Error::from), "a descriptor of another process");
        let by_thread = || denied(Command::new("/bin/true").status(), "a program, by a thread");
        std::thread::scope(|scope| scope.spawn(by_thread).join().unwrap());
    });
    assert!(Command::new("/bin/true").status().unwrap().success(), "other threads have given up nothing");
}

#[test]
fn what_gave_up_its_calls_resolves_connects_and_writes_as_before() {
    let folder = TempDir::new().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    refused(|| {
        let place = ("localhost", port).to_socket_addrs().unwrap().find(std::net::SocketAddr::is_ipv4).unwrap();
        TcpStream::connect(place).unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::chown(&path, None, None).unwrap();
        fs::File::open(&path).unwrap().lock().unwrap();
        fs::rename(&path, folder.path().join("renamed")).unwrap();
        std::thread::scope(|scope| scope.spawn(|| fs::remove_file(folder.path().join("renamed"))).join())
            .unwrap()
            .unwrap();
    });
}

#[test]
fn a_run_gives_up_its_calls_whatever_its_policy_file_names() {
    let gave_up = refused(|| ()).is_some();
    let place = Place::new();
    let ended = place.certnotify(&["run", "-v"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(names(&place.path("memory/inbox/ops/new")).len(), 1);
    let said = "this run may start no program, look into no other process and change neither its user nor the machine (seccomp)";
    assert_eq!(ended.stderr.contains(said), gave_up, "{ended:?}");

    let place = Place::with("");
    let policy = fs::read_to_string(place.path("policies.toml")).unwrap();
    let store = "[[certificates]]\nname = \"store\"\ncommand-source = [\"/bin/cat\", \"www.pem\"]\n";
    fs::write(place.path("policies.toml"), policy + store).unwrap();
    let ended = place.certnotify(&["run", "-v"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.stderr.contains(said), gave_up, "{ended:?}");
    assert!(fs::read_to_string(place.path("memory/state.json")).unwrap().contains("command-source /bin/cat"));
}
