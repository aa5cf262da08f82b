//! Changes of issuers, roots and usages; public events; certnotify's own version.

use std::sync::Arc;

use certnotify::certificate::Certificate;
use certnotify::event::{AuthorityChange, Detail, EventKind};
use time::Duration;

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

fn issued(days: i64, issuer: &str) -> Certificate {
    Certificate { issuer: issuer.into(), ..with_left("edge.example", days) }
}

fn authority(subject: &str, issuer: &str) -> Certificate {
    let mut authority = with_left(subject, 2000);
    authority.not_before = NOW - Duration::days(2000);
    authority.subject = subject.into();
    authority.issuer = issuer.into();
    authority.is_authority = true;
    authority
}

fn edge(leaf: &Certificate) -> Look {
    Look::endpoint("edge.example:443", leaf)
}

fn changes(story: &Scenario) -> Vec<&AuthorityChange> {
    let details = story.details(EventKind::CaChange).into_iter();
    details
        .flat_map(|detail| if let Detail::AuthorityChanged { changes, .. } = detail { &changes[..] } else { &[] })
        .collect()
}

#[test]
fn a_new_issuer_is_told_the_first_time_and_one_drawn_at_random_is_not() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(&issued(10, "CN=R10"))]).occurrences(NOW);
    story.looks("edge", &[edge(&issued(60, "CN=R11"))]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops", "service.ca-change ops"]);
    for (number, issuer) in [(2, "CN=R10"), (3, "CN=R11"), (4, "CN=R10")] {
        story.looks("edge", &[edge(&issued(60 + 10 * number, issuer))]);
        assert_eq!(story.occurrences(day(number)), ["business.hosting ops"], "{issuer}");
    }
}

#[test]
fn a_new_root_and_a_lost_usage_are_told_always() {
    let mut story = Scenario::new(WATCH);
    let usages = |names: &[&str]| names.iter().map(|name| (*name).into()).collect::<Arc<[_]>>();
    let old = Certificate { usages: usages(&["serverAuth", "clientAuth"]), ..issued(10, "CN=A") };
    let new = Certificate { usages: usages(&["serverAuth"]), ..issued(60, "CN=A") };
    story.looks("edge", &[edge(&old).below(&[&authority("CN=A", "CN=Root 1")])]).occurrences(NOW);
    story.looks("edge", &[edge(&new).below(&[&authority("CN=A", "CN=Root 2")])]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops", "service.ca-change ops"]);
    let changes = changes(&story);
    assert!(changes.iter().any(|change| matches!(change, AuthorityChange::Root { to, .. } if to == "CN=Root 2")));
    assert!(
        changes.iter().any(|change| matches!(change, AuthorityChange::UsageLost { usage } if usage == "clientAuth"))
    );
}

#[test]
fn an_intermediate_near_its_end_is_told_once() {
    let mut story = Scenario::new(WATCH);
    let mut ageing = authority("CN=A", "CN=Root 1");
    ageing.not_after = day(40);
    story.looks("edge", &[edge(&issued(150, "CN=A")).below(&[&ageing])]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
    let occurrences: Vec<String> = (1..80).flat_map(|number| story.occurrences(day(number))).collect();
    assert_eq!(occurrences.iter().filter(|row| row.contains("ca-change")).count(), 1, "{occurrences:?}");
}

#[test]
fn another_version_of_certnotify_is_told_once_and_a_first_run_is_none() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(&issued(150, "CN=A"))]);
    assert_eq!(story.occurrences(NOW), [""; 0]);
    story.history.written_by = Some("0.9.0".to_owned());
    assert_eq!(story.occurrences(day(1)), ["service.upgrade ops"]);
    assert_eq!(story.occurrences(day(2)), [""; 0]);
}

#[test]
fn a_policy_without_service_changes_hears_of_none() {
    let mut story = Scenario::new(&WATCH.replace(", \"service-changes\"", ""));
    story.looks("edge", &[edge(&issued(10, "CN=A"))]).occurrences(NOW);
    story.looks("edge", &[edge(&issued(60, "CN=B"))]);
    assert_eq!(story.occurrences(day(1)), ["business.hosting ops"]);
}
