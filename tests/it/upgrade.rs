//! The state file that version 1.0.0 wrote is taken over: no reminder is lost and none comes again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Three runs of 1.0.0 on 27 November 2026: reminders, a renewal, a deletion, an anomaly and its end, a snooze, and an
/// address that was refused. Its paths begin with `/fixture`.
fn fixture() -> TempDir {
    let directory = TempDir::new().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/upgrade/state-1.0.0");
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        let text = text.replace("/fixture", directory.path().canonicalize().unwrap().to_str().unwrap());
        // No mail server is asked: port 9 takes no mail.
        let text = text.replace("port = 0", "port = 9").replace("[settings]", "[settings]\ntime-limit = \"1s\"");
        fs::write(directory.path().join(file.file_name()), text).unwrap();
    }
    directory
}

fn policies(directory: &TempDir) -> PathBuf {
    directory.path().join("policies.toml")
}

fn json(directory: &TempDir, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.args(arguments).arg("-p").arg(policies(directory)).args(["--format", "json"]);
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {} {}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

/// What `ops` would be told at this moment: channel, certificate and kind.
fn told_to_ops(at: &str) -> BTreeSet<String> {
    let directory = fixture();
    let plan = json(&directory, &["run", "--dry-run", "--at", at]);
    let messages = plan["messages"].as_array().unwrap().iter().filter(|message| message["contact"] == "ops");
    let reminders = messages.flat_map(|message| {
        let channel = message["channel"].as_str().unwrap();
        let reminders = message["reminders"].as_array().unwrap().iter();
        reminders.map(move |reminder| {
            format!("{channel} {} {}", reminder["certificate"].as_str().unwrap(), reminder["kind"].as_str().unwrap())
        })
    });
    reminders.collect()
}

fn by_both(reminders: &[&str]) -> BTreeSet<String> {
    let channels = ["email", "inbox"];
    channels.iter().flat_map(|channel| reminders.iter().map(move |reminder| format!("{channel} {reminder}"))).collect()
}

#[test]
fn what_1_0_0_told_is_not_told_again() {
    assert_eq!(told_to_ops("2026-11-27T17:00:00Z"), BTreeSet::new());
    assert_eq!(told_to_ops("2026-12-03T12:00:00Z"), BTreeSet::new());
}

#[test]
fn the_slots_that_1_0_0_began_go_on() {
    assert_eq!(told_to_ops("2026-12-05T00:00:00Z"), by_both(&["daily business.expiration"]));
}

#[test]
fn a_snooze_of_1_0_0_holds_and_is_released() {
    let is_snoozed = |at| !told_to_ops(at).iter().any(|reminder| reminder.contains("snoozed"));
    assert!(is_snoozed("2027-06-01T00:00:00Z"));
    assert!(!is_snoozed("2048-02-01T00:00:00Z"));
}

#[test]
fn an_address_that_refused_is_still_owed_what_it_was_owed() {
    let plan = json(&fixture(), &["run", "--dry-run", "--at", "2026-12-03T12:00:00Z"]);
    let messages = plan["messages"].as_array().unwrap();
    let owed = messages.iter().find(|message| message["contact"] == "gone" && message["channel"] == "email").unwrap();
    let certificates: BTreeSet<&str> = owed["reminders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reminder| reminder["certificate"].as_str().unwrap())
        .collect();
    for name in ["once", "daily", "anomaly", "tree/expired.pem"] {
        assert!(certificates.contains(name), "{name}: {certificates:?}");
    }
}

#[test]
fn a_run_keeps_every_delivery_of_1_0_0() {
    let directory = fixture();
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.args(["run", "--quiet", "-p"]).arg(policies(&directory)).assert().code(1);
    let before: Value =
        serde_json::from_str(&fs::read_to_string(directory.path().join("history.json")).unwrap()).unwrap();
    let after = json(&directory, &["history"]);
    let key = |delivery: &Value| {
        ["at", "contact", "channel", "certificate", "kind"]
            .map(|field| delivery[field].as_str().unwrap_or("").to_owned())
    };
    let list = |history: &Value| {
        let (_, list) = history.as_object().unwrap().iter().find(|(_, value)| value.is_array()).unwrap();
        list.as_array().unwrap().iter().map(key).collect::<BTreeSet<_>>()
    };
    let missing: Vec<_> = list(&before).difference(&list(&after)).cloned().collect();
    assert!(list(&before).len() > 20 && missing.is_empty(), "{missing:?}");
}
