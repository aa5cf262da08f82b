//! `certnotify state`: the memory is shown, checked, merged and forgotten without losing or repeating a message.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use certnotify::certificate::Fingerprint;
use certnotify::event::EventKind;
use certnotify::history::{Delivery, History, Moment, Snooze};
use certnotify::policy::{Channel, ContactName};
use certnotify::record::StateFile;
use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::memory::history;
use super::support::certificates::leaf;

const THEN: OffsetDateTime = datetime!(2026-11-14 07:00:00 UTC);

/// A folder with a policy file, two certificates that are due, and states.
struct Place {
    folder: TempDir,
}

struct Output {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let policy = "[contacts.ops]\n[policies.default]\ncontacts = [\"ops\"]\nchannels = [\"inbox\"]\n\
            [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n[[certificates]]\nname = \"mail\"\nfile = \"mail.pem\"\n";
        fs::write(folder.path().join("policies.toml"), policy).unwrap();
        for name in ["www", "mail"] {
            let wish = leaf(&[&format!("{name}.example.com")]).left(Duration::days(5));
            fs::write(folder.path().join(format!("{name}.pem")), wish.self_signed().pem).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn certnotify(&self, state: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.arg("--policies").arg(self.path("policies.toml")).arg("--state").arg(self.path(state));
        let output = command.args(arguments).output().unwrap();
        Output {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn done(&self, state: &str, arguments: &[&str]) -> String {
        let output = self.certnotify(state, arguments);
        assert_eq!(output.code, 0, "{arguments:?}: {}{}", output.stdout, output.stderr);
        output.stdout
    }

    /// The names of the certificates that a run tells of.
    fn run(&self, state: &str, only: &[&str]) -> BTreeSet<String> {
        let only = only.iter().flat_map(|name| ["--certificate", name]);
        let arguments: Vec<&str> = ["run", "--format", "json"].into_iter().chain(only).collect();
        let report: Value = serde_json::from_str(&self.done(state, &arguments)).unwrap();
        let messages = report["messages"].as_array().unwrap();
        let reminders = messages.iter().flat_map(|message| message["reminders"].as_array().unwrap());
        reminders.map(|reminder| reminder["certificate"].as_str().unwrap().to_owned()).collect()
    }

    fn shown(&self, state: &str) -> Value {
        serde_json::from_str(&self.done(state, &["state", "show", "--format", "json"])).unwrap()
    }
}

fn names(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|name| (*name).to_owned()).collect()
}

fn ops() -> ContactName {
    ContactName::new("ops")
}

fn merged(one: &History, other: &History) -> History {
    let mut merged = one.clone();
    merged.merge(other.clone());
    merged
}

/// Two memories of the same certificate, of which each knows something more.
fn diverged() -> (History, History) {
    let (mut one, mut other) = (history(9), history(9));
    let fingerprint = *one.certificates.keys().next().unwrap();
    let mail = |at, to: &[&str]| Delivery {
        to: to.iter().map(|address| (*address).to_owned()).collect(),
        ..Delivery::new(at, "7 days before its end")
    };
    one.note_delivery(fingerprint, EventKind::Expiration, &ops(), Channel::Email, mail(THEN, &["a@example.com"]));
    other.note_delivery(
        fingerprint,
        EventKind::Expiration,
        &ops(),
        Channel::Email,
        mail(THEN, &["a@example.com", "b@example.com"]),
    );
    let later = THEN + Duration::days(1);
    other.note_delivery(
        fingerprint,
        EventKind::Expired,
        &ops(),
        Channel::Inbox,
        Delivery::new(later, "it has expired"),
    );
    one.held.insert(fingerprint, BTreeMap::from([(ops(), BTreeMap::from([(Channel::Inbox, Moment(THEN))]))]));
    one.snoozes.insert(fingerprint, Snooze { since: THEN, until: later });
    other.last_run = Some(later);
    (one, other)
}

#[test]
fn merging_is_the_same_in_any_order_and_once_more_changes_nothing() {
    let (one, other) = diverged();
    let both = merged(&one, &other);
    assert_eq!(both, merged(&other, &one));
    for again in [&one, &other, &both] {
        assert_eq!(merged(&both, again), both);
    }
    assert_eq!(merged(&one, &one), one);
    assert_eq!(merged(&History::default(), &both), both);
}

#[test]
fn a_delivery_that_both_know_is_one_and_what_was_delivered_waits_no_more() {
    let (one, other) = diverged();
    let fingerprint: Fingerprint = *one.certificates.keys().next().unwrap();
    let both = merged(&one, &other);
    let log = both.told(fingerprint, EventKind::Expiration, &ops(), Channel::Email).unwrap();
    let reached: Vec<&str> = log
        .iter()
        .filter(|delivery| delivery.at == THEN)
        .flat_map(|delivery| &delivery.to)
        .map(String::as_str)
        .collect();
    assert_eq!(reached, ["a@example.com", "b@example.com"]);
    assert_eq!(log.first(), history(9).last_run.unwrap());
    assert!(both.told(fingerprint, EventKind::Expired, &ops(), Channel::Inbox).is_some());
    assert!(both.held.is_empty(), "{:?}", both.held);
    assert_eq!(both.snoozes[&fingerprint].since, THEN);
}

#[test]
fn states_that_each_told_of_one_certificate_tell_of_none_once_they_are_merged() {
    let place = Place::new();
    assert_eq!(place.run("one.json", &["www"]), names(&["www"]));
    assert_eq!(place.run("other.json", &["mail"]), names(&["mail"]));
    place.done("all.json", &["state", "merge", "one.json", "other.json"]);
    let all = fs::read(place.path("all.json")).unwrap();
    place.done("all.json", &["state", "merge", "other.json", "one.json", "all.json"]);
    assert_eq!(fs::read(place.path("all.json")).unwrap(), all);
    assert_eq!(place.shown("all.json")["places"].as_array().unwrap().len(), 2);
    assert_eq!(place.run("all.json", &[]), names(&[]));
    assert_eq!(place.run("one.json", &[]), names(&["mail"]), "the others are only read");
}

#[test]
fn a_state_that_is_not_there_or_cannot_be_read_leaves_everything_as_it_was() {
    let place = Place::new();
    place.run("all.json", &[]);
    let before = fs::read(place.path("all.json")).unwrap();
    fs::write(place.path("text.json"), "precious").unwrap();
    fs::write(place.path("foreign.json"), String::from_utf8_lossy(&before).replace("policies.toml", "other.toml"))
        .unwrap();
    for file in ["none.json", "text.json", "foreign.json", "."] {
        let output = place.certnotify("all.json", &["state", "merge", file]);
        assert_eq!((output.code, output.stdout.as_str()), (3, ""), "{file}: {}", output.stderr);
        assert!(output.stderr.starts_with("certnotify: state file ") && output.stderr.contains("\n  help: "));
        assert_eq!(fs::read(place.path("all.json")).unwrap(), before, "{file}");
    }
    assert_eq!(fs::read(place.path("text.json")).unwrap(), b"precious");
    place.done("all.json", &["state", "merge", "--adopt", "foreign.json"]);
}

#[test]
fn check_tells_a_whole_state_from_one_that_lost_something_and_from_none() {
    let place = Place::new();
    place.run("state.json", &[]);
    place.run("state.json", &[]);
    let check = || {
        let output = place.certnotify("state.json", &["state", "check"]);
        (output.code, output.stdout + &output.stderr)
    };
    assert_eq!(check().0, 0, "{}", check().1);
    let whole = fs::read_to_string(place.path("state.json")).unwrap();

    fs::write(place.path("state.json.previous"), "{\n  \"version\": 1,\n  \"policies\": \"").unwrap();
    let (code, text) = check();
    assert!(code == 1 && text.contains("state.json.previous: it is damaged"), "{text}");
    fs::remove_file(place.path("state.json.previous")).unwrap();

    let orphan = format!("{{\"version\":1,\"generation\":\"{}\"}}\n[]\n", "0".repeat(64));
    fs::write(place.path("state.json.journal"), orphan).unwrap();
    let (code, text) = check();
    assert!(code == 1 && text.contains("orphan"), "{text}");
    fs::remove_file(place.path("state.json.journal")).unwrap();

    let later = |line: &str| {
        line.split_once(": \"20")
            .map(|(key, rest)| format!("{key}: \"20{}", rest.replacen(&rest[..2], "90", 1)))
            .unwrap()
    };
    let ahead: Vec<String> =
        whole.lines().map(|line| if line.contains("last-run") { later(line) } else { line.to_owned() }).collect();
    fs::write(place.path("state.json"), ahead.join("\n") + "\n").unwrap();
    let (code, text) = check();
    assert!(code == 1 && text.contains("1 record is later than now"), "{text}");

    fs::write(place.path("state.json"), &whole[..whole.len() / 2]).unwrap();
    assert_eq!(check().0, 3);
    fs::write(place.path("state.json"), whole.replace("policies.toml", "other.toml")).unwrap();
    let (code, text) = check();
    assert!(code == 3 && text.contains("it belongs to the policy file"), "{text}");
    fs::write(place.path("state.json"), whole.replacen("\"version\": 1", "\"version\": 7", 1)).unwrap();
    assert_eq!(check().0, 3);
    fs::remove_file(place.path("state.json")).unwrap();
    let (code, text) = check();
    assert!(code == 3 && text.contains("there is none"), "{text}");
}

#[test]
fn a_copy_is_checked_and_shown_where_there_is_no_policy_file() {
    let place = Place::new();
    place.run("state.json", &[]);
    let elsewhere = TempDir::new().unwrap();
    fs::copy(place.path("state.json"), elsewhere.path().join("copy.json")).unwrap();
    for command in ["check", "show"] {
        let mut certnotify = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        certnotify.env_clear().env("HOME", elsewhere.path()).current_dir(elsewhere.path());
        let output = certnotify.args(["--state", "copy.json", "state", command]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "reading left something");
}

#[test]
fn a_place_that_was_forgotten_is_looked_at_for_the_first_time_and_the_others_stay() {
    let place = Place::new();
    place.run("state.json", &[]);
    let before = fs::read(place.path("state.json")).unwrap();
    let dry = place.done("state.json", &["state", "forget", "www", "--dry-run"]);
    assert!(dry.contains("www.pem") && dry.contains("1 delivery"), "{dry}");
    assert_eq!(fs::read(place.path("state.json")).unwrap(), before);
    place.done("state.json", &["state", "forget", "www"]);
    let shown = place.shown("state.json");
    assert_eq!(shown["places"].as_array().unwrap().len(), 1, "{shown}");
    assert_eq!(place.run("state.json", &[]), names(&["www"]));
    assert_eq!(place.run("state.json", &[]), names(&[]));
}

#[test]
fn a_name_of_before_leads_to_what_is_called_otherwise_now() {
    let place = Place::new();
    place.run("state.json", &[]);
    let policy = fs::read_to_string(place.path("policies.toml")).unwrap();
    fs::write(place.path("policies.toml"), policy.replace("\"www\"", "\"shop\"")).unwrap();
    // Two looks of one second are one, of two entries.
    std::thread::sleep(std::time::Duration::from_secs(1));
    place.run("state.json", &[]);
    for command in [&["snooze", "www", "--until", "2d"][..], &["snooze", "www", "--clear"], &["state", "forget", "www"]]
    {
        let output = place.certnotify("state.json", command);
        assert_eq!(output.code, 3, "{}", output.stdout);
        let said = output.stderr.as_str();
        assert!(said.contains("no certificate is called `www` any more"), "{said}");
        assert!(said.contains("what was called so is `shop` now"), "{said}");
    }
}

#[test]
fn the_folder_of_a_certificate_names_it_and_that_of_several_none_of_them() {
    let place = Place::new();
    for name in ["www", "mail", "shop", "wiki"] {
        fs::create_dir_all(place.path("live").join(name)).unwrap();
        let file = place.path("live").join(name).join("fullchain.pem");
        fs::write(file, leaf(&[&format!("{name}.example.org")]).left(Duration::days(5)).self_signed().pem).unwrap();
    }
    let policy = fs::read_to_string(place.path("policies.toml")).unwrap();
    let glob = "[[certificates]]\nfile = \"live/*/fullchain.pem\"\n";
    fs::write(place.path("policies.toml"), policy + glob).unwrap();
    place.run("state.json", &[]);
    let full = "live/www/fullchain.pem";
    let commands = ["plan", "history", "snooze --until 2d", "snooze --clear", "state show", "state forget --dry-run"];
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').collect();
        for folder in ["live/www", "live/www/"] {
            let said = place.done("state.json", &[&arguments[..], &[folder]].concat());
            assert!(said.contains(full) && !said.contains("live/mail"), "{command} {folder}: {said}");
        }
        for several in ["live", "fullchain.pem"] {
            if (command, several) == ("history", "live") {
                continue; // it has the word of each
            }
            let output = place.certnotify("state.json", &[&arguments[..], &[several]].concat());
            let wanted = format!(
                "certnotify: `{several}` may mean several certificates\n  help: say which: `live/mail/fullchain.pem`, \
                `live/shop/fullchain.pem`, `live/wiki/fullchain.pem` and 1 more\n"
            );
            assert_eq!((output.code, output.stderr), (3, wanted), "{command}");
        }
    }
}

#[test]
fn a_contact_that_was_forgotten_is_told_again_of_what_is_due() {
    let place = Place::new();
    place.run("state.json", &[]);
    place.done("state.json", &["state", "forget", "--contact", "ops"]);
    let shown = place.shown("state.json");
    assert!(shown["places"].as_array().unwrap().iter().all(|place| place["told"] == Value::Array(Vec::new())));
    assert_eq!(place.run("state.json", &[]), names(&["mail", "www"]));
    let unknown = place.certnotify("state.json", &["state", "forget", "--contact", "opps"]);
    assert!(unknown.code == 3 && unknown.stderr.contains("did you mean `ops`?"), "{}", unknown.stderr);
}

#[test]
fn a_backup_that_is_restored_on_another_host_repeats_nothing() {
    let place = Place::new();
    place.run("state.json", &[]);
    let other = Place::new();
    for name in ["www.pem", "mail.pem"] {
        fs::copy(place.path(name), other.path(name)).unwrap();
    }
    fs::copy(place.path("state.json"), other.path("state.json")).unwrap();
    let refused = other.certnotify("state.json", &["state", "check"]);
    assert_eq!(refused.code, 3, "its policy file had another path");
    other.done("state.json", &["--adopt", "state", "check"]);
    let report: Value =
        serde_json::from_str(&other.done("state.json", &["--adopt", "run", "--format", "json"])).unwrap();
    assert_eq!(report["messages"], Value::Array(Vec::new()), "{report}");
}

#[test]
fn what_a_snooze_holds_is_shown_and_survives_a_merge() {
    let place = Place::new();
    place.run("one.json", &[]);
    place.run("other.json", &[]);
    place.done("one.json", &["snooze", "www", "--until", "2d"]);
    place.done("other.json", &["state", "merge", "one.json"]);
    let shown = place.shown("other.json");
    let www = shown["places"].as_array().unwrap().iter().find(|row| row["name"] == "www").unwrap().clone();
    assert!(www["snoozed_until"].is_string(), "{www}");
    let text = place.done("other.json", &["state", "show"]);
    assert!(text.contains("snoozed until "), "{text}");
}

#[test]
fn eleven_deliveries_are_counted_and_one_without_an_end_has_none() {
    let place = Place::new();
    let contacts: Vec<String> = (0..11).map(|number| format!("[contacts.c{number}]\n")).collect();
    let (contacts, named) = (contacts.concat(), (0..10).map(|number| format!("c{number}")).collect::<Vec<_>>());
    let policy = format!(
        "{contacts}[policies.default]\ncontacts = {named:?}\nchannels = [\"inbox\"]\n\
         escalation = [{{ within = \"30d\", contacts = [\"c10\"] }}]\n\
         [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n[[certificates]]\nname = \"mail\"\nfile = \"mail.pem\"\n"
    );
    fs::write(place.path("policies.toml"), policy).unwrap();
    let endless = leaf(&["mail.example.com"]).lives(THEN, datetime!(9999-12-31 23:59:59 UTC));
    fs::write(place.path("mail.pem"), endless.self_signed().pem).unwrap();
    place.run("state.json", &[]);
    let text = place.done("state.json", &["state", "show"]);
    let row = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(row("www").contains("  11 times, last 20"), "{text}");
    assert!(row("mail").contains("  no end  "), "{text}");
    assert!(place.done("state.json", &["state", "show", "mail"]).contains("  expires    no end\n"));
}

#[test]
fn an_open_state_is_not_merged_into_by_a_second_process() {
    let place = Place::new();
    place.run("one.json", &[]);
    place.run("other.json", &[]);
    let before = fs::read(place.path("one.json")).unwrap();
    let held = StateFile::open(&place.path("one.json"), &place.path("policies.toml"), false, THEN);
    let held = held.unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.arg("--policies").arg(place.path("policies.toml")).arg("--state").arg(place.path("one.json"));
    let mut waiting = command.args(["--quiet", "state", "merge"]).arg(place.path("other.json")).spawn().unwrap();
    assert_eq!(waiting.try_wait().unwrap(), None);
    assert_eq!(fs::read(place.path("one.json")).unwrap(), before);
    drop(held);
    assert!(waiting.wait().unwrap().success());
}
