//! What a run says of itself on standard output.

use std::fs;
use std::process::Command;

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, leaf};

#[test]
fn certificates_that_are_silent_for_one_reason_share_a_line() {
    let (folder, root) = (tempfile::tempdir().unwrap(), Authority::root("Root"));
    // Runs act on no other clock than that of this machine.
    let now: OffsetDateTime = fs::metadata(folder.path()).unwrap().modified().unwrap().into();
    let lives = |name: &str, before: Duration, left: Duration| {
        let file = folder.path().join(name).with_extension("pem");
        fs::write(file, root.issue(&leaf(&[name]).lives(now - before, now + left)).pem).unwrap();
    };
    for number in 10..22 {
        lives(&format!("short-{number}"), Duration::days(1), Duration::days(5));
    }
    lives("days", Duration::days(1), Duration::days(4));
    lives("hours", Duration::hours(1), Duration::hours(29));
    let policy = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\n\
                  [[certificates]]\nfile = \"*.pem\"\nrenewal = \"manual\"\n";
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    run.current_dir(folder.path()).env_clear().args(["-p", "policies.toml", "--state", "state.json", "run"]);
    let said = String::from_utf8(run.output().unwrap().stdout).unwrap();
    let silent: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("silent     ")).collect();
    assert_eq!(
        silent,
        [
            "hours.pem: the policy asks for 30 d, half of its life is 15 h",
            "days.pem: the policy asks for 30 d, half of its life is 2 d 12 h",
            "short-10.pem, short-11.pem, short-12.pem and 9 more: the policy asks for 30 d, half of their lives is 3 d",
        ],
        "{said}"
    );
}

#[test]
fn what_has_expired_or_ends_soon_or_has_a_lasting_finding_is_not_said_to_need_nothing() {
    let (folder, root) = (tempfile::tempdir().unwrap(), Authority::root("Root"));
    let now: OffsetDateTime = fs::metadata(folder.path()).unwrap().modified().unwrap().into();
    let lives = |name: &str, before: i64, left: i64| {
        let file = folder.path().join(name).with_extension("pem");
        let issued = leaf(&[name]).lives(now - Duration::days(before), now + Duration::days(left));
        fs::write(file, root.issue(&issued).pem).unwrap();
    };
    lives("fine", 100, 200);
    lives("future", -10, 300);
    lives("expired", 300, -5);
    lives("soon", 300, 20);
    let policy = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
                  [[certificates]]\nfile = \"*.pem\"\nrenewal = \"manual\"\n";
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let looked_at = || {
        let mut run = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        run.current_dir(folder.path()).env_clear().args(["-p", "policies.toml", "--state", "state.json", "run"]);
        let said = String::from_utf8(run.output().unwrap().stdout).unwrap();
        let line = said.lines().find(|line| line.starts_with("looked at")).unwrap().to_owned();
        line.split_once(" s: ").unwrap().1.to_owned()
    };
    assert_eq!(looked_at(), "1 needs nothing, 2 are due, 1 has findings");
    assert_eq!(looked_at(), "1 needs nothing, 3 have findings");
    let mail = fs::read_dir(folder.path().join("inbox/ops/new")).unwrap().next().unwrap().unwrap();
    let mail = fs::read_to_string(mail.path()).unwrap();
    assert!(mail.contains("1 other certificate needs nothing"), "{mail}");
}

#[test]
fn each_contact_is_said_in_json_to_be_told_of_its_own_entry_as_it_is_planned() {
    let (folder, root) = (tempfile::tempdir().unwrap(), Authority::root("Root"));
    let now: OffsetDateTime = fs::metadata(folder.path()).unwrap().modified().unwrap().into();
    let issued = leaf(&["www"]).lives(now - Duration::days(340), now + Duration::days(20));
    fs::write(folder.path().join("www.pem"), root.issue(&issued).pem).unwrap();
    let policy = "[settings]\ndefault-contact = \"ops\"\n[contacts.ops]\n[contacts.dev]\n\
                  [[certificates]]\nname = \"of-ops\"\nfile = \"www.pem\"\nrenewal = \"manual\"\n\
                  [[certificates]]\nname = \"of-dev\"\nfile = \"www.pem\"\nrenewal = \"manual\"\ncontacts = [\"dev\"]\n";
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let told = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.current_dir(folder.path()).env_clear().args(["-p", "policies.toml", "--state", "state.json"]);
        let said = command.args(arguments).args(["--format", "json"]).output().unwrap().stdout;
        let said: Value = serde_json::from_slice(&said).unwrap();
        let messages = said["messages"].as_array().unwrap().iter();
        let named = messages.map(|message| [&message["contact"], &message["reminders"][0]["certificate"]].map(text));
        named.collect::<Vec<[String; 2]>>()
    };
    let planned = told(&["plan", "--days", "0"]);
    assert_eq!(planned, [["dev", "of-dev"], ["ops", "of-ops"]]);
    assert_eq!(told(&["run"]), planned);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
