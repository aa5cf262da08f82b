//! Whole runs of the real program that end in the middle of their mails.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;

use super::super::support::certificates;

/// Takes every mail, notes for whom, and kills the run at the one whose number stands in `kill`: its parent starts programs
/// for the run, which is the parent of that.
const SENDMAIL: &str = r#"#!/bin/sh
cat > /dev/null
for last; do :; done
echo "$last" >> "$(dirname "$0")/taken"
if [ "$(wc -l < "$(dirname "$0")/taken")" -eq "$(cat "$(dirname "$0")/kill")" ]; then
    grep -q start-programs-of-a-run /proc/$PPID/cmdline || exit 1
    kill -9 "$(cut -d' ' -f4 /proc/$PPID/stat)" $PPID
    sleep 1
fi
exit 0
"#;

struct House(TempDir);

impl House {
    /// Three contacts, who are owed a mail each.
    fn new(kill: usize) -> Self {
        let house = Self(TempDir::new().unwrap());
        let contacts =
            ["anna", "ben", "cleo"].map(|name| format!("[contacts.{name}]\nemail = \"{name}@example.com\"\n"));
        let policies = format!(
            "[email]\nsendmail = \"{}\"\n{}[policies.default]\ncontacts = [\"anna\", \"ben\", \"cleo\"]\n\
             channels = [\"email\"]\nevents = [\"business\", \"alerts\"]\n[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n",
            house.path("sendmail").display(),
            contacts.concat(),
        );
        fs::write(house.path("policies.toml"), policies).unwrap();
        fs::write(house.path("kill"), kill.to_string()).unwrap();
        fs::write(house.path("sendmail"), SENDMAIL).unwrap();
        fs::set_permissions(house.path("sendmail"), fs::Permissions::from_mode(0o755)).unwrap();
        let leaf = certificates::leaf(&["www.example.com"]);
        let expired = leaf.lives(datetime!(2024-01-01 0:00 UTC), datetime!(2025-01-01 0:00 UTC)).self_signed();
        fs::write(house.path("www.pem"), expired.pem).unwrap();
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut line = words.iter().copied().chain([env!("CARGO_BIN_EXE_certnotify")]);
        let mut command = Command::new(line.next().unwrap());
        command.args(line).current_dir(self.0.path()).env_remove("CERTNOTIFY_STATE");
        command
    }

    fn certnotify(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(&[]);
        command.args(arguments).args(["-p", "policies.toml", "--state", "memory/state.json"]).output().unwrap()
    }

    fn taken(&self) -> Vec<String> {
        fs::read_to_string(self.path("taken")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn memory(&self) -> Vec<(String, Vec<u8>)> {
        let files = fs::read_dir(self.path("memory")).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> = files.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect();
        files.sort();
        files
    }

    fn contacts_in(&self, arguments: &[&str]) -> BTreeSet<String> {
        let output = self.certnotify(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut contacts = BTreeSet::new();
        contacts_of(&told, &mut contacts);
        contacts
    }
}

fn contacts_of(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("contact").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| contacts_of(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| contacts_of(value, found)),
        _ => {}
    }
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_a_killed_run_had_told_is_known_to_every_command_and_not_told_again() {
    let house = House::new(2);
    assert!(!house.certnotify(&["run", "--quiet"]).status.success(), "the run was killed");
    assert_eq!(house.taken(), ["anna@example.com", "ben@example.com"]);
    assert!(house.path("memory/state.json.journal").exists());

    let before = house.memory();
    assert_eq!(house.contacts_in(&["history", "--format", "json"]), set(&["anna"]));
    let planned = ["plan", "--days", "0", "--format", "json"];
    assert_eq!(house.contacts_in(&planned), set(&["ben", "cleo"]), "the one in flight is told once more");
    assert!(house.memory() == before, "a command that only reads wrote something");

    let run = house.certnotify(&["run", "--quiet"]);
    assert!(run.status.success() && run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(house.taken()[2..], ["ben@example.com", "cleo@example.com"]);
    assert!(!house.path("memory/state.json.journal").exists(), "it is folded in");
    assert_eq!(house.contacts_in(&["history", "--format", "json"]), set(&["anna", "ben", "cleo"]));
    assert!(house.certnotify(&["run", "--quiet"]).status.success());
    assert_eq!(house.taken().len(), 4);
}

#[test]
fn a_damaged_journal_is_kept_said_once_and_stops_no_run() {
    let house = House::new(3);
    house.certnotify(&["run", "--quiet"]);
    let journal = house.path("memory/state.json.journal");
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, text.replacen("\"anna\"", "\"an\"na\"", 1)).unwrap();
    let run = house.certnotify(&["run", "--quiet"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(said.contains("state.json.journal: it is damaged") && said.contains("it was kept as"), "{said}");
    assert_eq!(house.taken()[3..], ["anna@example.com", "cleo@example.com"], "what is known of ben is used");
    let run = house.certnotify(&["run", "--quiet"]);
    assert!(run.status.success() && run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn without_room_for_the_journal_nothing_is_sent() {
    let house = House::new(0);
    // A limit on the size of files stands for a full disk.
    let limited = ["bash", "-c", "ulimit -f 40; exec \"$0\" \"$@\""];
    let mut command = house.command(&limited);
    command.args(["run", "--quiet", "-p", "policies.toml", "--state", "memory/state.json"]);
    let run = command.output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(3), "{said}");
    assert!(said.contains("nothing can be recorded"), "{said}");
    assert!(house.taken().is_empty(), "{:?}", house.taken());
    assert!(house.certnotify(&["run", "--quiet"]).status.success());
    assert_eq!(house.taken().len(), 3);
}
