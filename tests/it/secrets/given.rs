//! What a program of this machine is given: no secret among its arguments, its variables, or those of certnotify.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use time::macros::datetime;

use crate::support::certificates;

/// Writes down what every process of this machine sees of it and of its parent, and what it alone sees.
const TELL: &str = "#!/bin/sh\ncat >>FOLDER/read\n\
    for process in $$ $PPID; do tr '\\0' '\\n' </proc/$process/cmdline >>FOLDER/seen; echo >>FOLDER/seen; done\n\
    env >>FOLDER/variables\n";

/// Every secret of a policy, in each way in which one is written.
fn policy(mail: &str, channel: &str, tell: &Path) -> String {
    format!(
        r#"
[settings]
heartbeat = {{ env = "HEARTBEAT_URL" }}
[email]
{mail}
[contacts.ops]
email = "ops@example.com"
dingtalk = {{ webhook = {{ env = "HOOK" }}, secret = {{ env = "SIGNING" }} }}
telegram = {{ token = {{ env = "BOT" }}, chat = {{ env = "CHAT" }}, proxy = {{ env = "PROXY_URL" }} }}
pagerduty = {{ routing-key = "canaryrouting0123456789abcdef012" }}
gotify = {{ base-url = "https://127.0.0.1:1", token = {{ file = "token" }} }}
ntfy = {{ topic = "alerts", token = {{ credential = "ntfy" }} }}
command = {{ argv = ["{}"] }}
[policies.default]
channels = ["{channel}"]
events = ["business", "alerts"]
[[certificates]]
name = "www"
file = "www.pem"
password = {{ env = "STORE" }}
[[certificates]]
name = "far"
endpoint = "127.0.0.1:1"
proxy = "http://user:canaryendpoint@127.0.0.1:1"
notifications = false
"#,
        tell.display()
    )
}

const VARIABLES: [(&str, &str); 7] = [
    ("HEARTBEAT_URL", "http://127.0.0.1:1/canaryheartbeat"),
    ("HOOK", "https://127.0.0.1:1/robot/send?access_token=canaryhook"),
    ("SIGNING", "SECcanarysigning"),
    ("BOT", "123456789:canarybotcanarybotcanarybotcanary12"),
    ("CHAT", "-100canary"),
    ("PROXY_URL", "http://user:canaryproxy@127.0.0.1:1"),
    ("STORE", "canarystore"),
];

fn assert_given_nothing(mail: &str, channel: &str, password: &str) {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
    let leaf = certificates::leaf(&["www.example.com"]).lives(from, until).self_signed();
    fs::write(path("www.pem"), leaf.pem).unwrap();
    fs::write(path("token"), "canarytoken").unwrap();
    fs::write(path("ntfy"), "canaryntfy").unwrap();
    fs::write(path("tell"), TELL.replace("FOLDER", &folder.path().display().to_string())).unwrap();
    fs::set_permissions(path("tell"), fs::Permissions::from_mode(0o755)).unwrap();
    let mail = mail.replace("TELL", &path("tell").display().to_string());
    fs::write(path("policies.toml"), policy(&mail, channel, &path("tell"))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.env_clear().env("PATH", "/usr/bin:/bin").envs(VARIABLES).env(password, "canarymail");
    command.env("CREDENTIALS_DIRECTORY", folder.path()).env("HARMLESS", "stays").current_dir(folder.path());
    let output = command.args(["run", "-p", "policies.toml", "--state", "memory/state.json"]).output().unwrap();
    let read = fs::read_to_string(path("read")).unwrap_or_else(|_| panic!("{channel}: {output:?}"));
    let (seen, variables) = (fs::read_to_string(path("seen")).unwrap(), fs::read_to_string(path("variables")).unwrap());
    assert!(seen.contains("tell") && seen.contains("certnotify"), "{seen}");
    assert!(variables.contains("HARMLESS=stays") && variables.contains("PATH="), "{variables}");
    for text in [&read, &seen, &variables] {
        assert!(!text.contains("canary"), "{channel}: {text}");
    }
}

#[test]
fn a_command_is_given_no_secret_of_the_policy() {
    let mail =
        "host = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nusername = \"u\"\npassword = { env = \"SMTP_PASSWORD\" }";
    assert_given_nothing(mail, "command", "SMTP_PASSWORD");
}

const SERVER: &str = "host = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nusername = \"u\"\n";

#[test]
fn a_command_is_given_no_secret_of_the_login_by_oauth() {
    let grant = "oauth = { token-url = \"http://127.0.0.1:1/token\", client-id = \"app\", client-secret = { env = \"APP\" }, \
                 refresh-token = \"canaryrefresh\" }";
    assert_given_nothing(&format!("{SERVER}{grant}"), "command", "APP");
}

#[test]
fn a_program_that_prints_an_access_token_is_given_no_secret_of_the_policy() {
    assert_given_nothing(&format!("{SERVER}oauth = {{ token = {{ command = [\"TELL\"] }} }}"), "email", "STORE");
}

#[test]
fn a_program_that_takes_mail_is_given_no_secret_of_the_policy() {
    assert_given_nothing("sendmail = \"TELL\"", "email", "STORE");
}
