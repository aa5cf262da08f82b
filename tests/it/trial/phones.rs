//! Telegram, ntfy and Gotify from the command line: tested, told of what is due, and what is said of a group that moved.

use std::path::Path;

use assert_cmd::Command;

use crate::support::chat_vendors::{CHAT, ChannelConfig as Knobs, TOPIC, Vendors};
use crate::support::delivery::TOKEN;
use certnotify::policy::Channel;

fn policies(vendors: &Vendors, folder: &Path) {
    let policies = format!(
        r#"
        [contacts.phone]
        telegram = {{ base-url = "{}", token = {{ env = "BOT_TOKEN" }}, chat = "{CHAT}" }}
        ntfy = {{ base-url = "{}", token = {{ env = "NTFY_TOKEN" }}, topic = {{ env = "TOPIC" }} }}
        gotify = {{ base-url = "{}", token = {{ env = "GOTIFY_TOKEN" }} }}
        [[certificates]]
        file = "expired.pem"
        channels = ["telegram", "ntfy", "gotify"]
        "#,
        vendors.base(Channel::Telegram),
        vendors.base(Channel::Ntfy),
        vendors.base(Channel::Gotify),
    );
    std::fs::write(folder.join("policies.toml"), policies).unwrap();
    std::fs::copy("examples/certificates/expired.pem", folder.join("expired.pem")).unwrap();
}

fn robots() -> [String; 3] {
    ["", "ntfy", "gotify"].map(|service| format!("{TOKEN}{service}"))
}

fn serve(vendors: &Vendors, knobs: &Knobs) {
    for robot in robots() {
        vendors.robot(&robot, knobs.clone());
    }
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.args(arguments).arg("--policies").arg(folder.join("policies.toml"));
    command.arg("--state").arg(folder.join("state.json"));
    // A robot each: the fakes count in a time that stands still.
    let [telegram, ntfy, gotify] = robots();
    command.env("BOT_TOKEN", format!("123456789:{telegram}")).env("NTFY_TOKEN", ntfy).env("GOTIFY_TOKEN", gotify);
    command.env("TOPIC", TOPIC);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn phones_are_tested_and_told_of_what_is_due_and_no_secret_is_written_down() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), Vendors::start());
    policies(&vendors, folder.path());
    for channel in ["telegram", "ntfy", "gotify"] {
        serve(&vendors, &Knobs::default());
        let (code, stdout, stderr) = run(folder.path(), &["test", "phone", "--channel", channel]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{channel}: {stdout}");
        assert!(stdout.contains("taken as "), "{stdout}");
    }
    serve(&vendors, &Knobs::default());
    let (code, stdout, stderr) = run(folder.path(), &["run"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    let bodies: Vec<String> =
        vendors.journal().iter().map(|entry| String::from_utf8_lossy(&entry.request.body).into()).collect();
    assert_eq!(bodies.iter().filter(|body| body.contains("This is a test")).count(), 3);
    assert_eq!(bodies.iter().filter(|body| body.contains("has expired")).count(), 3);
    let state = std::fs::read_to_string(folder.path().join("state.json")).unwrap();
    for secret in [TOKEN, TOPIC, &CHAT.to_string()] {
        assert!(!state.contains(secret) && !stdout.contains(secret), "{secret}");
    }
}

#[test]
fn a_token_that_is_refused_is_named_by_its_key_and_never_shown() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), Vendors::start());
    policies(&vendors, folder.path());
    let (code, stdout, stderr) = run(folder.path(), &["run"]);
    assert_eq!(code, 1);
    assert_eq!(stderr.matches("check `token` of this contact").count(), 3, "{stderr}");
    for secret in [TOKEN, TOPIC, &TOKEN[..8], &TOKEN[20..], "/bot"] {
        assert!(!stderr.contains(secret) && !stdout.contains(secret), "{secret} in {stdout}{stderr}");
    }
}

#[test]
fn a_group_that_became_a_supergroup_is_told_and_the_run_says_what_to_write() {
    let (folder, vendors) = (tempfile::tempdir().unwrap(), Vendors::start());
    policies(&vendors, folder.path());
    serve(&vendors, &Knobs { moved_to: Some(-100_777), ..Knobs::default() });
    let (code, _, stderr) = run(folder.path(), &["run", "--quiet"]);
    let said = "certnotify: contact `phone`, telegram, its address: the group has another number since it became a \
                supergroup\n  help: it was told all the same; write chat = \"-100777\"\n";
    assert_eq!((code, stderr.as_str()), (0, said));
    let (code, _, stderr) = run(folder.path(), &["run", "--quiet"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "nothing is due");
    serve(&vendors, &Knobs { moved_to: Some(-100_777), ..Knobs::default() });
    let (code, stdout, stderr) = run(folder.path(), &["test", "phone", "--channel", "telegram"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("taken as 1") && stderr.contains("write chat = \"-100777\""), "{stdout}{stderr}");
}
