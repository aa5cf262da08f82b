//! A program that prints certificates fails and prints the secrets that it can read, in every form.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::printed::forms;
use super::texts_below;

/// A secret of each place.
const SECRETS: [(&str, &str); 9] = [
    ("DINGTALK", "canary0token/with+signs"),
    ("SIGNING", "SECcanary1\"quoted\"\\back"),
    ("MAIL", "canary2 of mail=é"),
    ("HEARTBEAT", "canary3-9f8e-heartbeat"),
    ("STORE", "canary4&store%pass"),
    ("PROXY", "canary5proxypass"),
    ("LITERAL", "canary6literal?word"),
    ("FILE", "canary7/from/a/file"),
    ("ENDPOINT", "canary8endpoint"),
];

const COMMANDS: [&[&str]; 7] = [
    &["check"],
    &["check", "-v", "--format", "json"],
    &["plan"],
    &["run", "--dry-run"],
    &["run", "-v"],
    &["state", "show"],
    &["history"],
];

fn policy(store: &Path) -> String {
    let (literal, endpoint, store) = (SECRETS[6].1, SECRETS[8].1, store.display());
    format!(
        r#"
[settings]
heartbeat = {{ env = "HEARTBEAT_URL" }}
[email]
host = "127.0.0.1"
port = 1
tls = "none"
username = "someone"
password = {{ env = "MAIL" }}
[contacts.ops]
email = "ops@example.com"
[contacts.room]
dingtalk = {{ webhook = {{ env = "HOOK" }}, secret = {{ env = "SIGNING" }} }}
ntfy = {{ topic = "alerts", token = "{literal}", proxy = {{ env = "PROXY_URL" }} }}
[contacts.phone]
gotify = {{ base-url = "https://127.0.0.1:1", token = {{ file = "token" }} }}
[policies.default]
contacts = ["ops"]
channels = ["inbox"]
events = ["business", "alerts"]
[[certificates]]
name = "store"
command-source = ["{store}"]
password = {{ env = "STORE" }}
[[certificates]]
name = "far"
endpoint = "127.0.0.1:1"
proxy = "http://user:{endpoint}@127.0.0.1:1"
notifications = false
"#
    )
}

/// What each command says and what is on the disk in the end, where the program of the store prints `line`.
fn said(line: &str) -> String {
    let folder = TempDir::new().unwrap();
    let (store, memory) = (folder.path().join("store"), folder.path().join("memory"));
    fs::write(folder.path().join("line"), format!("first\n{line}\n")).unwrap();
    fs::write(folder.path().join("token"), SECRETS[7].1).unwrap();
    fs::write(&store, format!("#!/bin/sh\ncat {}/line >&2\nexit 1\n", folder.path().display())).unwrap();
    fs::set_permissions(&store, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("policies.toml"), policy(&store)).unwrap();
    let mut said = String::new();
    for arguments in COMMANDS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(folder.path()).args(arguments);
        command.env("HOOK", format!("https://127.0.0.1:1/robot/send?access_token={}", SECRETS[0].1));
        command.env("SIGNING", SECRETS[1].1).env("MAIL", SECRETS[2].1).env("STORE", SECRETS[4].1);
        command.env("HEARTBEAT_URL", format!("http://127.0.0.1:1/ping/{}", SECRETS[3].1));
        command.env("PROXY_URL", format!("http://user:{}@127.0.0.1:1", SECRETS[5].1));
        let output = command.args(["-p", "policies.toml", "--state", "memory/state.json"]).output().unwrap();
        let shown = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(matches!(arguments[0], "state" | "history") || shown.contains("<secret>"), "{arguments:?}: {shown}");
        said += &shown;
    }
    said + &texts_below(&memory)
}

#[test]
fn no_secret_that_a_program_of_a_store_prints_is_said_in_any_form() {
    std::thread::scope(|scope| {
        for number in 0..forms("").len() {
            scope.spawn(move || {
                let line: String = SECRETS.iter().map(|(_, secret)| forms(secret).remove(number) + " | ").collect();
                let said = said(&line);
                for (name, secret) in SECRETS {
                    let form = forms(secret).remove(number);
                    let middle = form.chars().count() / 2;
                    let telling: String = form.chars().skip(middle.saturating_sub(6)).take(12).collect();
                    assert!(!said.contains(&telling), "{name} as {form}: {said}");
                }
            });
        }
    });
}

#[test]
fn what_is_no_secret_of_a_store_is_said() {
    let line = "https://127.0.0.1:1 refused the login of user: access_token and password are words <secret>";
    assert!(said(line).contains(line));
}
