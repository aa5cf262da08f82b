//! What `check` and `plan` say of an issuer that ends before the renewals of its certificates would.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, leaf};

/// A leaf of 90 days with 60 left, below an intermediate with 120: alone, and with its chain. When this was.
fn files(folder: &Path) -> OffsetDateTime {
    fs::write(folder.join("now"), "").unwrap();
    let now = OffsetDateTime::from(fs::metadata(folder.join("now")).unwrap().modified().unwrap());
    let (root, days) = (Authority::root("Example Root CA"), Duration::days);
    let issuer = root.intermediate_until("Example Issuing CA", now + days(120));
    let leaf = issuer.issue(&leaf(&["www.example.com"]).lives(now - days(30), now + days(60)));
    fs::write(folder.join("alone.pem"), &leaf.pem).unwrap();
    fs::write(folder.join("chain.pem"), leaf.pem + &issuer.pem).unwrap();
    fs::write(folder.join("root.pem"), root.pem).unwrap();
    fs::write(folder.join("issuer.pem"), issuer.pem).unwrap();
    now
}

fn certnotify(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    let output = command.env_clear().env("TZ", "UTC").current_dir(folder).args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn check_finds_the_issuer_in_the_chain_or_in_the_ca_file() {
    let folder = TempDir::new().unwrap();
    let now = files(folder.path());
    for arguments in
        [&["chain.pem"][..], &["chain.pem", "--ca-file", "root.pem"], &["alone.pem", "--ca-file", "issuer.pem"]]
    {
        let (code, stdout) = certnotify(folder.path(), &[&["check", "--format", "json"], arguments].concat());
        assert_eq!(code, 1, "{arguments:?}: {stdout}");
        let report: Value = serde_json::from_str(&stdout).unwrap();
        let findings =
            report.pointer("/certificates/0/findings").and_then(Value::as_array).unwrap_or_else(|| panic!("{stdout}"));
        let found = findings
            .iter()
            .find(|finding| finding["id"] == "ca-horizon")
            .unwrap_or_else(|| panic!("{arguments:?}: {stdout}"));
        let until = OffsetDateTime::parse(found["until"].as_str().unwrap(), &Rfc3339).unwrap();
        assert!((until - now - Duration::days(30)).abs() < Duration::minutes(1), "{until}");
        assert_eq!(found["severity"], "warning");
        assert!(found["message"].as_str().unwrap().contains("live shorter than 90 days"), "{found}");
    }
    let (code, stdout) = certnotify(folder.path(), &["check", "alone.pem"]);
    assert_eq!(code, 0, "the end of its issuer is not known: {stdout}");
}

#[test]
fn an_entry_may_accept_it_and_plan_explains_it() {
    let folder = TempDir::new().unwrap();
    files(folder.path());
    let policy = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\n\
                  events = [\"business\", \"alerts\"]\n[[certificates]]\nname = \"www\"\nfile = \"chain.pem\"\nrenewal = \"manual\"\n";
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let plan = ["plan", "www", "-p", "policies.toml", "--state", "memory/state.json"];
    let (code, stdout) = certnotify(folder.path(), &plan);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("issuer     its issuer `CN=Example Issuing CA` ends"), "{stdout}");
    assert!(stdout.contains("The authority Example Issuing CA ends on"), "{stdout}");
    let (code, stdout) = certnotify(folder.path(), &["run", "-p", "policies.toml", "--state", "memory/state.json"]);
    assert_eq!(code, 0, "{stdout}");
    let (_, inbox) =
        certnotify(folder.path(), &["inbox", "ops", "-p", "policies.toml", "--state", "memory/state.json"]);
    assert!(inbox.contains("Example Issuing CA ends on"), "{inbox}");

    let folder = TempDir::new().unwrap();
    files(folder.path());
    fs::write(folder.path().join("policies.toml"), format!("{policy}accept = [\"ca-horizon\"]\n")).unwrap();
    let (code, stdout) = certnotify(folder.path(), &["check", "-p", "policies.toml"]);
    assert_eq!(code, 0, "{stdout}");
    let (code, stdout) = certnotify(folder.path(), &["run", "-p", "policies.toml", "--state", "memory/state.json"]);
    assert_eq!(code, 0, "{stdout}");
    assert!(!folder.path().join("memory/inbox/ops").exists(), "{stdout}");
}
