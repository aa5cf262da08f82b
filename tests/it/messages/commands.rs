//! Commands in messages can be pasted as they stand: with their options, their quotes, and nothing after them.

use std::path::PathBuf;

use certnotify::event::{Detail, EventKind, MonitoringChange, Occurrence};
use certnotify::policy::Channel;
use time::Duration;
use time::macros::datetime;

use super::fleet::{NOW, World, fleet};
use super::occurrence_kinds::{chinese, english, mail, messages, occurrence};

const NAME: &str = "Anna's team *";

fn elsewhere(mut world: World) -> World {
    world.policies.file = PathBuf::from("/srv/my site/policies.toml");
    world.policies.settings.named_state = Some(PathBuf::from("/srv/my site/state.json"));
    world
}

fn stopped(change: MonitoringChange, name: &str) -> Occurrence {
    let detail = Detail::MonitoringStopped { change, names: vec![name.to_owned()], count: 1 };
    occurrence(EventKind::NotificationsDisabled, detail)
}

fn undeliverable(contact: &str, address: Option<&str>) -> Occurrence {
    let change = MonitoringChange::Undeliverable {
        contact: certnotify::names::ContactName::new(contact),
        channel: Channel::Email,
        address: address.map(str::to_owned),
        reason: "550 no such user".to_owned(),
        cause: None,
    };
    stopped(change, "www")
}

fn snoozed(name: &str) -> Occurrence {
    stopped(MonitoringChange::SnoozedLong { until: NOW + Duration::days(90) }, name)
}

/// The words of the command in a mail, as a shell reads them; nothing may follow it.
fn typed(text: &str) -> Vec<String> {
    let paragraph =
        text.split("\n\n").find(|part| part.contains("\n  certnotify ")).unwrap_or_else(|| panic!("{text}"));
    let at = paragraph.find("  certnotify ").unwrap();
    let echo = format!("certnotify() {{ printf '%s\\n' certnotify \"$@\"; }}\n{}\n", &paragraph[at..]);
    let output = std::process::Command::new("sh").args(["-c", &echo]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{paragraph}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

const OPTIONS: [&str; 5] = ["certnotify", "-p", "/srv/my site/policies.toml", "--state", "/srv/my site/state.json"];

#[test]
fn what_is_to_be_typed_has_the_options_and_quotes_that_it_needs() {
    for world in [english, chinese].map(|world| elsewhere(world())) {
        for (occurrence, rest) in [
            (undeliverable(NAME, None), &["test", NAME, "--channel", "email"][..]),
            (undeliverable(NAME, Some("a@example.com")), &["test", NAME, "--channel", "email"]),
            (undeliverable("-x", None), &["test", "--channel", "email", "--", "-x"]),
            (snoozed("live/it's *.pem"), &["snooze", "live/it's *.pem", "--clear"]),
            (snoozed("支付"), &["snooze", "支付", "--clear"]),
        ] {
            let text = mail(&world, &[], std::slice::from_ref(&occurrence)).text;
            assert_eq!(typed(&text), [&OPTIONS[..], rest].concat(), "{text}");
            let html = mail(&world, &[], &[occurrence]).html;
            assert!(html.contains("<code") && html.contains("-p &#39;/srv/my site/policies.toml&#39;"), "{html}");
        }
    }
}

#[test]
fn a_command_in_a_digest_stands_on_lines_of_its_own() {
    let world = elsewhere(english());
    let text = mail(&world, &fleet(2), &[undeliverable(NAME, None)]).text;
    let at = text.find("mend the channel, then:\n").unwrap_or_else(|| panic!("{text}"));
    let command: Vec<&str> = text[at..].lines().skip(1).take(2).map(str::trim).collect();
    assert_eq!(command[0], "certnotify -p '/srv/my site/policies.toml' --state '/srv/my site/state.json' \\");
    assert_eq!(command[1], r"test 'Anna'\''s team *' --channel email");
    assert!(text.contains("Full fingerprints:\n    certnotify -p '/srv/my site/policies.toml'"), "{text}");
}

#[test]
fn settings_that_are_only_counted_name_a_command_that_can_be_pasted() {
    let mut cases = fleet(5);
    for (case, policy) in cases.iter_mut().zip(["a", "b", "c", "d", "e"]) {
        case.terms.policy = certnotify::policy::PolicyName::new(policy);
    }
    for world in [english, chinese].map(|world| elsewhere(world())) {
        let text = world.mail(&cases).text;
        let command = text.lines().position(|line| line.trim() == "plan NAME").unwrap_or_else(|| panic!("{text}"));
        assert!(text.lines().nth(command - 1).unwrap().ends_with("--state '/srv/my site/state.json' \\"), "{text}");
        for message in world.messages(Channel::DingTalk, &cases) {
            assert!(!message.text.contains('\\') || !message.text.contains("plan NAME \\"), "{}", message.text);
        }
    }
}

#[test]
fn a_room_has_the_command_on_the_line_of_its_sentence() {
    let world = elsewhere(english());
    for channel in [Channel::Slack, Channel::Ntfy, Channel::Webhook] {
        let all = messages(&world, channel, &[], &[undeliverable("ops", None)]);
        let text = format!("{} {:?}", all[0].text, all[0].body);
        let command = "then: certnotify -p '/srv/my site/policies.toml' --state '/srv/my site/state.json' test ops --channel email";
        assert!(text.contains(command), "{channel} {text}");
    }
}

#[test]
fn the_usual_policy_file_needs_no_option_and_a_template_gets_one_line() {
    let mut world = english();
    let text = mail(&world, &[], &[undeliverable("ops", None)]).text;
    assert!(text.contains("then:\n  certnotify test ops --channel email\n\n"), "{text}");
    world.policies.file = PathBuf::from(format!("/srv/{}/policies.toml", "long".repeat(20)));
    assert!(datetime!(2026-11-21 07:07 UTC) == NOW);
    let text = mail(&world, &[], &[undeliverable("ops", None)]).text;
    assert_eq!(typed(&text)[3..], ["test", "ops", "--channel", "email"], "{text}");
}
