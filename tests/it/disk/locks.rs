//! Runs at the same time, and file systems without locks. `CERTNOTIFY_ROUNDS=50` has the runs at once more often.

use std::process::{Command, Stdio};

use super::{Ended, Place, names};

#[test]
fn of_twenty_runs_at_once_one_sends() {
    let rounds = std::env::var("CERTNOTIFY_ROUNDS").map_or(1, |rounds| rounds.parse().unwrap());
    for round in 0..rounds {
        let place = Place::new();
        let start = || {
            let mut command = place.command(&["run"]);
            command.args(["--state", "memory/state.json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let runs: Vec<_> = (0..20).map(|_| start()).collect();
        for run in runs {
            let ended = Ended::new(&run.wait_with_output().unwrap());
            assert!(ended.code == Some(0) || ended.stderr.contains("is at work"), "round {round}: {ended:?}");
        }
        assert_eq!(names(&place.path("memory/inbox/ops/new")).len(), 1, "round {round}");
    }
}

/// As file systems of the network answer without their lock service.
#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn a_state_that_cannot_be_locked_is_refused_before_anything_is_sent_and_the_file_system_is_named() {
    if !Command::new("strace").args(["-o", "/dev/null", "true"]).output().is_ok_and(|tried| tried.status.success()) {
        let reason = "strace is not here, or may not trace: locks that are refused were not tried";
        return eprintln!("{reason}");
    }
    for error in ["ENOLCK", "EOPNOTSUPP", "ENOSYS", "EIO"] {
        let place = Place::new();
        let inject = format!("inject=flock:error={error}");
        let certnotify = place.command(&["run"]);
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", &inject]).arg(certnotify.get_program());
        command.args(certnotify.get_args()).args(["--state", "memory/state.json"]);
        let ended = Ended::new(&command.current_dir(certnotify.get_current_dir().unwrap()).output().unwrap());
        assert_eq!(ended.code, Some(3), "{error}: {ended:?}");
        for part in ["state.json.lock: it cannot be locked: ", "names one on a local file system"] {
            assert!(ended.stderr.contains(part), "{error}: {ended:?}");
        }
        assert_eq!(names(&place.path("memory")), ["state.json.lock"], "{error}: nothing but the lock was made");
    }
}
