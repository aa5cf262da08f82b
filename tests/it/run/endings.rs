//! Every way a run ends is told to the monitor, once, and what it is told is what the exit code says.

use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use time::macros::datetime;

use crate::support::certificates;
use crate::support::web::{Reply, Web};

struct Place {
    folder: TempDir,
    web: Web,
}

impl Place {
    /// A monitor, one certificate that expired long ago, and these tables.
    fn new(more: &str) -> Self {
        let web = Web::start();
        for ending in ["", "/start", "/fail"] {
            web.reply(&format!("/ping{ending}"), Reply::Bytes(b"OK".to_vec()));
        }
        let folder = TempDir::new().unwrap();
        let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
        let leaf = certificates::leaf(&["www.example.com"]).lives(from, until).self_signed();
        fs::write(folder.path().join("www.pem"), leaf.pem).unwrap();
        let place = Self { folder, web };
        let policy = format!(
            "[settings]\nheartbeat = \"{}\"\n[contacts.ops]\nemail = \"ops@example.com\"\n\
             [policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
             [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n{more}",
            place.web.url("/ping")
        );
        fs::write(place.folder.path().join("policies.toml"), policy).unwrap();
        place
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().current_dir(self.folder.path()).stdin(Stdio::null());
        command.args(["-p", "policies.toml", "--state", "memory/state.json"]).args(arguments);
        command
    }

    fn endings(&self) -> Vec<String> {
        self.web.asked().iter().map(|path| path.replace("/ping", "")).collect()
    }

    fn has_message(&self) -> bool {
        fs::read_dir(self.folder.path().join("memory/inbox/ops/new")).is_ok_and(|mut names| names.next().is_some())
    }
}

#[test]
fn a_run_of_picked_entries_leaves_the_heartbeat_alone() {
    let place = Place::new("[[certificates]]\nname = \"gone\"\nfile = \"gone.pem\"\n");
    assert_eq!(place.command(&["run"]).output().unwrap().status.code(), Some(1));
    assert_eq!(place.endings(), ["/start", "/fail"]);
    assert_eq!(place.command(&["run", "--certificate", "www"]).output().unwrap().status.code(), Some(0));
    assert_eq!(place.command(&["run", "--certificate", "gone"]).output().unwrap().status.code(), Some(1));
    assert_eq!(place.command(&["run", "--certificate", "none"]).output().unwrap().status.code(), Some(3));
    let broken = place.command(&["run", "--certificate", "www", "--state", "/dev/null/state.json"]).output().unwrap();
    assert_eq!(broken.status.code(), Some(3));
    assert_eq!(place.endings(), ["/start", "/fail"]);
}

#[test]
fn a_policy_file_that_cannot_be_used_is_told_as_far_as_it_names_the_monitor() {
    let place = Place::new("policy = \"none\"\nnonsense = 1\n");
    let output = place.command(&["run"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(place.endings(), ["/fail"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("policy `none` is not defined"));
}

#[test]
fn a_signal_while_it_looks_ends_with_fail_and_sends_nothing() {
    for signal in ["TERM", "INT"] {
        // Takes connections and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = Place::new(&format!(
            "[[certificates]]\nname = \"slow\"\nendpoint = \"{}\"\n",
            silent.local_addr().unwrap()
        ));
        let run = place.command(&["run"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (_connection, _) = silent.accept().unwrap();
        let id = run.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        let output = run.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{stderr}");
        assert!(stderr.contains("stopped by a signal while it looked: nothing was sent"), "{stderr}");
        assert_eq!(place.endings(), ["/start", "/fail"]);
        assert!(!place.has_message());
        drop(silent);
    }
}

#[test]
fn output_that_cannot_be_written_changes_neither_the_exit_code_nor_what_the_monitor_hears() {
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    for format in ["text", "json"] {
        let place = Place::new("");
        let output = place.command(&["run", "--format", format]).stdout(full()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(stderr.contains("standard output: ") && place.has_message(), "{stderr}");
        assert_eq!(place.endings(), ["/start", ""]);
    }
    let place = Place::new("[[certificates]]\nname = \"gone\"\nfile = \"gone.pem\"\n");
    let run = |stdout: File, stderr: File| place.command(&["run"]).stdout(stdout).stderr(stderr).status().unwrap();
    assert_eq!(run(full(), full()).code(), Some(1));
    assert_eq!(place.endings(), ["/start", "/fail"]);
}
