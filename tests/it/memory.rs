//! The memory: what it forgets, and what it makes of a clock that jumped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use certnotify::event::{EventKind, FindingId};
use certnotify::history::{
    CertificateRecord, ChannelRecord, Delivery, History, Moment, NameSet, ProblemRecord, Refusal, Snooze,
};
use certnotify::policy::{Channel, ContactName};
use time::OffsetDateTime;
use time::macros::datetime;

use super::support::scenario::{Look, Scenario};
use super::support::world;

const NOW: OffsetDateTime = datetime!(2026-11-22 08:07:12 UTC);

fn ops() -> ContactName {
    ContactName::new("ops")
}

/// A history that tells itself from others by its last run.
pub fn history(days_ago: i64) -> History {
    let certificate =
        world::certificate("www.example.com", NOW - time::Duration::days(60), datetime!(2026-12-14 0:00 UTC));
    let fingerprint = certificate.fingerprint;
    let at = NOW - time::Duration::days(days_ago);
    let mut history = History { last_run: Some(at), ..History::default() };
    let record = CertificateRecord {
        facts: certificate.into(),
        names: NameSet::one("www"),
        place: None,
        is_unwatched: false,
        last_seen: at,
    };
    history.certificates.insert(fingerprint, record);
    let delivery = Delivery::new(at, "30 days before its end".to_owned());
    history.note_delivery(fingerprint, EventKind::Expiration, &ops(), Channel::Email, delivery);
    history.snoozes.insert(fingerprint, Snooze { until: NOW + time::Duration::days(2), since: at });
    let refusal =
        Refusal { last_tried: at, runs: 2, reason: "535".to_owned(), cause: None, may_pass: false, unanswered: 0 };
    history.refusals.insert(ops(), BTreeMap::from([(Channel::DingTalk, refusal)]));
    history.robots.insert("5f".to_owned(), ChannelRecord { sent: vec![Moment(at)], not_before: None });
    history
}

#[test]
fn a_robot_is_not_silenced_by_a_clock_that_jumped() {
    let mut history = History::default();
    let far = Some(NOW + time::Duration::days(400));
    history.robots.insert("5f".to_owned(), ChannelRecord { sent: Vec::new(), not_before: far });
    history.clamp_to_now(NOW);
    assert!(history.robots["5f"].not_before.unwrap() <= NOW + time::Duration::days(1));
}

#[test]
fn a_certificate_is_forgotten_only_when_nothing_shows_it_and_it_is_long_past() {
    let days = |days| NOW - time::Duration::days(days);
    let case = |seen: i64, ended: i64, is_shown: bool| {
        let mut history = history(seen);
        let (fingerprint, mut record) = history.certificates.pop_first().unwrap();
        Arc::make_mut(&mut record.facts).not_after = days(ended);
        history.certificates.insert(fingerprint, record);
        history.held.insert(fingerprint, BTreeMap::from([(ops(), BTreeMap::from([(Channel::Email, Moment(NOW))]))]));
        history.left_over.insert(ops(), BTreeMap::from([(Channel::Lark, vec![fingerprint])]));
        let shown = is_shown.then_some(fingerprint).into_iter().collect();
        history.prune(&shown, NOW);
        let kept = [
            history.certificates.is_empty(),
            history.deliveries.is_empty(),
            history.snoozes.is_empty(),
            history.held.is_empty(),
            history.left_over.is_empty(),
        ];
        assert!(kept.iter().all(|empty| *empty == kept[0]), "{kept:?}");
        !kept[0]
    };
    assert!(!case(91, 91, false), "long past and never seen again");
    assert!(case(91, 91, true), "an entry shows it");
    assert!(case(89, 400, false), "seen lately");
    assert!(case(400, 89, false), "valid lately");
    assert!(case(400, -30, false), "still valid");
}

#[test]
fn what_no_run_can_need_does_not_pile_up() {
    let mut history = History::default();
    for day in 0..400 {
        let at = NOW - time::Duration::days(day);
        history.unanswered.insert(format!("{day}"), Moment(at));
        history.problems.insert(format!("{day}"), ProblemRecord { text: "t".to_owned(), printed: at });
        let robot = ChannelRecord { sent: vec![Moment(at)], not_before: Some(at) };
        history.robots.insert(format!("{day}"), robot);
        let refusal =
            Refusal { last_tried: at, runs: 1, reason: "550".to_owned(), cause: None, may_pass: false, unanswered: 0 };
        history.refusals.insert(ContactName::new(format!("{day}")), BTreeMap::from([(Channel::Email, refusal)]));
    }
    history.prune(&BTreeSet::new(), NOW);
    assert_eq!(
        (history.unanswered.len(), history.problems.len(), history.robots.len(), history.refusals.len()),
        (31, 8, 2, 91)
    );
}

#[test]
fn what_was_told_late_is_kept_for_thirty_days_from_then_on() {
    let mut story = Scenario::new(
        "contacts.ops.email = \"ops@example.com\"\npolicies.default = { channels = [\"email\"], events = [\"alerts\"] }\n\
         [[certificates]]\nname = \"www\"\nfile = \"/etc/ssl/www.pem\"\n",
    );
    let days = |days| NOW + time::Duration::days(days);
    story.looks("www", &[Look::failed("/etc/ssl/www.pem", FindingId::Unreadable)]);
    story.dead = vec!["ops@example.com".to_owned()];
    for day in 0..27 {
        if day == 25 {
            story.dead.clear();
        }
        story.run(days(day));
    }
    let seen = world::certificate("www.example.com", days(-1), days(300));
    story.looks("www", &[Look::file("/etc/ssl/www.pem", &seen)]);
    let is_kept = |story: &Scenario| {
        let anomalies =
            story.history.occurrences.values().filter(|record| record.occurrence.kind == EventKind::Anomaly);
        anomalies.into_iter().any(|record| record.told.contains_key("ops"))
    };
    let kept = (27..90).take_while(|day| {
        story.run(days(*day));
        is_kept(&story)
    });
    assert_eq!(kept.last(), Some(55), "told on day 25");
}
