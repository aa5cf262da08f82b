//! The built-in policy: e-mail and inbox, and for a contact without mail every channel that it alone has.

use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::leaf;

const CONTACTS: &str = "[settings]\ndefault-contact = \"anna\"\n\
    [contacts.anna]\nemail = \"anna@example.com\"\nslack = { webhook = \"https://hooks.slack.com/services/A/B/C\" }\n\
    ntfy = { topic = \"anna\" }\n\
    [contacts.room]\nslack = { webhook = \"https://hooks.slack.com/services/D/E/F\" }\n\
    [contacts.phone]\nntfy = { topic = \"phone\" }\n";

/// Contacts and channels of what a plan would send, and what is said of the policy.
fn planned(entry: &str) -> (Vec<String>, String) {
    let folder = TempDir::new().unwrap();
    let policy = format!("{CONTACTS}[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n{entry}");
    let file = folder.path().join("policies.toml");
    fs::write(&file, policy).unwrap();
    let now = OffsetDateTime::from(fs::metadata(&file).unwrap().modified().unwrap());
    let soon = leaf(&["www.example.com"]).lives(now - Duration::days(300), now + Duration::days(10)).self_signed();
    fs::write(folder.path().join("www.pem"), soon.pem).unwrap();
    let certnotify = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().current_dir(folder.path()).args(arguments);
        let output = command.args(["-p", "policies.toml", "--state", "state.json"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let json: Value = serde_json::from_str(&certnotify(&["plan", "--days", "0", "--format", "json"])).unwrap();
    let messages = json["messages"].as_array().unwrap().iter();
    let mut told: Vec<String> = messages
        .map(|message| format!("{} {}", message["contact"].as_str().unwrap(), message["channel"].as_str().unwrap()))
        .collect();
    told.sort();
    (told, certnotify(&["plan", "www"]) + &certnotify(&["validate"]))
}

#[test]
fn channels_of_a_contact_without_mail_are_not_used_for_the_others() {
    let (told, said) = planned("contacts = [\"anna\", \"room\", \"phone\"]\n");
    assert_eq!(
        told,
        ["anna email", "anna inbox", "phone inbox", "phone ntfy", "room inbox", "room slack"],
        "each by its own"
    );
    assert!(said.contains("anna by email and inbox, room by inbox and slack, phone by inbox and ntfy"), "{said}");
    let unused = "contact `anna` is never told by `slack`, `ntfy`";
    assert!(said.contains(unused), "{said}");
}

#[test]
fn who_joins_by_escalation_is_told_by_the_channels_of_its_own() {
    let (told, _) = planned("escalation = [{ within = \"20d\", contacts = [\"phone\"] }]\n");
    assert_eq!(told, ["anna email", "anna inbox", "phone inbox", "phone ntfy"]);
}

#[test]
fn a_written_list_of_channels_counts_for_every_contact() {
    let (told, _) = planned("contacts = [\"anna\", \"room\"]\nchannels = [\"email\", \"slack\"]\n");
    assert_eq!(told, ["anna email", "anna slack", "room slack"]);
}
