//! Mattermost, Google Chat, Pushover and Bark from the policy file to the service: what a run and a test send.

use std::fs;
use std::process::Command;

use certnotify::policy::Channel;
use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;

use crate::support::certificates;
use crate::support::chat_vendors::{ChannelConfig as Knobs, PUSHOVER_TOKEN, PUSHOVER_USER, Vendors};

const KEYS: [&str; 4] = ["0mattermost0key0aaaa", "1googlechat1key1bbbb", "2pushover2key2ccccc", "3bark3key3ddddddddd"];

struct Place {
    folder: TempDir,
    vendors: Vendors,
}

impl Place {
    /// With so many certificates that expired.
    fn new(certificates: usize) -> Self {
        let (folder, vendors) = (TempDir::new().unwrap(), Vendors::start());
        for key in KEYS {
            vendors.robot(key, Knobs::default());
        }
        let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
        for number in 0..certificates {
            let leaf = certificates::leaf(&[&format!("host-{number:03}.example.com")]).lives(from, until).self_signed();
            fs::write(folder.path().join(format!("{number:03}.pem")), leaf.pem).unwrap();
        }
        let policy = format!(
            r#"
            [contacts.ops]
            mattermost = {{ webhook = "{}", mention = ["here", "alice"] }}
            googlechat = {{ webhook = "{}", mention = ["all"] }}
            pushover = {{ base-url = "{}", token = "{PUSHOVER_TOKEN}", user = {{ env = "USER_KEY" }} }}
            bark = {{ base-url = "{}", key = "{}" }}
            [policies.default]
            contacts = ["ops"]
            events = ["business", "alerts"]
            channels = ["mattermost", "googlechat", "pushover", "bark"]
            [[certificates]]
            file = "*.pem"
            "#,
            vendors.newer(Channel::Mattermost, KEYS[0]),
            vendors.newer(Channel::GoogleChat, KEYS[1]),
            vendors.newer(Channel::Pushover, KEYS[2]),
            vendors.newer(Channel::Bark, KEYS[3]),
            KEYS[3],
        );
        fs::write(folder.path().join("policies.toml"), policy).unwrap();
        Self { folder, vendors }
    }

    /// Exit code, standard output and standard error, none of which may hold a secret.
    fn certnotify(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("TZ", "UTC").env("USER_KEY", PUSHOVER_USER);
        command.arg("-p").arg(self.folder.path().join("policies.toml"));
        command.arg("--state").arg(self.folder.path().join("memory/state.json"));
        let output = command.args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let state = fs::read_to_string(self.folder.path().join("memory/state.json")).unwrap_or_default();
        for shown in [&stdout, &stderr, &state] {
            for secret in KEYS.iter().copied().chain([PUSHOVER_TOKEN, PUSHOVER_USER]) {
                assert!(!shown.contains(secret), "{arguments:?}: {secret} in {shown}");
            }
        }
        (output.status.code().unwrap(), stdout, stderr)
    }

    fn bodies(&self, part: &str) -> Vec<Value> {
        let journal = self.vendors.journal();
        let sent = journal.iter().filter(|entry| entry.request.path.starts_with(part));
        sent.map(|entry| serde_json::from_slice(&entry.request.body).unwrap()).collect()
    }
}

#[test]
fn a_run_tells_each_service_once_and_is_recorded() {
    let place = Place::new(1);
    assert_eq!(place.certnotify(&["validate"]).0, 0);
    let (code, stdout, stderr) = place.certnotify(&["run"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert_eq!(place.vendors.verdicts(), [Some(0); 4], "{stdout}");
    let text = place.bodies("/mm/")[0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("`host-000.example.com`") && text.ends_with("@here @alice"), "{text}");
    let text = place.bodies("/v1/")[0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("`host-000.example.com`") && text.ends_with("<users/all>"), "{text}");
    let phone = place.bodies("/pushover/").remove(0);
    assert!(phone["message"].as_str().unwrap().contains("host-000.example.com"), "{phone}");
    assert_eq!((&phone["priority"], &phone["user"]), (&1.into(), &PUSHOVER_USER.into()));
    assert_eq!(place.bodies("/bark/")[0]["level"], "critical");
    assert_eq!(place.certnotify(&["run"]).0, 0);
    assert_eq!(place.vendors.journal().len(), 4, "nothing is sent twice");
}

#[test]
fn a_test_reaches_the_channel_that_is_named() {
    let place = Place::new(1);
    for (nth, channel) in ["mattermost", "googlechat", "pushover", "bark"].into_iter().enumerate() {
        let (code, stdout, stderr) = place.certnotify(&["test", "ops", "--channel", channel]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
        assert_eq!(place.vendors.verdicts(), vec![Some(0); nth + 1], "{channel}: {stdout}");
    }
}

#[test]
fn many_certificates_are_a_table_in_mattermost_and_few_lines_on_a_phone() {
    let place = Place::new(80);
    let (_, plan, _) = place.certnotify(&["plan", "--days", "0", "--full", "--verbose"]);
    assert!(plan.contains("| --: | :-- |") && plan.contains("`host-079.example.com`"), "{plan}");
    let (_, stdout, _) = place.certnotify(&["run"]);
    let mattermost = place.bodies("/mm/");
    assert_eq!(mattermost.len(), 1, "{stdout}");
    let text = mattermost[0]["text"].as_str().unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("| ")).count(), 82, "{text}");
    for phone in place.bodies("/pushover/") {
        assert!(phone["message"].as_str().unwrap().chars().count() <= 1024);
    }
}
