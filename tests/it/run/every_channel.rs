//! Every channel at once: what is shown before anything is sent, and what is said when all of them fail.

use std::fs;
use std::process::Command;

use certnotify::policy::Channel;
use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;

use crate::support::certificates;
use crate::support::chat_vendors::{
    CHAT, ChannelConfig as Knobs, Fault, PUSHOVER_TOKEN, PUSHOVER_USER, TOPIC, Vendors,
};
use crate::support::delivery::TOKEN;

const SIGNING: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CHANNELS: usize = 15;

/// A certificate that has expired, and a contact with every channel.
struct Place {
    folder: TempDir,
    vendors: Vendors,
}

impl Place {
    fn new(faults: &[Fault]) -> Self {
        let (folder, vendors) = (TempDir::new().unwrap(), Vendors::start());
        vendors.robot(TOKEN, Knobs { faults: faults.iter().cloned().collect(), ..Knobs::default() });
        let (from, until) = (datetime!(2020-01-01 0:00 UTC), datetime!(2021-01-01 0:00 UTC));
        let leaf = certificates::leaf(&["www.example.com"]).lives(from, until).self_signed();
        fs::write(folder.path().join("www.pem"), leaf.pem).unwrap();
        let base = |channel| vendors.base(channel);
        let policy = format!(
            r#"
            [contacts.ops]
            dingtalk = {{ webhook = "{}" }}
            wecom = {{ webhook = "{}" }}
            lark = {{ webhook = "{}" }}
            slack = {{ webhook = "{}" }}
            teams = {{ webhook = "{}" }}
            discord = {{ webhook = "{}" }}
            telegram = {{ base-url = "{}", token = "123456789:{TOKEN}", chat = "{CHAT}" }}
            ntfy = {{ base-url = "{}", token = "{TOKEN}", topic = "{TOPIC}" }}
            gotify = {{ base-url = "{}", token = "{TOKEN}" }}
            pagerduty = {{ base-url = "{}", routing-key = "{TOKEN}" }}
            mattermost = {{ webhook = "{}" }}
            googlechat = {{ webhook = "{}" }}
            pushover = {{ base-url = "{}", token = "{PUSHOVER_TOKEN}", user = "{PUSHOVER_USER}" }}
            bark = {{ base-url = "{}", key = "{TOKEN}" }}
            webhook = {{ url = "{}", secret = "whsec_{SIGNING}" }}
            [policies.default]
            events = ["business", "alerts"]
            channels = ["chatbot", "slack", "teams", "discord", "telegram", "ntfy", "gotify", "pagerduty", "webhook",
                        "mattermost", "googlechat", "pushover", "bark"]
            [[certificates]]
            file = "www.pem"
            "#,
            vendors.dingtalk(TOKEN),
            vendors.wecom(TOKEN),
            vendors.lark(TOKEN),
            vendors.slack(TOKEN),
            vendors.teams(TOKEN),
            vendors.discord(TOKEN),
            base(Channel::Telegram),
            base(Channel::Ntfy),
            base(Channel::Gotify),
            vendors.pagerduty(TOKEN),
            vendors.newer(Channel::Mattermost, TOKEN),
            vendors.newer(Channel::GoogleChat, TOKEN),
            vendors.newer(Channel::Pushover, TOKEN),
            vendors.newer(Channel::Bark, TOKEN),
            vendors.receiver(TOKEN),
        );
        fs::write(folder.path().join("policies.toml"), policy).unwrap();
        Self { folder, vendors }
    }

    /// Exit code, standard output and standard error, none of which may hold a secret.
    fn certnotify(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("TZ", "UTC").arg("-p").arg(self.folder.path().join("policies.toml"));
        command.arg("--state").arg(self.folder.path().join("memory/state.json"));
        let output = command.args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let state = fs::read_to_string(self.folder.path().join("memory/state.json")).unwrap_or_default();
        for shown in [&stdout, &stderr, &state] {
            for secret in [&TOKEN[..10], &SIGNING[..10], "v1,", TOPIC, PUSHOVER_TOKEN, PUSHOVER_USER] {
                assert!(!shown.contains(secret), "{arguments:?}: {secret} in {shown}");
            }
        }
        (output.status.code().unwrap(), stdout, stderr)
    }
}

#[test]
fn a_dry_run_shows_the_words_of_each_message_and_its_vendors_form_only_to_who_asks_for_more() {
    let place = Place::new(&[]);
    let (code, stdout, stderr) = place.certnotify(&["run", "--dry-run"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout.matches("\n==> ").count() + 1, CHANNELS);
    assert!(!stdout.contains('{') && !stdout.contains("\\n"), "{stdout}");
    for message in stdout.split("==> ").skip(1) {
        assert!(message.contains("www.example.com") && message.contains("xpired"), "{message}");
    }
    assert!(stdout.contains("\n\ntrigger, critical: www.example.com: certificate expired 2021-01-01\n"), "{stdout}");
    let (_, whole, _) = place.certnotify(&["plan", "--days", "0", "--full", "--verbose"]);
    assert!(whole.contains("\"msgtype\": \"markdown\"") && whole.contains("\"dedup_key\""), "{whole}");
    assert!(place.vendors.journal().is_empty());
}

#[test]
fn a_plan_for_many_channels_names_two_and_counts_the_rest() {
    let (_, stdout, _) = Place::new(&[]).certnotify(&["plan", "--days", "0"]);
    assert!(stdout.contains("  dingtalk, wecom and 13 more  "), "{stdout}");
}

#[test]
fn all_results_of_a_test_stand_in_one_column() {
    let place = Place::new(&[]);
    let (code, stdout, stderr) = place.certnotify(&["test", "ops", "--channel", "pagerduty"]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    let (_, stdout, _) = Place::new(&[]).certnotify(&["test", "ops"]);
    let columns: Vec<Option<usize>> = stdout.lines().map(|line| line.find("not sent").or(line.find("sent"))).collect();
    assert_eq!(columns.first(), Some(&Some("ops  mattermost  ".len())), "{stdout}");
    assert!(columns.iter().all(|column| column == &columns[0]), "{stdout}");
}

#[test]
fn whatever_happens_to_a_test_message_is_said_for_each_channel_and_without_a_secret() {
    let elsewhere = Vendors::start();
    let redirect = Fault::Redirect(elsewhere.receiver(TOKEN));
    let late = |retry_after| Fault::TooMany { retry_after };
    for (fault, outcome) in [
        (redirect, Some("failed")),
        (late(None), None),
        (late(Some("7")), None),
        (Fault::Html(500), Some("failed")),
        (Fault::CloseBeforeAnswer, Some("unanswered")),
        (Fault::Huge, None),
        (Fault::Echo, None),
        (Fault::Body(""), None),
        (Fault::Html(200), None),
        (Fault::CutOff("{\"ok\":true"), None),
    ] {
        let place = Place::new(&vec![fault.clone(); 3 * CHANNELS]);
        let (code, stdout, _) = place.certnotify(&["test", "ops", "--format", "json"]);
        let answer: Value = serde_json::from_str(&stdout).unwrap();
        let tests: Vec<&Value> =
            answer["tests"].as_array().unwrap().iter().filter(|test| test["channel"] != "inbox").collect();
        assert_eq!((code, tests.len()), (1, CHANNELS), "{fault:?}: {stdout}");
        for test in tests {
            if let Some(outcome) = outcome {
                assert_eq!(test["outcome"], outcome, "{fault:?}: {test}");
            }
            let is_success_to_some =
                matches!(fault, Fault::Body(_) | Fault::Html(200) | Fault::CutOff(_) | Fault::Huge | Fault::Echo);
            if test["outcome"] == "delivered" {
                assert!(
                    is_success_to_some && ["teams", "webhook"].contains(&test["channel"].as_str().unwrap()),
                    "{fault:?}: {test}"
                );
            } else {
                assert!(test["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{fault:?}: {test}");
            }
        }
        let (code, _, stderr) = place.certnotify(&["test", "ops", "--channel", "pagerduty"]);
        assert_eq!((code, stderr.starts_with("certnotify: contact `ops`, pagerduty: ")), (1, true), "{stderr}");
    }
    assert!(elsewhere.journal().is_empty(), "no secret is taken along");
}
