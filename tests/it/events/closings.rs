//! The end of a series is said once to each recipient, however long it waits and though others join meanwhile.

use certnotify::event::EventKind;
use time::{Duration, OffsetDateTime};

use super::{day, with_left};
use crate::support::scenario::{Look, Scenario};

const WATCH: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    [contacts.desk]
    email = "desk@example.com"
    [policies.default]
    contacts = ["ops"]
    channels = ["email"]
    events = ["business", "alerts"]
    window = "08:00-10:00"
    [[certificates]]
    name = "shop"
    file = "/etc/ssl/shop.pem"
    renewal = "manual"
"#;

fn shows(story: &mut Scenario, left: i64) {
    story.looks("shop", &[Look::file("/etc/ssl/shop.pem", &with_left("shop.example", left))]);
}

/// To whom the run said how often that a certificate is renewed.
fn renewals(story: &mut Scenario, now: OffsetDateTime) -> Vec<String> {
    story.run(now);
    let count = |message: &certnotify::render::Message| {
        let renewed = message.occurrences.iter().filter(|(id, _)| id.as_str().starts_with("business.hosting"));
        (message.contact.to_string(), renewed.count())
    };
    let told = story.sent.iter().map(count).filter(|(_, count)| *count > 0);
    told.map(|(contact, count)| format!("{contact} {count}")).collect()
}

/// `ops` was reminded, and the certificate is renewed while the window is shut.
fn renewed_at_night() -> Scenario {
    let mut story = Scenario::new(WATCH);
    shows(&mut story, 20);
    assert_eq!(story.told(day(0)), ["ops email 1"]);
    shows(&mut story, 190);
    assert_eq!(renewals(&mut story, day(0) + Duration::hours(12)), [""; 0]);
    story
}

#[test]
fn a_renewal_that_waits_for_the_window_is_told_once_though_a_contact_joined_meanwhile() {
    let mut story = renewed_at_night();
    story.rewritten(&WATCH.replace("contacts = [\"ops\"]", "contacts = [\"ops\", \"desk\"]"));
    for hour in 13..20 {
        assert_eq!(renewals(&mut story, day(0) + Duration::hours(hour)), [""; 0]);
    }
    assert_eq!(story.details(EventKind::Hosting).len(), 1, "one series ended, once");
    assert_eq!(renewals(&mut story, day(1)), ["ops 1"], "`desk` came after it");
    assert_eq!(renewals(&mut story, day(2)), [""; 0]);
}

#[test]
fn a_contact_that_joins_is_not_told_of_the_renewals_before_it_for_one_that_was_reminded_and_left() {
    let mut story = renewed_at_night();
    story.rewritten(&without_ops());
    for number in 1..4 {
        assert_eq!(renewals(&mut story, day(number)), [""; 0], "day {number}");
    }
}

#[test]
fn what_a_contact_is_owed_that_left_the_policy_file_waits_for_its_return() {
    let mut story = renewed_at_night();
    story.rewritten(&without_ops());
    assert_eq!(renewals(&mut story, day(1)), [""; 0], "there is no one to send it to");
    story.rewritten(WATCH);
    assert_eq!(renewals(&mut story, day(2)), ["ops 1"]);
}

fn without_ops() -> String {
    let ops = "[contacts.ops]\n    email = \"ops@example.com\"\n";
    assert!(WATCH.contains(ops));
    WATCH.replace(ops, "").replace("contacts = [\"ops\"]", "contacts = [\"desk\"]")
}

/// `ops` is told of everything at two endpoints that show certificates of one name.
const TWO: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    [policies.default]
    channels = ["email"]
    events = ["business", "alerts"]
    [[certificates]]
    name = "one"
    endpoint = "one.example"
    renewal = "manual"
    [[certificates]]
    name = "two"
    endpoint = "two.example"
    renewal = "manual"
"#;

fn entry(name: &str) -> String {
    format!("[[certificates]]\n    name = \"{name}\"\n    endpoint = \"{name}.example\"\n    renewal = \"manual\"\n")
}

fn endpoint_shows(story: &mut Scenario, name: &str, left: i64) {
    story.looks(name, &[Look::endpoint(&format!("{name}.example"), &with_left("shop.example", left))]);
}

fn reminded_of_one() -> Scenario {
    let mut story = Scenario::new(TWO);
    endpoint_shows(&mut story, "one", 20);
    endpoint_shows(&mut story, "two", 150);
    assert_eq!(story.told(day(0)), ["ops email 1"]);
    story
}

#[test]
fn an_endpoint_that_is_watched_no_more_was_not_renewed_by_what_another_showed_all_along() {
    let mut story = reminded_of_one();
    story.rewritten(&TWO.replace(&entry("one"), ""));
    for number in 1..4 {
        assert_eq!(renewals(&mut story, day(number)), [""; 0], "day {number}");
    }
    assert_eq!(story.details(EventKind::NotificationsDisabled).len(), 1, "that it is watched no more");
    endpoint_shows(&mut story, "two", 170);
    assert_eq!(renewals(&mut story, day(4)), ["ops 1"], "of the other itself");
    assert_eq!(story.details(EventKind::Hosting).len(), 1);
}

#[test]
fn an_endpoint_that_comes_back_renewed_to_the_policy_file_is_told_as_renewed() {
    let mut story = reminded_of_one();
    story.rewritten(&TWO.replace(&entry("one"), ""));
    assert_eq!(renewals(&mut story, day(1)), [""; 0]);
    story.rewritten(&TWO.replace(&entry("two"), ""));
    endpoint_shows(&mut story, "one", 160);
    assert_eq!(renewals(&mut story, day(2)), ["ops 1"]);
}

#[test]
fn an_entry_that_gets_another_endpoint_which_is_renewed_closes_the_series_of_the_one_before() {
    let mut story = reminded_of_one();
    endpoint_shows(&mut story, "two", 150);
    story.rewritten(&TWO.replace("endpoint = \"one.example\"", "endpoint = \"new.example\""));
    story.looks("one", &[Look::endpoint("new.example", &with_left("shop.example", 180))]);
    assert_eq!(renewals(&mut story, day(1)), ["ops 1"]);
    assert_eq!(renewals(&mut story, day(2)), [""; 0]);
}

#[test]
fn a_certificate_whose_file_was_removed_is_told_as_renewed_when_any_successor_comes_to_that_place() {
    let (old, kept) = (with_left("a.example", 5), Look::file("/etc/ssl/b.pem", &with_left("b.example", 150)));
    let successor = |issuer: &str, algorithm: &str| {
        let mut new = with_left("a.example", 180);
        (new.issuer, new.key.algorithm) = (issuer.into(), algorithm.into());
        new
    };
    let own = (&*old.issuer, &*old.key.algorithm);
    for (issuer, algorithm) in [own, ("CN=Other,O=Other", own.1), (own.0, "Ed25519")] {
        let mut story = Scenario::new(&WATCH.replace("/etc/ssl/shop.pem", "/etc/ssl/*.pem"));
        story.looks("shop", &[Look::file("/etc/ssl/a.pem", &old), kept.clone()]);
        assert_eq!([story.told(day(0)).len(), story.told(day(6)).len()], [1, 1], "it ends, and has ended");
        story.looks("shop", std::slice::from_ref(&kept));
        assert_eq!((7..12).flat_map(|number| renewals(&mut story, day(number))).count(), 0);
        story.looks("shop", &[Look::file("/etc/ssl/a.pem", &successor(issuer, algorithm)), kept.clone()]);
        assert_eq!(renewals(&mut story, day(12)), ["ops 1"], "{issuer} {algorithm}");
        assert_eq!((13..20).flat_map(|number| renewals(&mut story, day(number))).count(), 0);
    }
}

#[test]
fn a_certificate_that_is_gone_is_not_renewed_by_one_of_another_issuer_elsewhere() {
    let mut story = Scenario::new(&WATCH.replace("/etc/ssl/shop.pem", "/etc/ssl/*.pem"));
    let kept = Look::file("/etc/ssl/b.pem", &with_left("b.example", 150));
    story.looks("shop", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 5)), kept.clone()]);
    assert_eq!([story.told(day(0)).len(), story.told(day(6)).len()], [1, 1]);
    story.looks("shop", std::slice::from_ref(&kept));
    assert_eq!((7..12).flat_map(|number| renewals(&mut story, day(number))).count(), 0);
    let mut other = with_left("a.example", 180);
    other.issuer = "CN=Other,O=Other".into();
    story.looks("shop", &[Look::file("/etc/ssl/c.pem", &other), kept]);
    assert_eq!((12..15).flat_map(|number| renewals(&mut story, day(number))).count(), 0);
}

#[test]
fn that_an_alert_was_closed_with_its_file_delays_no_word_of_the_renewal() {
    let paged = WATCH
        .replace("window = \"08:00-10:00\"\n", "")
        .replace("channels = [\"email\"]", "channels = [\"email\", \"pagerduty\"]")
        .replace(
            "ops@example.com\"",
            &format!("ops@example.com\"\n    pagerduty = {{ routing-key = \"{}\" }}", "0".repeat(32)),
        );
    let mut story = Scenario::new(&paged);
    shows(&mut story, 2);
    for now in [day(0), day(3)] {
        assert_eq!(renewals(&mut story, now), [""; 0]);
        assert_eq!(story.sent.len(), 2);
    }
    // An expired certificate that is taken away is no deletion.
    story.looks("shop", &[Look::absent("/etc/ssl/shop.pem")]);
    for hour in 1..3 {
        story.run(day(3) + Duration::hours(hour));
    }
    assert!(story.sent.iter().any(|message| message.text.contains("resolve")), "{:?}", story.sent);
    shows(&mut story, 150);
    assert_eq!(renewals(&mut story, day(3) + Duration::hours(3)), ["ops 1"]);
    assert_eq!(renewals(&mut story, day(5)), [""; 0]);
}
