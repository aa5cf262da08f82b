//! The commands that work on the memory: `history`, `inbox` and `snooze`.

mod of_places;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use certnotify::certificate::Fingerprint;
use certnotify::event::EventKind;
use certnotify::history::{CertificateRecord, Delivery, History, NameSet, PlaceRecord, ServedRecord};
use certnotify::policy::{Channel, ContactName, EntryName};
use certnotify::record::{self, StateFile};
use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::support::world;

/// Before any clock that runs these tests, and its certificates end after it.
const THEN: OffsetDateTime = datetime!(2026-11-14 07:00:00 UTC);
const END: OffsetDateTime = datetime!(2090-12-14 00:00:00 UTC);

const POLICIES: &str = r#"
[settings]
timezone = "Europe/Berlin"
default-contact = "ops"
[contacts.ops]
email = "ops@example.com"
[contacts."运维群"]
email = "ops@example.cn"
[[certificates]]
name = "www"
file = "/etc/ssl/www.pem"
"#;

struct Memory {
    directory: TempDir,
    history: History,
}

impl Memory {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("policies.toml"), POLICIES).unwrap();
        Self { directory, history: History::default() }
    }

    fn policies(&self) -> PathBuf {
        self.directory.path().join("policies.toml")
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("state.json")
    }

    /// A place of `entry` called `name` shows a certificate for `dns` that ends at `end`.
    fn shows(mut self, entry: &str, name: &str, dns: &str, end: OffsetDateTime) -> Self {
        let certificate = world::certificate(dns, THEN - Duration::days(60), end);
        let fingerprint = certificate.fingerprint;
        let place = PlaceRecord {
            entry: EntryName::new(entry),
            name: name.into(),
            source: format!("/etc/ssl/{name}.pem").into(),
            is_endpoint: false,
            address: None,
            fingerprint,
            last_seen: THEN,
            missing: 0,
            away: None,
            also: BTreeSet::new(),
            earlier: Vec::new(),
            displaced: None,
            root: None,
            limited_by: None,
            served: std::collections::BTreeMap::new(),
            folder: None,
            key: None,
        };
        self.history.places.insert(place.source.to_string(), place);
        let names = NameSet::one(name);
        let record =
            CertificateRecord { facts: certificate.into(), names, place: None, is_unwatched: false, last_seen: THEN };
        self.history.certificates.entry(fingerprint).or_insert(record);
        self
    }

    fn told(mut self, dns: &str, end: OffsetDateTime, at: OffsetDateTime, contact: &str, channel: Channel) -> Self {
        let fingerprint = fingerprint(dns, end);
        let delivery = Delivery::new(at, "30 days before its end".to_owned());
        self.history.note_delivery(fingerprint, EventKind::Expiration, &ContactName::new(contact), channel, delivery);
        self
    }

    fn saved(self) -> Self {
        let mut opened = StateFile::open(&self.state(), &self.policies(), false, THEN).unwrap();
        opened.file.save(&self.history).unwrap();
        self
    }

    fn certnotify(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().arg("-p").arg(self.policies()).arg("--state").arg(self.state()).args(arguments);
        let output = command.output().unwrap();
        Output {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn reread(&self) -> History {
        record::read(&self.state(), &self.policies(), false, datetime!(2200-01-01 0:00 UTC)).unwrap().0
    }

    fn file_mail(&self, name: &str, mail: &str) {
        let path = self.directory.path().join("inbox/ops").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, mail).unwrap();
    }
}

#[derive(Debug)]
struct Output {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Output {
    /// Standard output of a command that had nothing to complain about.
    #[track_caller]
    fn fine(&self) -> &str {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        &self.stdout
    }

    /// Standard error of a command that could not do its job.
    #[track_caller]
    fn refused(&self) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (3, ""), "{}", self.stderr);
        &self.stderr
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(self.fine()).unwrap()
    }
}

fn fingerprint(dns: &str, end: OffsetDateTime) -> Fingerprint {
    world::certificate(dns, THEN, end).fingerprint
}

fn two_told() -> Memory {
    Memory::new()
        .shows("www", "www", "www.example.com", END)
        .shows("f5", "f5/mail", "mail.example.com", END)
        .told("www.example.com", END, THEN, "ops", Channel::Email)
        .told("www.example.com", END, THEN, "ops", Channel::Inbox)
        .told("mail.example.com", END, THEN - Duration::DAY, "运维群", Channel::Email)
        .saved()
}

#[test]
fn history_says_when_to_whom_by_what_and_why_and_the_newest_is_last() {
    let expected = "\
WHEN                  TO      BY            WHAT     WHY
2026-11-13 08:00 CET  运维群  email         f5/mail  30 days before its end
2026-11-14 08:00 CET  ops     email, inbox  www      30 days before its end
";
    assert_eq!(two_told().certnotify(&["history"]).fine(), expected);
}

#[test]
fn history_narrows_by_name_last_part_dns_name_contact_and_time() {
    let memory = two_told();
    let lines = |arguments: &[&str]| {
        let output = memory.certnotify(arguments);
        output.fine().lines().skip(1).map(|line| line.split_whitespace().nth(5).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(lines(&["history", "f5"]), ["f5/mail"]);
    assert_eq!(lines(&["history", "mail"]), ["f5/mail"]);
    assert_eq!(lines(&["history", "MAIL.example.com"]), ["f5/mail"]);
    assert_eq!(lines(&["history", "--contact", "运维群"]), ["f5/mail"]);
    assert!(memory.certnotify(&["history", "--since", "1s"]).fine().starts_with("Nothing of that was told"));
    assert!(memory.certnotify(&["history", "ftp"]).refused().contains("called `ftp`"));
    assert!(memory.certnotify(&["history", "--contact", "bob"]).refused().contains("`ops` and `运维群`"));
}

#[test]
fn what_was_told_of_a_renewed_or_dropped_certificate_is_still_called_by_its_name() {
    let old = END - Duration::days(90);
    let memory = Memory::new()
        .shows("www", "www", "www.example.com", old)
        .told("www.example.com", old, THEN, "ops", Channel::Email)
        .shows("www", "www", "www.example.com", END)
        .saved();
    assert!(memory.certnotify(&["history", "www"]).fine().contains("  www  "));
}

#[test]
fn history_as_json_has_one_object_a_delivery() {
    let told = two_told().certnotify(&["history", "--format", "json"]).json();
    assert_eq!(told["version"], 1);
    assert_eq!(told["deliveries"].as_array().unwrap().len(), 3);
    assert_eq!(told["deliveries"][2]["at"], "2026-11-14T07:00:00Z");
    assert_eq!(told["deliveries"][2]["channel"], "inbox");
    assert_eq!(told["deliveries"][2]["certificate"], "www");
    assert_eq!(told["deliveries"][2]["kind"], "business.expiration");
    assert_eq!(Memory::new().certnotify(&["history", "--format", "json"]).json()["deliveries"], Value::Array(vec![]));
}

#[test]
fn reading_the_memory_leaves_nothing_behind() {
    let memory = Memory::new();
    for arguments in [["history"].as_slice(), &["inbox"], &["snooze", "--list"]] {
        memory.certnotify(arguments).fine();
    }
    assert_eq!(fs::read_dir(memory.directory.path()).unwrap().count(), 1);
}

#[test]
fn the_memory_of_another_policy_file_is_not_shown() {
    let memory = two_told();
    let other = memory.directory.path().join("other.toml");
    fs::copy(memory.policies(), &other).unwrap();
    let other = other.to_str().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    let output = command.env_clear().args(["-p", other, "history", "--state"]).arg(memory.state()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(3) && stderr.contains("\n  help: nothing was sent. --adopt"), "{stderr}");
}

#[test]
fn a_snooze_belongs_to_the_certificate_that_the_place_shows() {
    let memory = two_told();
    let told = memory.certnotify(&["snooze", "mail", "--until", "2089-11-28"]);
    assert_eq!((told.code, told.stdout.as_str()), (0, "f5/mail: held until 2089-11-28 00:00 CET\n"));
    assert!(told.stderr.contains("more than 30 days"), "{}", told.stderr);
    let history = memory.reread();
    assert_eq!(history.snoozes.len(), 1);
    let snooze = &history.snoozes[&fingerprint("mail.example.com", END)];
    assert_eq!(snooze.until, datetime!(2089-11-27 23:00 UTC));
    let list = memory.certnotify(&["snooze", "--list"]);
    assert!(list.fine().contains("f5/mail  2089-11-28 00:00 CET"), "{}", list.stdout);
}

#[test]
fn a_snooze_of_a_file_holds_what_is_served_in_its_place() {
    let mut memory = Memory::new().shows("www", "www", "www.example.com", END);
    let old = world::certificate("www.example.com", THEN - Duration::days(60), END - Duration::days(90)).fingerprint;
    let served = ServedRecord { fingerprint: old, last_seen: THEN };
    let place = memory.history.places.get_mut("/etc/ssl/www.pem").unwrap();
    place.served.insert("www.example.com:443".to_owned(), served);
    let memory = memory.saved();
    let told = memory.certnotify(&["snooze", "www", "--until", "2089-11-28"]);
    assert!(told.stdout.contains("www at www.example.com:443: held until 2089-11-28"), "{told:?}");
    assert!(memory.reread().snoozes.contains_key(&old));
    assert_eq!(memory.certnotify(&["snooze", "--list"]).fine().matches("2089-11-28").count(), 2);
}

#[test]
fn a_snooze_ends_at_the_expiry_at_the_latest_unless_it_is_past() {
    let past = datetime!(2026-11-20 00:00 UTC);
    let memory =
        Memory::new().shows("www", "www", "www.example.com", END).shows("old", "old", "old.example.com", past).saved();
    let told = memory.certnotify(&["snooze", "www", "--until", "2091-01-01T00:00:00Z"]);
    assert!(told.stdout.contains("held until 2090-12-14 01:00 CET, when it expires"), "{told:?}");
    memory.certnotify(&["snooze", "old", "--until", "2091-01-01T00:00:00Z"]);
    let history = memory.reread();
    assert_eq!(history.snoozes[&fingerprint("www.example.com", END)].until, END);
    assert_eq!(history.snoozes[&fingerprint("old.example.com", past)].until, datetime!(2091-01-01 0:00 UTC));
}

#[test]
fn a_snooze_that_its_expiry_cuts_short_is_not_called_long() {
    let memory = Memory::new();
    let now = OffsetDateTime::from(fs::metadata(memory.directory.path()).unwrap().modified().unwrap());
    let memory = memory.shows("www", "www", "www.example.com", now + Duration::days(16)).saved();
    let told = memory.certnotify(&["snooze", "www", "--until", "2091-01-01T00:00:00Z"]);
    assert!(told.stdout.contains(", when it expires"), "{told:?}");
    assert_eq!(told.stderr, "");
}

#[test]
fn a_snooze_that_ended_with_a_renewal_is_not_listed() {
    let snooze = certnotify::history::Snooze { until: END, since: THEN };
    let mut memory = Memory::new().shows("www", "www", "www.example.com", END);
    memory.history.snoozes.insert(fingerprint("www.example.com", END), snooze);
    let memory = memory.saved();
    assert!(memory.certnotify(&["snooze", "--list"]).fine().contains("www"));
    let renewed = memory.shows("www", "www", "www.example.com", END + Duration::days(90)).saved();
    assert!(renewed.certnotify(&["snooze", "--list"]).fine().starts_with("Nothing is held"));
}

#[test]
fn a_snooze_that_is_cleared_ends_now_and_leaves_its_trace_for_the_release() {
    let memory = two_told();
    memory.certnotify(&["-q", "snooze", "www", "--until", "2089-11-28"]);
    assert!(memory.certnotify(&["snooze", "www", "--clear"]).fine().contains("held no longer"));
    let snooze = &memory.reread().snoozes[&fingerprint("www.example.com", END)];
    assert!(snooze.until >= snooze.since && snooze.until < datetime!(2089-11-27 0:00 UTC));
    assert_eq!(memory.certnotify(&["snooze", "www", "--clear"]).fine(), "www: it was not held\n");
    let none = memory.certnotify(&["snooze", "--list"]);
    let none = none.fine();
    assert!(none.starts_with("Nothing is held. To hold a certificate: certnotify --policies "), "{none}");
}

#[test]
fn a_snooze_that_makes_no_sense_is_refused_and_changes_nothing() {
    let memory = two_told().shows("f6", "f6/mail", "mail.example.net", END).saved();
    let before = fs::read(memory.state()).unwrap();
    for (arguments, said) in [
        (["snooze", "www", "--until", "2020-01-01"].as_slice(), "is past"),
        (&["snooze", "www", "--until", "tomorrow"], "`tomorrow` is no date"),
        (&["snooze", "www", "--until", "2089-02-30"], "is no date"),
        (&["snooze", "never-seen", "--until", "2089-01-01"], " run` looks at every certificate"),
        (&["snooze", "mail", "--until", "2089-01-01"], "`f5/mail` and `f6/mail`"),
        (&["snooze", "www"], "--until"),
        (&["snooze"], "NAME"),
        (&["snooze", "--until", "2089-01-01"], "NAME"),
        (&["snooze", "www", "--clear", "--until", "2089-01-01"], "cannot be used with"),
    ] {
        assert!(memory.certnotify(arguments).refused().contains(said), "{arguments:?}");
    }
    assert_eq!(fs::read(memory.state()).unwrap(), before);
}

#[test]
fn a_snooze_waits_for_no_lost_memory_and_says_that_it_was_lost() {
    let memory = two_told().saved();
    fs::write(memory.state(), "{").unwrap();
    let told = memory.certnotify(&["snooze", "www", "--until", "2089-11-28"]);
    assert_eq!(told.code, 1);
    assert!(told.stderr.contains("it is damaged, the generation before it is used"), "{}", told.stderr);
}

#[test]
fn inbox_lists_shows_and_marks() {
    let memory = Memory::new();
    assert_eq!(memory.certnotify(&["inbox"]).fine(), "No messages for ops. What is due is filed by: certnotify run\n");
    memory.file_mail("new/1763800000.b.host", "Subject: second\r\n\r\nIt \u{1b}[31mexpires.\r\n  www\u{202e}\r\n");
    memory.file_mail("cur/1763700000.a.host:2,S", "Subject: first \u{1b}]0;x\u{7}\r\n\r\ntext\r\n");
    let expected = "\
N  DATE                       SUBJECT
1  2025-11-21 05:40 CET       first ]0;x
2  2025-11-22 09:26 CET  new  second
";
    assert_eq!(memory.certnotify(&["inbox"]).fine(), expected);
    let shown = memory.certnotify(&["inbox", "ops", "show", "2"]);
    assert_eq!(shown.fine(), "Date: 2025-11-22 09:26 CET\nSubject: second\n\nIt [31mexpires.\n  www\n");
    assert!(memory.certnotify(&["inbox"]).fine().contains("new"), "showing it marked it");

    assert_eq!(memory.certnotify(&["inbox", "read", "--all"]).fine(), "1 message is marked as read.\n");
    assert!(!memory.certnotify(&["inbox"]).fine().contains("new"));
    let listed = memory.certnotify(&["inbox", "--format", "json"]).json();
    assert_eq!(listed["messages"][1]["subject"], "second");
    assert_eq!(listed["messages"][1]["unread"], false);
    let shown = memory.certnotify(&["inbox", "show", "1", "--format", "json"]).json();
    assert_eq!(shown["message"]["text"], "text");
}

#[test]
fn inbox_says_what_is_not_there() {
    let memory = Memory::new();
    memory.file_mail("new/1763800000.b.host", "Subject: s\r\n\r\ntext\r\n");
    assert!(memory.certnotify(&["inbox", "show", "2"]).refused().contains("there is no message 2"));
    assert!(memory.certnotify(&["inbox", "read", "1", "7"]).refused().contains("there is no message 7"));
    assert!(memory.certnotify(&["inbox"]).fine().contains("new"), "one was marked all the same");
    assert!(memory.certnotify(&["inbox", "bob"]).refused().contains("`bob` is no contact"));
    assert!(memory.certnotify(&["inbox", "read"]).refused().contains("<N>"));
}

#[test]
fn without_a_default_contact_inbox_asks_whose() {
    let memory = Memory::new();
    let policies = POLICIES.replace("default-contact = \"ops\"", "").replace("name = \"www\"", "contacts = [\"ops\"]");
    fs::write(memory.policies(), policies).unwrap();
    assert!(memory.certnotify(&["inbox"]).refused().contains("name one of `ops` and `运维群`"));
}
