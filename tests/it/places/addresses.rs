//! `every-address`: the addresses of a name are faces of one place, and they come and go.

use certnotify::certificate::Certificate;
use certnotify::event::FindingId;
use time::{Duration, OffsetDateTime};

use crate::events::{NOW, with_left};
use crate::support::scenario::{Look, Scenario};

const POLICY: &str = "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\n\
     events = [\"business\", \"alerts\"]\nfrequency = \"1d\"\n[[certificates]]\nname = \"edge\"\n\
     endpoint = \"edge.example\"\nevery-address = true\n";

fn at(address: u8, leaf: &Certificate) -> Look {
    Look::endpoint(&format!("edge.example:443@192.0.2.{address}"), leaf)
}

fn day(days: i64) -> OffsetDateTime {
    NOW + Duration::days(days)
}

#[test]
fn a_name_that_is_not_resolved_takes_no_address_out_of_the_watch() {
    let (one, two) = (with_left("edge.example", 20), with_left("edge.example", 25));
    let mut world = Scenario::new(POLICY);
    world.looks("edge", &[at(1, &one), at(2, &two)]).run(NOW);
    world.looks("edge", &[Look::failed("edge.example:443", FindingId::Unreachable)]);
    for days in 1..5 {
        let report = world.run(day(days));
        assert_eq!(report.counts.due, 2, "day {days}");
        let said: Vec<&str> = report.problems.iter().map(|problem| problem.help.as_str()).collect();
        assert!(said[0].starts_with("2 endpoints of it are watched on by their last known dates"), "{said:?}");
        assert_eq!(world.history.places.len(), 2);
        assert!(!world.history.occurrences.keys().any(|id| id.as_str().contains("notifications-disabled")));
    }
}

#[test]
fn addresses_in_turn_are_one_place_and_no_change_of_the_policy() {
    let (one, two) = (with_left("edge.example", 20), with_left("edge.example", 25));
    let mut world = Scenario::new(POLICY);
    world.looks("edge", &[at(1, &one)]).run(NOW);
    for days in 1..20 {
        let look = if days % 2 == 0 { at(1, &one) } else { at(2, &two) };
        assert_eq!(world.looks("edge", &[look]).occurrences(day(days)), Vec::<String>::new(), "day {days}");
    }
    assert_eq!(world.history.places.len(), 2);
}

#[test]
fn an_address_of_which_another_shows_the_same_certificate_is_forgotten_at_once() {
    let leaf = with_left("edge.example", 20);
    let mut world = Scenario::new(POLICY);
    for days in 0..50 {
        let look = at(u8::try_from(days).unwrap(), &leaf);
        assert_eq!(world.looks("edge", &[look]).occurrences(day(days / 10)), Vec::<String>::new());
        assert_eq!(world.history.places.len(), 1);
    }
}

#[test]
fn a_move_to_another_address_with_a_new_certificate_is_a_renewal_once_the_old_address_stays_away() {
    let (old, new) = (with_left("edge.example", 20), with_left("edge.example", 200));
    let mut world = Scenario::new(POLICY);
    world.looks("edge", &[at(1, &old)]).run(NOW);
    world.looks("edge", &[at(2, &new)]);
    for days in 1..8 {
        assert_eq!(world.occurrences(day(days)), Vec::<String>::new(), "day {days}");
    }
    assert_eq!(world.occurrences(day(8)), ["business.hosting ops"]);
    assert_eq!(world.occurrences(day(9)), Vec::<String>::new());
    assert_eq!(world.history.places.len(), 1);
}

#[test]
fn an_address_that_stays_away_is_told_as_deleted_after_seven_days_and_reminded_of_until_then() {
    let (one, two) = (with_left("edge.example", 29), with_left("edge.example", 8));
    let mut world = Scenario::new(POLICY);
    world.looks("edge", &[at(1, &one), at(2, &two)]).run(NOW);
    world.looks("edge", &[at(2, &two)]);
    for days in 1..8 {
        assert_eq!(world.occurrences(day(days)), Vec::<String>::new(), "day {days}");
        assert_eq!(world.history.places.len(), 2, "day {days}");
    }
    let report = world.run(day(8));
    let said: Vec<&str> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(said, ["it is no longer there and is watched no more"]);
    assert_eq!(world.details(certnotify::event::EventKind::Deletion).len(), 1);
    assert_eq!(world.history.places.len(), 1);
}
