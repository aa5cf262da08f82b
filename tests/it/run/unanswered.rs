//! Programs and servers that take a message and never say what became of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;

use crate::support::certificates::leaf;
use crate::support::web::{Reply, Web};

/// A certificate that has expired, and a contact with an inbox and this channel.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(channel: &str, table: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
        let expired = leaf(&["www.example.com"]).lives(from, until).self_signed();
        fs::write(folder.path().join("www.pem"), expired.pem).unwrap();
        let policy = format!(
            "[settings]\ntime-limit = \"3s\"\n[contacts.ops]\n{channel} = {table}\n\
             [policies.default]\nchannels = [\"{channel}\", \"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
             [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"
        );
        let file = folder.path().join("policies.toml");
        fs::write(&file, policy).unwrap();
        // A policy file that is newer than the last try would have it tried at once.
        let opened = fs::File::options().write(true).open(&file).unwrap();
        let written = opened.metadata().unwrap().modified().unwrap();
        opened.set_modified(written - Duration::from_secs(60)).unwrap();
        Self { folder }
    }

    /// Exit code, standard error, and how long it took.
    fn run(&self) -> (i32, String, Duration) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .args(["run", "-p"])
            .arg(self.folder.path().join("policies.toml"));
        command.arg("--state").arg(self.folder.path().join("memory/state.json"));
        let began = Instant::now();
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap(), began.elapsed())
    }

    fn filed(&self) -> usize {
        fs::read_dir(self.folder.path().join("memory/inbox/ops/new")).unwrap().count()
    }

    /// Two runs try it, the third does not; the inbox has its message once.
    fn is_tried_in_two_runs(&self, said: &str, seen: impl Fn() -> Vec<Value>) {
        for run in 1..=2 {
            let (code, stderr, took) = self.run();
            assert_eq!(code, 1, "{stderr}");
            assert!(stderr.contains(said) && !stderr.contains("panicked"), "{stderr}");
            assert!(took < Duration::from_secs(30), "run {run} took {took:?}");
            assert_eq!(seen().len(), run, "one try a run");
        }
        assert_eq!(self.run().0, 1, "it is still owed");
        let seen = seen();
        assert_eq!(seen.len(), 2, "after two runs once a day");
        assert_eq!(self.filed(), 1);
        let fact =
            |at: usize, place: &str| seen[at].pointer(place).unwrap_or_else(|| panic!("{place}: {}", seen[at])).clone();
        assert_eq!(fact(0, "/data/may_be_a_repeat"), false);
        assert_eq!(fact(1, "/data/may_be_a_repeat"), true);
        assert_eq!(fact(0, "/data/id"), fact(1, "/data/id"));
    }
}

#[test]
fn a_command_that_hangs_is_killed_and_run_again_in_the_next_run_and_then_once_a_day() {
    let folder = TempDir::new().unwrap();
    let (tell, seen) = (folder.path().join("tell"), folder.path().join("seen"));
    // What it starts holds the pipes open, and ignores what can be ignored.
    let script = format!("#!/bin/sh\ntrap '' TERM HUP\ncat >>{}\nsleep 600 &\nwait; sleep 600\n", seen.display());
    fs::write(&tell, script).unwrap();
    fs::set_permissions(&tell, fs::Permissions::from_mode(0o755)).unwrap();
    let place = Place::new("command", &format!("{{ argv = [\"{}\"], time-limit = \"2s\" }}", tell.display()));
    place.is_tried_in_two_runs("did not end within 2 s", || {
        let text = fs::read_to_string(&seen).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    });
}

#[test]
fn what_became_of_a_command_whose_starter_is_gone_is_not_known_and_it_is_run_again_in_the_next_run_alone() {
    let folder = TempDir::new().unwrap();
    let (tell, seen) = (folder.path().join("tell"), folder.path().join("seen"));
    let kills = "grep -q start-programs-of-a-run /proc/$PPID/cmdline && kill -9 $PPID";
    fs::write(&tell, format!("#!/bin/sh\ncat >>{}\n{kills}\n", seen.display())).unwrap();
    fs::set_permissions(&tell, fs::Permissions::from_mode(0o755)).unwrap();
    let place = Place::new("command", &format!("{{ argv = [\"{}\"], time-limit = \"2s\" }}", tell.display()));
    place.is_tried_in_two_runs("ended is not known", || {
        let text = fs::read_to_string(&seen).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    });
}

#[test]
fn a_webhook_that_stalls_is_left_and_sent_again_in_the_next_run_and_then_once_a_day() {
    let web = Web::start();
    web.reply("/hook", Reply::Silence);
    let place = Place::new("webhook", &format!("{{ url = \"{}\" }}", web.url("/hook")));
    place.is_tried_in_two_runs("no answer from 127.0.0.1", || {
        web.bodies().iter().map(|body| serde_json::from_slice(body).unwrap()).collect()
    });
}

#[test]
fn a_gateway_that_waited_in_vain_is_not_asked_three_times() {
    let web = Web::start();
    web.reply("/hook", Reply::Status(504, "Retry-After: 1"));
    let place = Place::new("webhook", &format!("{{ url = \"{}\" }}", web.url("/hook")));
    place.is_tried_in_two_runs("HTTP 504", || {
        web.bodies().iter().map(|body| serde_json::from_slice(body).unwrap()).collect()
    });
}
