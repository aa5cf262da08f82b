//! A program that is handed messages and prints the secrets that it can read, in every form.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tempfile::TempDir;
use time::macros::datetime;

use super::texts_below;
use crate::support::certificates;

/// A secret of each place; every one is found by the same beginning.
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

fn percent_encoded(text: &str, is_upper: bool) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ if is_upper => write!(encoded, "%{byte:02X}").unwrap(),
            _ => write!(encoded, "%{byte:02x}").unwrap(),
        }
    }
    encoded
}

/// Every form of a secret in which a program may print it.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap();
    let escaped = secret.chars().fold(String::new(), |mut all, character| {
        write!(all, "\\u{:04x}", u32::from(character)).unwrap();
        all
    });
    vec![
        secret.to_owned(),
        secret.to_uppercase(),
        json.trim_matches('"').to_owned(),
        secret.replace('/', "\\/"),
        escaped,
        percent_encoded(secret, true),
        percent_encoded(secret, false),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        STANDARD.encode(format!("user:{secret}")),
        STANDARD.encode(format!("\0someone\0{secret}")),
    ]
}

fn policy(channel: &str) -> String {
    let literal = SECRETS[6].1;
    let endpoint = SECRETS[8].1;
    let mail = match channel {
        "email" => "sendmail = \"/bin/false\"",
        _ => "host = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nusername = \"someone\"\npassword = { env = \"MAIL\" }",
    };
    format!(
        r#"
[settings]
heartbeat = {{ env = "HEARTBEAT_URL" }}
time-limit = "20s"
[email]
{mail}
[contacts.ops]
email = "ops@example.com"
command = {{ argv = ["./tell"] }}
[contacts.room]
dingtalk = {{ webhook = {{ env = "HOOK" }}, secret = {{ env = "SIGNING" }} }}
ntfy = {{ topic = "alerts", token = "{literal}", proxy = {{ env = "PROXY_URL" }} }}
[contacts.phone]
gotify = {{ base-url = "https://127.0.0.1:1", token = {{ file = "token" }} }}
[policies.default]
contacts = ["ops"]
channels = ["{channel}", "inbox"]
events = ["business", "alerts"]
[[certificates]]
name = "www"
file = "www.pem"
password = {{ env = "STORE" }}
[[certificates]]
name = "far"
endpoint = "127.0.0.1:1"
proxy = "http://user:{endpoint}@127.0.0.1:1"
notifications = false
"#
    )
}

/// What is said, and what is on the disk, once `tell` has printed this line.
fn said(line: &str, channel: &str) -> String {
    let folder = TempDir::new().unwrap();
    let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
    let leaf = certificates::leaf(&["www.example.com"]).lives(from, until).self_signed();
    fs::write(folder.path().join("www.pem"), leaf.pem).unwrap();
    fs::write(folder.path().join("line"), format!("{line}\n")).unwrap();
    fs::write(folder.path().join("token"), SECRETS[7].1).unwrap();
    let tell = folder.path().join("tell");
    fs::write(&tell, format!("#!/bin/sh\ncat {}/line >&2\nexit 1\n", folder.path().display())).unwrap();
    fs::set_permissions(&tell, fs::Permissions::from_mode(0o755)).unwrap();
    let policy = policy(channel).replace("./tell", &tell.display().to_string());
    let policy = policy.replace("/bin/false", &tell.display().to_string());
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let mut said = String::new();
    for arguments in [&["run"][..], &["history"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(folder.path()).args(arguments);
        command.env("HOOK", format!("https://127.0.0.1:1/robot/send?access_token={}", SECRETS[0].1));
        command.env("SIGNING", SECRETS[1].1).env("MAIL", SECRETS[2].1).env("STORE", SECRETS[4].1);
        command.env("HEARTBEAT_URL", format!("http://127.0.0.1:1/ping/{}", SECRETS[3].1));
        command.env("PROXY_URL", format!("http://user:{}@127.0.0.1:1", SECRETS[5].1));
        let output = command.args(["-p", "policies.toml", "--state", "memory/state.json"]).output().unwrap();
        said += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
    }
    said + &texts_below(&folder.path().join("memory"))
}

fn assert_hidden(number: usize, channel: &str) {
    // A policy that hands its mail to a program has no password for mail.
    let known = SECRETS.iter().filter(|(name, _)| channel == "command" || *name != "MAIL");
    let line: String = known.clone().map(|(_, secret)| forms(secret).remove(number) + " | ").collect();
    let said = said(&line, channel);
    assert!(said.contains("<secret>"), "{channel} {number}: {said}");
    for (name, secret) in known {
        let form = forms(secret).remove(number);
        let middle = form.chars().count() / 2;
        let telling: String = form.chars().skip(middle.saturating_sub(6)).take(12).collect();
        assert!(!said.contains(&telling), "{channel} {name} as {form}: {said}");
    }
}

#[test]
fn no_secret_that_a_program_prints_is_said_in_any_form() {
    std::thread::scope(|scope| {
        for number in 0..forms("").len() {
            scope.spawn(move || assert_hidden(number, "command"));
        }
        scope.spawn(|| assert_hidden(0, "email"));
        scope.spawn(|| assert_hidden(7, "email"));
    });
}

#[test]
fn what_is_no_secret_is_said() {
    let line = "https://127.0.0.1:1 refused the ping of user: access_token, monitor and password are words";
    let said = said(line, "command");
    let shown = said.lines().find(|text| text.contains("refused the ping")).unwrap_or_default();
    assert!(shown.contains(line), "{shown}");
}
