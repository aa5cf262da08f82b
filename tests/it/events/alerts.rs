//! Alerts that stay open: of each certificate one, until it stands unrenewed nowhere any more.

use certnotify::deliver::{DeliveryError, Outcome};
use certnotify::event::{Detail, EventKind, FindingId};
use certnotify::policy::Channel;
use certnotify::render::{Body, Message};
use time::{Duration, OffsetDateTime};

use super::{day, with_left};
use crate::support::scenario::{Look, Scenario};

const PAGER: &str = r#"
    [contacts.ops]
    pagerduty = { routing-key = { env = "KEY" } }
    [policies.default]
    channels = ["pagerduty"]
    events = ["business", "alerts"]
    frequency = "3d"
    [[certificates]]
    name = "files"
    file = "/etc/ssl/*.pem"
    renewal = "manual"
    [[certificates]]
    name = "edge"
    endpoint = "edge.example"
    renewal = "manual"
"#;

fn line(message: &Message) -> String {
    let Body::Chat { payload, .. } = &message.body else { panic!("an alert is JSON") };
    let summary = payload["payload"]["class"].as_str().unwrap_or_default();
    format!("{} {summary}", payload["event_action"].as_str().unwrap()).trim_end().to_owned()
}

fn key(message: &Message) -> String {
    let Body::Chat { payload, .. } = &message.body else { panic!("an alert is JSON") };
    payload["dedup_key"].as_str().unwrap().to_owned()
}

/// One run; what was sent.
fn sent(story: &mut Scenario, now: OffsetDateTime) -> Vec<String> {
    story.run(now);
    story.sent.iter().map(line).collect()
}

const TRIGGER: &str = "trigger business.expiration";
const RESOLVE: &str = "resolve";

#[test]
fn an_alert_is_triggered_with_every_reminder_and_resolved_once_with_the_renewal() {
    let mut story = Scenario::new(PAGER);
    story.shows("edge", &with_left("edge.example", 20));
    assert_eq!(sent(&mut story, day(0)), [TRIGGER]);
    let opened = key(&story.sent[0]);
    assert_eq!(sent(&mut story, day(1)), [""; 0]);
    assert_eq!(sent(&mut story, day(3)), [TRIGGER]);
    assert_eq!(key(&story.sent[0]), opened);
    story.shows("edge", &with_left("edge.example", 190));
    assert_eq!(sent(&mut story, day(4)), [RESOLVE]);
    assert_eq!(key(&story.sent[0]), opened);
    assert_eq!((5..20).flat_map(|number| sent(&mut story, day(number))).count(), 0);
}

#[test]
fn an_alert_stays_open_while_the_old_certificate_stands_anywhere() {
    let (old, new) = (with_left("www.example", 20), with_left("www.example", 190));
    let mut story = Scenario::new(PAGER);
    story.looks("files", &[Look::file("/etc/ssl/www.pem", &old)]).shows("edge", &old);
    assert_eq!(sent(&mut story, day(0)), [TRIGGER]);
    story.looks("files", &[Look::file("/etc/ssl/www.pem", &new)]);
    assert_eq!(sent(&mut story, day(1)), [""; 0], "the endpoint still serves it");
    assert_eq!(sent(&mut story, day(3)), [TRIGGER]);
    story.fails("edge", "connection refused");
    assert_eq!(sent(&mut story, day(4)), [""; 0], "nobody knows what it serves now");
    story.shows("edge", &new);
    assert_eq!(sent(&mut story, day(5)), [RESOLVE]);
}

#[test]
fn a_file_that_another_file_renews_is_over_though_it_stays() {
    let (old, new) = (with_left("www.example", 20), with_left("www.example", 190));
    let mut story = Scenario::new(PAGER);
    story.looks("files", &[Look::file("/etc/ssl/www-1.pem", &old)]);
    assert_eq!(sent(&mut story, day(0)), [TRIGGER]);
    story.looks("files", &[Look::file("/etc/ssl/www-1.pem", &old), Look::file("/etc/ssl/www-2.pem", &new)]);
    assert_eq!(sent(&mut story, day(1)), [RESOLVE]);
    assert_eq!((2..9).flat_map(|number| sent(&mut story, day(number))).count(), 0);
}

#[test]
fn what_is_watched_no_more_is_resolved_too() {
    let mut story = Scenario::new(PAGER);
    story.looks("files", &[Look::file("/etc/ssl/www.pem", &with_left("www.example", 190))]);
    story.shows("edge", &with_left("edge.example", 20));
    assert_eq!(sent(&mut story, day(0)), [TRIGGER]);
    let (without, _) = PAGER.rsplit_once("[[certificates]]").unwrap();
    story.rewritten(without);
    let after = sent(&mut story, day(1));
    assert_eq!(after.iter().filter(|line| *line == RESOLVE).count(), 1, "{after:?}");
    assert_eq!(sent(&mut story, day(2)), [""; 0]);
}

#[test]
fn a_recipient_who_was_never_alerted_is_not_told_of_a_renewal() {
    let mut story = Scenario::new(PAGER);
    story.shows("edge", &with_left("edge.example", 100));
    assert_eq!(sent(&mut story, day(0)), [""; 0]);
    story.shows("edge", &with_left("edge.example", 190));
    assert_eq!(sent(&mut story, day(1)), [""; 0]);
}

#[test]
fn a_resolve_that_failed_is_sent_by_the_next_run() {
    let mut story = Scenario::new(PAGER);
    story.shows("edge", &with_left("edge.example", 20));
    sent(&mut story, day(0));
    story.shows("edge", &with_left("edge.example", 190));
    for _ in 0..3 {
        let reason = "HTTP 500".into();
        story.answers(Channel::PagerDuty, DeliveryError::Transient { reason, retry_after: None });
    }
    assert_eq!(sent(&mut story, day(1)), [""; 0]);
    assert_eq!(sent(&mut story, day(1) + Duration::HOUR), [RESOLVE]);
}

#[test]
fn a_renewed_certificate_that_comes_back_opens_its_alert_anew() {
    let (old, new) = (with_left("edge.example", 20), with_left("edge.example", 190));
    let mut story = Scenario::new(PAGER);
    story.shows("edge", &old);
    assert_eq!(sent(&mut story, day(0)), [TRIGGER]);
    story.shows("edge", &new);
    assert_eq!(sent(&mut story, day(1)), [RESOLVE]);
    story.shows("edge", &old);
    let again: Vec<String> = (2..7).flat_map(|number| sent(&mut story, day(number))).collect();
    assert!(again.iter().any(|line| line == TRIGGER), "{again:?}");
    story.shows("edge", &new);
    // That of the old certificate, and that of the replacement of the new one by the old one.
    assert_eq!(sent(&mut story, day(8)), [RESOLVE, RESOLVE]);
}

#[test]
fn an_anomaly_is_an_alert_of_its_own_and_resolved_with_its_recovery() {
    let sound = with_left("edge.example", 100);
    let mut story = Scenario::new(PAGER);
    let look = || Look::endpoint("edge.example", &sound);
    story.looks("edge", &[look().distrusted(FindingId::Untrusted)]);
    assert_eq!(sent(&mut story, day(0)), ["trigger alert.anomaly"]);
    let opened = key(&story.sent[0]);
    story.looks("edge", &[look()]);
    assert_eq!(sent(&mut story, day(1)), [RESOLVE]);
    assert_eq!(key(&story.sent[0]), opened);
}

#[test]
fn an_alert_that_an_old_one_is_served_is_resolved_once_that_is_accepted_or_asked_no_more() {
    let edge = "    [[certificates]]\n    name = \"edge\"\n    endpoint = \"edge.example\"\n    renewal = \"manual\"\n";
    let asked = PAGER.replace(edge, "    deploys-to = [\"www.example:443\"]\n");
    for changed in [format!("{asked}    accept = [\"not-deployed\"]\n"), PAGER.replace(edge, "")] {
        let mut story = Scenario::new(&asked);
        let file = || Look::file("/etc/ssl/www.pem", &with_left("www.example", 150));
        story.looks("files", &[file().served_as("www.example:443", Some(&with_left("www.example", 60)))]);
        let told: Vec<String> = (0..30).flat_map(|number| sent(&mut story, day(number))).collect();
        assert!(told.iter().all(|told| told == "trigger alert.hosting-failure") && !told.is_empty(), "{told:?}");
        let opened = story.history.undeployed.keys().next().copied();
        story.rewritten(&changed);
        story.looks("files", &[file().served_as("www.example:443", Some(&with_left("www.example", 60)))]);
        if !changed.contains("deploys-to") {
            story.looks("files", &[file()]);
        }
        assert_eq!(sent(&mut story, day(30)), [RESOLVE], "{changed}");
        assert!(opened.is_some() && story.history.undeployed.is_empty());
        assert_eq!((31..40).flat_map(|number| sent(&mut story, day(number))).count(), 0);
    }
}

/// Files, each of a certificate of its own, that all end soon.
fn crowd(size: usize) -> Vec<Look> {
    let name = |number: usize| format!("host-{number}.example");
    (0..size).map(|number| Look::file(&format!("/etc/ssl/{number}.pem"), &with_left(&name(number), 20))).collect()
}

#[test]
fn five_hundred_alerts_keep_to_the_pace_and_the_runs_time_and_none_is_sent_twice() {
    let mut story = Scenario::new(&format!("[settings]\ntime-limit = \"150s\"\n{PAGER}"));
    story.looks("files", &crowd(500));
    let mut keys: Vec<String> = Vec::new();
    for (hour, count) in [(0, 300), (1, 200), (2, 0)] {
        let report = story.run(day(0) + Duration::hours(hour));
        assert_eq!(story.sent.len(), count);
        let failed = report.messages.iter().filter(|(_, outcome)| !matches!(outcome, Outcome::Delivered { .. }));
        assert!(failed.clone().all(|(_, outcome)| matches!(outcome, Outcome::Deferred { .. })));
        assert_eq!(failed.count(), report.messages.len() - count);
        assert_eq!(
            report.problems.iter().filter(|problem| problem.place.contains("pagerduty")).count(),
            usize::from(hour == 0)
        );
        keys.extend(story.sent.iter().map(key));
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 500);
}

#[test]
fn an_alert_that_is_refused_takes_no_other_along() {
    let mut story = Scenario::new(PAGER);
    story.looks("files", &crowd(5));
    let (reason, help) = ("HTTP 400".into(), "report it".to_owned());
    story.answers(Channel::PagerDuty, DeliveryError::Content { reason, help });
    story.answers(Channel::PagerDuty, DeliveryError::Unanswered { reason: "silence".into() });
    let report = story.run(day(0));
    assert_eq!(story.sent.len(), 3);
    assert!(matches!(report.messages[0].1, Outcome::Failed { .. }));
    assert!(matches!(report.messages[1].1, Outcome::Unanswered { .. }));
    story.run(day(0) + Duration::HOUR);
    assert_eq!(story.sent.len(), 2, "what was not taken is still due, and nothing else");
}

#[test]
fn a_key_that_is_refused_is_tried_once_and_not_for_every_alert() {
    let mut story = Scenario::new(PAGER);
    story.looks("files", &crowd(5));
    let (reason, help) = ("no such key".into(), "check it".to_owned());
    story.answers(Channel::PagerDuty, DeliveryError::Permanent { reason, help });
    let report = story.run(day(0));
    assert_eq!(story.sent.len(), 0);
    assert_eq!(report.problems.iter().filter(|problem| problem.is_failure).count(), 1);
    assert_eq!(story.history.deliveries.values().filter(|kinds| kinds.contains_key(&EventKind::Expiration)).count(), 0);
}

#[test]
fn an_alert_of_what_is_accepted_or_watched_no_more_is_resolved_and_told_to_no_other() {
    let edge = "    [[certificates]]\n    name = \"edge\"\n    endpoint = \"edge.example\"\n    renewal = \"manual\"\n";
    let accepted = format!("{PAGER}    accept = [\"untrusted\"]\n");
    let removed = PAGER.replace(edge, "");
    for (changed, other) in [(&accepted, false), (&removed, false), (&accepted, true), (&removed, true)] {
        let mailed = |toml: &str| {
            let toml = toml.replace("[\"pagerduty\"]", "[\"email\"]");
            toml.replace("[contacts.ops]", "[contacts.ops]\n    email = \"ops@example.com\"")
        };
        let written = |toml: &str| if other { mailed(toml) } else { toml.to_owned() };
        let mut story = Scenario::new(&written(PAGER));
        let leaf = with_left("edge.example", 150);
        let file = Look::file("/etc/ssl/www.pem", &with_left("www.example", 150));
        story.looks("files", &[file]);
        story.looks("edge", &[Look::endpoint("edge.example:443", &leaf).distrusted(FindingId::Untrusted)]);
        story.run(day(0));
        assert_eq!(story.sent.len(), 1);
        let opened = (!other).then(|| key(&story.sent[0]));
        story.rewritten(&written(changed));
        if changed == &removed {
            story.looks("edge", &[]);
        }
        story.run(day(1));
        let over = story.sent.iter().filter(|message| message.text.contains("resolve"));
        let over: Vec<String> = over.map(key).collect();
        assert_eq!(over, opened.into_iter().collect::<Vec<_>>(), "{changed}");
        let told = story.details(EventKind::Recovery);
        assert_eq!(told.len(), usize::from(!other));
        assert!(told.iter().all(|detail| matches!(detail, Detail::Recovered { is_dropped: true, .. })));
        story.run(day(2));
        assert_eq!(story.sent.len(), 0);
    }
}
