//! Who hears of what: by category, by single kind, and for one certificate alone.

use super::{NOW, day, with_left};
use crate::support::scenario::{Look, Scenario};

/// `ops` hears what `policy` says of the file, and what `edge` says of the endpoint.
fn watch(policy: &str, edge: &str) -> Scenario {
    Scenario::new(&format!(
        r#"
        [contacts.ops]
        email = "ops@example.com"
        [policies.default]
        channels = ["email"]
        events = [{policy}]
        [[certificates]]
        name = "files"
        file = "/etc/ssl/*.pem"
        renewal = "manual"
        [[certificates]]
        name = "edge"
        endpoint = "edge.example"
        renewal = "manual"
        {edge}
        "#
    ))
}

/// Both are renewed, then both are down.
fn lived_through(mut story: Scenario) -> Vec<String> {
    let mut rows = Vec::new();
    for (number, left) in [(0, 120), (1, 150)] {
        story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", left))]);
        story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", left))]);
        rows.extend(story.occurrences(day(number)));
    }
    let unreachable = certnotify::event::FindingId::Unreachable;
    story.looks("files", &[Look::failed("/etc/ssl/a.pem", certnotify::event::FindingId::Unreadable)]);
    story.looks("edge", &[Look::failed("edge.example:443", unreachable)]);
    for number in 2..5 {
        rows.extend(story.occurrences(NOW + time::Duration::days(number)));
    }
    rows.retain(|row| row.ends_with("ops"));
    rows
}

#[test]
fn a_category_a_single_kind_and_another_name_of_it_subscribe_to_what_they_say_and_nothing_else() {
    let (renewed, wrong) = ("business.hosting ops", "alert.anomaly ops");
    for (events, expected) in [
        ("\"business\", \"alerts\"", vec![renewed, renewed, wrong, wrong]),
        ("\"business\"", vec![renewed, renewed]),
        ("\"alert\"", vec![wrong, wrong]),
        ("\"renewed\", \"expiration\"", vec![renewed, renewed]),
        ("\"business.hosting\", \"anomaly\"", vec![renewed, renewed, wrong, wrong]),
        ("\"expiration\", \"revocation\", \"recovery\", \"service\"", vec![]),
    ] {
        assert_eq!(lived_through(watch(events, "")), expected, "{events}");
    }
}

#[test]
fn the_events_of_one_certificate_replace_those_of_its_policy() {
    let (renewed, wrong) = ("business.hosting ops", "alert.anomaly ops");
    for (policy, edge, expected) in [
        ("\"business\", \"alerts\"", "events = [\"revocation\"]", vec![renewed, wrong]),
        ("\"business\"", "events = [\"anomaly\"]", vec![renewed, wrong]),
        ("\"revocation\"", "events = [\"business\", \"alerts\"]", vec![renewed, wrong]),
        ("\"business\", \"alerts\"", "notifications = false", vec![renewed, wrong]),
    ] {
        assert_eq!(lived_through(watch(policy, edge)), expected, "{policy} {edge}");
    }
}
