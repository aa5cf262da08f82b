//! The command itself: put down first, told at once where that can be, and never twice.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use certnotify::event::{Detail, EventKind, Evidence, Report};
use certnotify::history::{History, Moment};
use certnotify::policy::{Channel, ContactName};
use certnotify::record::{self, Spool};
use tempfile::TempDir;
use time::macros::datetime;

use super::super::support::certificates;
use super::{NOW, named, owed, renewal_seen, report, story};

/// A policy file with one certificate, and its memory, for the real program.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new(policy: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("www.pem"), certificates::leaf(&["www.example.com"]).self_signed().pem).unwrap();
        let place = Self { folder };
        place.write_policy(policy);
        place
    }

    fn write_policy(&self, policy: &str) {
        let policy = format!(
            "[email]\nport = 1\ntls = \"none\"\n[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\ncontacts = [\"ops\"]\nchannels = [\"inbox\"]\n\
             events = [\"business\", \"alerts\"]\n{policy}\n[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n"
        );
        fs::write(self.folder.path().join("policies.toml"), policy).unwrap();
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("memory/state.json")
    }

    pub fn certnotify(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().current_dir(self.folder.path()).args(arguments);
        command.args(["-p", "policies.toml", "--state"]).arg(self.state());
        command.output().unwrap()
    }

    fn history(&self) -> History {
        let policies = self.folder.path().join("policies.toml");
        record::read(&self.state(), &policies, false, datetime!(2200-01-01 0:00 UTC)).unwrap().0
    }

    fn waiting(&self) -> Vec<Report> {
        let (reports, notices) = Spool::beside(&self.state()).unwrap().read();
        assert_eq!(notices, []);
        reports
    }
}

pub fn ended(output: &Output, code: i32) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// A window that is shut now and for hours, on the clock of this machine in UTC.
pub fn shut_window() -> String {
    let output = Command::new("date").args(["-u", "+%H"]).output().unwrap();
    let hour: u32 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    format!("timezone = \"UTC\"\nwindow = \"{:02}:00-{:02}:00\"", (hour + 6) % 24, (hour + 12) % 24)
}

#[test]
fn an_event_is_in_the_memory_when_the_command_has_ended_and_a_run_owes_it_once() {
    let place = Place::new(&shut_window());
    ended(&place.certnotify(&["run"]), 0);
    let said = ended(&place.certnotify(&["event", "renewed", "--certificate", "www.pem", "--by", "certbot"]), 0);
    assert!(said.contains("held") && said.contains("ops"), "{said}");
    assert_eq!(place.waiting(), []);
    for _ in 0..2 {
        ended(&place.certnotify(&["run"]), 0);
        let history = place.history();
        assert_eq!(owed(&history), 1);
        let record = history.occurrences.values().next().unwrap();
        assert_eq!(record.occurrence.evidence, Evidence::Reported { by: "certbot".to_owned() });
        assert_eq!(record.occurrence.certificate.as_ref().unwrap().dns_names, ["www.example.com"]);
    }
}

#[test]
fn a_name_is_known_where_a_folder_has_it_too_and_a_path_where_the_policy_file_goes_up_and_down() {
    for is_seen in [false, true] {
        let relative = "[[certificates]]\nname = \"relative\"\nfile = \"sub/../certs/*.pem\"\n";
        let place = Place::new(&format!("{}\n{relative}", shut_window()));
        let path = |name: &str| place.folder().join(name).to_str().unwrap().to_owned();
        for folder in ["www", "relative", "sub", "certs"] {
            fs::create_dir(path(folder)).unwrap();
        }
        fs::write(path("certs/b.pem"), certificates::leaf(&["b.example.com"]).self_signed().pem).unwrap();
        if is_seen {
            ended(&place.certnotify(&["run"]), 0);
        }
        let is_known = |about: &str| {
            ended(&place.certnotify(&["event", "renewed", "--message", about, "--certificate", about]), 0);
            let details: Vec<_> =
                place.history().occurrences.into_values().map(|record| record.occurrence.detail).collect();
            let mut unmatched = details.iter().filter_map(|detail| match detail {
                Detail::Reported { message, unmatched, .. } if message.as_deref() == Some(about) => Some(unmatched),
                _ => None,
            });
            unmatched.next().unwrap().is_none()
        };
        for about in ["www", "relative", &path("certs"), &path("certs/b.pem"), &path("www/../certs/a.pem")] {
            assert!(is_known(about), "{about}, {is_seen}");
        }
        for about in ["./www", "./certs/c.txt", "sub", "other"] {
            assert!(!is_known(about), "{about}, {is_seen}");
        }
    }
}

#[test]
fn an_event_that_is_put_down_is_no_failure_where_its_fate_cannot_be_printed() {
    let place = Place::new(&shut_window());
    let typed = "\"$0\" event notice --message closed -p policies.toml --state memory/state.json >/dev/full";
    let mut shell = Command::new("sh");
    shell.args(["-c", typed, env!("CARGO_BIN_EXE_certnotify")]).current_dir(place.folder());
    let said = ended(&shell.output().unwrap(), 0);
    assert!(said.contains("standard output: it cannot be written to: no space left on device"), "{said}");
    assert!(place.waiting().is_empty() && owed(&place.history()) > 0);
}

#[test]
fn while_a_run_is_at_work_an_event_is_put_down_and_the_next_run_takes_it_in() {
    let place = Place::new(&shut_window());
    ended(&place.certnotify(&["run"]), 0);
    let policies = place.folder.path().join("policies.toml");
    let lock = record::StateFile::open(&place.state(), &policies, false, NOW).unwrap();
    let said = ended(&place.certnotify(&["event", "renewed", "--certificate", "www"]), 0);
    assert!(said.contains("a run is at work"), "{said}");
    assert_eq!(place.waiting().len(), 1);
    drop(lock);
    ended(&place.certnotify(&["run"]), 0);
    assert_eq!((place.waiting().len(), owed(&place.history())), (0, 1));
}

#[test]
fn a_crash_between_the_saved_state_and_the_removal_of_the_file_tells_nothing_twice() {
    let place = Place::new(&shut_window());
    ended(&place.certnotify(&["run"]), 0);
    let spool = Spool::beside(&place.state()).unwrap();
    let told = spool
        .add(&Report { at: place.history().last_run.unwrap(), ..report(EventKind::Hosting, named("www")) })
        .unwrap();
    let file = place.state().with_file_name(format!("events/{}.json", told.id));
    let bytes = fs::read(&file).unwrap();
    for _ in 0..3 {
        fs::write(&file, &bytes).unwrap();
        ended(&place.certnotify(&["run"]), 0);
        assert!(!file.exists());
        assert_eq!((place.history().occurrences.len(), owed(&place.history())), (1, 1));
    }
}

#[test]
fn a_policy_file_with_a_mistake_loses_no_event_where_the_state_is_known() {
    let place = Place::new("");
    place.write_policy("wimdow = \"all-day\"");
    let said = ended(&place.certnotify(&["event", "renewed", "--certificate", "www"]), 0);
    assert!(said.contains("wimdow") && said.contains("put down"), "{said}");
    assert_eq!(place.waiting().len(), 1);
}

#[test]
fn an_event_that_cannot_be_put_down_is_a_failure() {
    let place = Place::new("");
    fs::create_dir_all(place.state().parent().unwrap()).unwrap();
    fs::write(place.state().with_file_name("events"), "").unwrap();
    let said = ended(&place.certnotify(&["event", "renewed", "--certificate", "www"]), 3);
    assert!(said.contains("cannot be put down"), "{said}");
}

#[test]
fn what_is_told_is_one_clean_line_and_an_address_must_be_of_https() {
    let place = Place::new(&shut_window());
    ended(&place.certnotify(&["run"]), 0);
    let message = "done\u{1b}[2J\r\nBcc: all@example.com \u{202e}";
    let arguments = [
        "event",
        "renewed",
        "--certificate",
        "www",
        "--by",
        "a\nb",
        "--message",
        message,
        "--url",
        "https://ci.example.com/7",
    ];
    ended(&place.certnotify(&arguments), 0);
    let history = place.history();
    let occurrence = &history.occurrences.values().next().unwrap().occurrence;
    assert_eq!(occurrence.evidence, Evidence::Reported { by: "a b".to_owned() });
    let Detail::Reported { message, url, .. } = &occurrence.detail else { panic!("{occurrence:?}") };
    assert_eq!(message.as_deref(), Some("done[2J Bcc: all@example.com"));
    assert_eq!(url.as_deref(), Some("https://ci.example.com/7"));
    for bad in ["http://ci.example.com", "https://a@b.example/", "javascript:x"] {
        let said = ended(&place.certnotify(&["event", "renewed", "--url", bad]), 3);
        assert!(said.contains("--url"), "{said}");
    }
}

#[test]
fn what_was_owed_before_is_not_told_by_an_event_of_another_kind() {
    let place = Place::new("");
    ended(&place.certnotify(&["run"]), 0);
    let policies = place.folder.path().join("policies.toml");
    let mut opened = record::StateFile::open(&place.state(), &policies, false, NOW).unwrap();
    let mut history = place.history();
    let now = history.last_run.unwrap();
    let mut earlier = renewal_seen(&story(), now);
    earlier.kind = EventKind::Deletion;
    history.note_occurrence(earlier, [(ContactName::new("ops"), Channel::Inbox)], now);
    opened.file.save(&history).unwrap();
    drop(opened);
    ended(&place.certnotify(&["event", "renewed", "--certificate", "www"]), 0);
    let still = place.history();
    let record = still.occurrences.values().find(|record| record.occurrence.kind == EventKind::Deletion).unwrap();
    assert_eq!(record.owed[&ContactName::new("ops")], [(Channel::Inbox, Moment(now))].into());
}

#[test]
fn what_was_told_of_no_certificate_is_in_the_history() {
    let place = Place::new("[settings]\ntime-limit = \"1s\"");
    ended(&place.certnotify(&["event", "notice", "--message", "closed on Sunday", "--by", "ca"]), 0);
    let file = place.folder.path().join("memory/inbox/ops");
    assert!(file.exists(), "the inbox has it");
    let said = ended(&place.certnotify(&["history"]), 0);
    assert!(said.contains("notice") && said.contains("reported by ca: closed on Sunday"), "{said}");
    let json: serde_json::Value =
        serde_json::from_slice(&place.certnotify(&["history", "--format", "json"]).stdout).unwrap();
    let deliveries = json["deliveries"].as_array().unwrap();
    assert!(deliveries.iter().all(|told| told["certificate"].is_null() && told["kind"] == "service.notice"));
    assert!(!deliveries.is_empty());
}

#[test]
fn an_event_inside_the_window_is_told_at_once_and_by_no_later_run() {
    let place = Place::new("");
    ended(&place.certnotify(&["run"]), 0);
    let said = ended(&place.certnotify(&["event", "renewed", "--certificate", "www.pem"]), 0);
    assert_eq!(said, "told       ops  inbox\n");
    let messages = || ended(&place.certnotify(&["inbox"]), 0).lines().count() - 1;
    assert_eq!(messages(), 1);
    ended(&place.certnotify(&["run"]), 0);
    assert_eq!(messages(), 1);
}

/// A run that is killed as soon as it has begun, or somewhat later.
fn killed_run(place: &Place, delay: std::time::Duration) {
    let mut run = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    run.env_clear().current_dir(place.folder.path()).args(["run", "-p", "policies.toml", "--state"]).arg(place.state());
    let mut child = run.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    std::thread::park_timeout(delay);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn an_event_outside_the_window_outlives_killed_runs_and_goes_out_in_the_next_one_inside_it_once() {
    let place = Place::new(&shut_window());
    ended(&place.certnotify(&["run"]), 0);
    ended(&place.certnotify(&["event", "renewed", "--certificate", "www.pem"]), 0);
    for milliseconds in [0, 2, 5, 10, 20, 40] {
        killed_run(&place, std::time::Duration::from_millis(milliseconds));
    }
    let messages = || ended(&place.certnotify(&["inbox"]), 0).matches("renewed").count();
    assert_eq!(messages(), 0, "the window is shut");
    place.write_policy("");
    for _ in 0..3 {
        ended(&place.certnotify(&["run"]), 0);
        assert_eq!(messages(), 1);
    }
}
