//! What a recipient was subscribed to and is told of no more.

use certnotify::cause::{DeliveryCause, MailStep};
use certnotify::deliver::DeliveryError;
use certnotify::event::{Detail, EventKind, MonitoringChange};
use certnotify::history::Snooze;
use certnotify::policy::Channel;
use certnotify::render::Body;
use serde_json::json;
use time::Duration;

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

fn watched(toml: &str) -> Scenario {
    let mut story = Scenario::new(toml);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 150))]);
    story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", 150))]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
    story
}

fn change(story: &Scenario) -> Vec<&MonitoringChange> {
    let details = story.details(EventKind::NotificationsDisabled).into_iter();
    details
        .filter_map(|detail| if let Detail::MonitoringStopped { change, .. } = detail { Some(change) } else { None })
        .collect()
}

#[test]
fn an_entry_that_is_taken_out_is_told_once_and_is_on_stderr() {
    let mut story = watched(WATCH);
    let without = WATCH.split("[[certificates]]\n    name = \"edge\"").next().unwrap().to_owned();
    story.rewritten(&without);
    let report = story.run(day(1));
    assert_eq!(change(&story), [&MonitoringChange::Removed]);
    assert_eq!(story.sent.len(), 1);
    assert!(report.problems.iter().any(|problem| problem.message.contains("watched no more") && !problem.is_failure));
    assert_eq!(story.occurrences(day(2)), [""; 0]);
}

#[test]
fn an_entry_that_is_renamed_is_no_event() {
    let mut story = watched(WATCH);
    story.rewritten(&WATCH.replace("name = \"edge\"", "name = \"border\""));
    story.looks("border", &[Look::endpoint("edge.example:443", &with_left("edge.example", 150))]);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    assert_eq!(story.occurrences(day(2)), [""; 0]);
}

#[test]
fn the_switch_is_told_to_subscribers() {
    let mut story = watched(WATCH);
    story.rewritten(&format!("{WATCH}    notifications = false\n"));
    assert_eq!(story.occurrences(day(1)), ["alert.notifications-disabled ops"]);
    assert_eq!(change(&story), [&MonitoringChange::SwitchedOff]);
    assert_eq!(story.occurrences(day(2)), [""; 0]);
}

#[test]
fn of_what_is_switched_off_not_even_its_renewal_is_told_before_it_is_on_again() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", 20))]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
    story.rewritten(&format!("{WATCH}    notifications = false\n"));
    assert_eq!(story.occurrences(day(1)), ["alert.notifications-disabled ops"]);
    story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", 199))]);
    assert_eq!(story.occurrences(day(2)), [""; 0]);
    story.rewritten(WATCH);
    assert_eq!(story.occurrences(day(3)), ["business.hosting ops"]);
    assert_eq!(story.occurrences(day(4)), [""; 0]);
}

#[test]
fn a_contact_that_is_dropped_is_told_of_it_and_the_others_are_not() {
    let two = WATCH
        .replace("[policies", "[contacts.anna]\n    email = \"anna@example.com\"\n    [policies")
        .replace("channels =", "contacts = [\"anna\", \"ops\"]\n    channels =");
    let mut story = watched(&two);
    story.rewritten(&two.replace("[\"anna\", \"ops\"]", "[\"ops\"]"));
    assert_eq!(story.occurrences(day(1)), ["alert.notifications-disabled anna"]);
    assert_eq!(
        change(&story),
        [&MonitoringChange::ContactDropped { contact: certnotify::names::ContactName::new("anna") }]
    );
}

#[test]
fn a_contact_that_no_channel_reaches_for_three_runs_is_told_by_another() {
    let both = WATCH.replace("[\"email\"]", "[\"email\", \"inbox\"]");
    let mut story = Scenario::new(&both);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 20))]);
    let refused = || DeliveryError::Permanent { reason: "550".into(), help: String::new() };
    for number in 0..3 {
        story.answers(Channel::Email, refused());
        story.run(day(number));
    }
    story.answers(Channel::Email, refused()).run(day(3));
    assert!(matches!(&change(&story)[..], [MonitoringChange::Undeliverable { .. }]), "{:?}", story.history.refusals);
    let owed = story.owed();
    assert!(owed.iter().all(|(_, _, channel)| *channel == Channel::Inbox), "{owed:?}");
}

#[test]
fn a_snooze_over_thirty_days_is_told_once() {
    let mut story = watched(WATCH);
    let fingerprint = with_left("a.example", 150).fingerprint;
    let since = NOW + Duration::HOUR;
    story.history.snoozes.insert(fingerprint, Snooze { since, until: since + Duration::days(30) });
    assert_eq!(story.occurrences(day(1)), [""; 0], "30 days are not over 30 days");
    let since = day(1) + Duration::HOUR;
    story.history.snoozes.insert(fingerprint, Snooze { since, until: since + Duration::days(31) });
    assert_eq!(story.occurrences(day(2)), ["alert.notifications-disabled ops"]);
    for number in 3..40 {
        assert_eq!(story.occurrences(day(number)), [""; 0]);
    }
}

/// `ops` by mail and inbox, and mail has failed in this many runs.
fn failing(runs: i64, language: &str) -> Scenario {
    let both = WATCH.replace("[\"email\"]", "[\"email\", \"inbox\"]");
    let both = format!("[settings]\nlanguage = \"{language}\"\n{both}");
    let mut story = Scenario::new(&both);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 20))]);
    for number in 0..runs {
        for _ in 0..3 {
            let reason = DeliveryCause::StepNotNow("mx:25".to_owned(), MailStep::Sender, "421 busy".to_owned());
            let busy = DeliveryError::Transient { reason, retry_after: None };
            story.answers(Channel::Email, busy);
        }
        story.run(NOW + Duration::hours(number));
        assert!(story.sent.iter().all(|message| message.channel == Channel::Inbox), "{number}");
    }
    story
}

#[test]
fn a_server_that_is_busy_in_three_runs_in_a_row_is_told_by_another_channel() {
    let mut story = failing(3, "en");
    assert_eq!(change(&story), <[&MonitoringChange; 0]>::default());
    let report = story.run(NOW + Duration::hours(3));
    let said = "mx:25 does not take the sender now: 421 busy";
    assert!(matches!(&change(&story)[..], [MonitoringChange::Undeliverable { reason, .. }] if reason == said));
    assert!(report.problems.iter().any(|problem| problem.message.contains("three runs in a row")));
    let told = story.sent.iter().map(|message| (message.channel, message.reminders.len(), message.occurrences.len()));
    assert_eq!(told.collect::<Vec<_>>(), [(Channel::Inbox, 0, 1), (Channel::Email, 1, 0)], "it is tried in every run");
    assert!(story.history.refusals.is_empty());
}

#[test]
fn why_a_channel_fails_is_read_from_the_state_in_each_language() {
    for (language, is_old, said) in [
        ("en", false, "(mx:25 does not take the sender now: 421 busy)"),
        ("en", true, "(mx:25 does not take the sender now: 421 busy)"),
        ("zh-CN", false, "（mx:25 暂不接受发件人：“421 busy”）"),
        ("zh-CN", true, "（“mx:25 does not take the sender now: 421 busy”）"),
    ] {
        let mut story = failing(3, language);
        let mut state = serde_json::to_value(&story.history).unwrap();
        if is_old {
            // Written by a version that remembered the words alone; or by one that knows more causes.
            state["mail-refusals"]["ops"]["ops@example.com"]["cause"] = json!({ "rain": 1 });
        }
        story.history = serde_json::from_value(state).unwrap();
        story.run(NOW + Duration::hours(3));
        let Some(Body::Mail(mail)) = story.sent.first().map(|message| &message.body) else { panic!("no mail") };
        let on_one_line = |text: &str| text.split_whitespace().collect::<String>();
        assert!(on_one_line(&mail.text).contains(&on_one_line(said)), "{}", mail.text);
    }
}

#[test]
fn what_a_channel_objects_to_is_told_in_the_language_of_the_reader() {
    for (host, key, english, chinese, japanese) in [
        (
            "api.telegram.org",
            Some("token"),
            "this is no token of a bot",
            "（用于 api.telegram.org 的 token 不是机器人的令牌）",
            "（api.telegram.org に使う token はボットのトークンではありません）",
        ),
        (
            "events.pagerduty.com",
            Some("routing-key"),
            "this is no routing key: it has 32 letters and digits",
            "（用于 events.pagerduty.com 的 routing-key 不是路由密钥：应为 32 个字母和数字）",
            "（events.pagerduty.com に使う routing-key はルーティングキーではありません。32 文字の英数字です）",
        ),
        (
            "a.webhook.office.com",
            None,
            "this is the address of an Office 365 connector, and Teams takes no messages by these any more",
            "（a.webhook.office.com 的地址属于 Office 365 连接器，Teams 已不再通过它接收消息）",
            "（a.webhook.office.com のアドレスは Office 365 コネクタのもので、Teams では使えなくなりました）",
        ),
        (
            "a.example",
            Some("token"),
            "an earlier version said this",
            "（“a.example: `token`: an earlier version said this”）",
            "（「a.example: `token`: an earlier version said this」）",
        ),
    ] {
        for (language, said) in [("zh-CN", chinese), ("ja", japanese)] {
            let mut story = failing(3, language);
            let mut state = serde_json::to_value(&story.history).unwrap();
            let refusal = &mut state["mail-refusals"]["ops"]["ops@example.com"];
            let of_key = key.map(|key| format!("`{key}`: ")).unwrap_or_default();
            refusal["reason"] = json!(format!("{host}: {of_key}{english}"));
            refusal["cause"] = json!({ "objection": [host, key, english] });
            story.history = serde_json::from_value(state).unwrap();
            story.run(NOW + Duration::hours(3));
            let Some(Body::Mail(mail)) = story.sent.first().map(|message| &message.body) else { panic!("no mail") };
            let on_one_line = |text: &str| text.split_whitespace().collect::<String>();
            assert!(on_one_line(&mail.text).contains(&on_one_line(said)), "{}", mail.text);
        }
    }
}

#[test]
fn two_failed_runs_and_a_good_one_are_no_event() {
    let mut story = failing(2, "en");
    for number in 2..6 {
        story.run(NOW + Duration::hours(number));
    }
    assert_eq!(change(&story), <[&MonitoringChange; 0]>::default());
}

/// `anna` alone hears of `edge`, and `boss` is the default contact.
const THREE: &str = r#"
    [settings]
    default-contact = "boss"
    [contacts.boss]
    email = "boss@example.com"
    [contacts.ops]
    email = "ops@example.com"
    [contacts.anna]
    email = "anna@example.com"
    [policies.default]
    contacts = ["ops"]
    channels = ["email"]
    [[certificates]]
    name = "files"
    file = "/etc/ssl/*.pem"
    [[certificates]]
    name = "edge"
    endpoint = "edge.example"
    contacts = ["anna"]
"#;

#[test]
fn where_the_one_who_listened_is_gone_the_others_hear_it_and_else_the_default_contact() {
    let anna = "[contacts.anna]\n    email = \"anna@example.com\"\n";
    let mut story = watched(THREE);
    story.rewritten(&THREE.replace(anna, "").replace("[\"anna\"]", "[\"ops\"]"));
    assert_eq!(story.occurrences(day(1)), ["alert.notifications-disabled ops"]);
    let mut story = watched(THREE);
    story.rewritten(THREE.replace(anna, "").split("[[certificates]]\n    name = \"edge\"").next().unwrap());
    assert_eq!(story.occurrences(day(1)), ["alert.notifications-disabled boss"]);
}

#[test]
fn of_many_certificates_that_are_gone_it_is_said_that_they_are() {
    let mut story = Scenario::new(WATCH);
    let files = [0, 1, 2, 3, 4]
        .map(|number| Look::file(&format!("/etc/ssl/{number}.pem"), &with_left(&format!("{number}.example"), 150)));
    story.looks("files", &files).run(NOW);
    story.looks("files", &files[..1]).run(day(1));
    let report = story.run(day(2));
    let said: Vec<&str> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(said.contains(&"they are no longer there and are watched no more"), "{said:?}");
}
