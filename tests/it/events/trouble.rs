//! Anomalies, recoveries, and many at once.

use certnotify::event::{Detail, EventKind, FindingId};
use certnotify::history::Snooze;
use certnotify::observation::Folder;
use time::Duration;

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

fn edge(is_well: bool) -> Look {
    let look = Look::endpoint("edge.example:443", &with_left("edge.example", 150));
    if is_well { look } else { look.distrusted(FindingId::Untrusted) }
}

#[test]
fn an_anomaly_is_told_once_while_it_lasts_and_its_recovery_to_the_same_recipients() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(false)]);
    assert_eq!(story.occurrences(NOW), ["alert.anomaly ops"], "it is so now, in the first run too");
    for number in 1..40 {
        assert_eq!(story.occurrences(day(number)), [""; 0], "day {number}");
    }
    story.looks("edge", &[edge(true)]);
    assert_eq!(story.occurrences(day(40)), ["alert.recovery ops"]);
    assert_eq!(story.occurrences(day(41)), [""; 0]);
}

#[test]
fn one_that_comes_and_goes_is_told_once_a_day() {
    let mut story = Scenario::new(WATCH);
    let mut told = Vec::new();
    for hour in 0..47_i64 {
        story.looks("edge", &[edge(hour % 2 == 1)]);
        told.extend(story.occurrences(NOW + Duration::hours(hour)).into_iter().filter(|row| row.contains("anomaly")));
    }
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn an_anomaly_that_was_not_told_has_no_recovery_and_is_told_no_more() {
    let mut story = Scenario::new(&WATCH.replace("channels", "window = \"20:00-21:00\"\n    channels"));
    story.looks("edge", &[edge(false)]);
    story.run(NOW);
    assert_eq!(story.owed().len(), 1);
    story.looks("edge", &[edge(true)]);
    story.run(NOW + Duration::HOUR);
    assert_eq!((story.owed(), story.sent.len()), (Vec::new(), 0));
}

#[test]
fn an_endpoint_that_is_down_recovers_from_nothing_else() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(false)]).occurrences(NOW);
    story.looks("edge", &[Look::failed("edge.example:443", FindingId::Unreachable)]);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    assert_eq!(story.occurrences(day(2)), ["alert.anomaly ops"]);
    story.looks("edge", &[edge(true)]);
    assert_eq!(story.occurrences(day(3)), ["alert.recovery ops", "alert.recovery ops"]);
}

#[test]
fn a_single_failed_look_is_nothing() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(true)]).occurrences(NOW);
    for number in 1..20 {
        let down = Look::failed("edge.example:443", FindingId::Unreachable);
        story.looks("edge", &[if number % 2 == 0 { edge(true) } else { down }]);
        assert_eq!(story.occurrences(day(number)), [""; 0]);
    }
}

#[test]
fn what_the_operator_accepts_ends_without_a_word() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(false)]).occurrences(NOW);
    story.rewritten(&format!("{WATCH}    accept = [\"untrusted\"]\n"));
    assert_eq!(story.occurrences(day(1)), [""; 0]);
}

fn fleet(broken: usize) -> Vec<Look> {
    let look = |number: usize| {
        let place = format!("n{number}.example:443");
        if number < broken {
            Look::failed(&place, FindingId::Unreachable)
        } else {
            Look::endpoint(&place, &with_left(&format!("n{number}.example"), 150))
        }
    };
    (0..40).map(look).collect()
}

#[test]
fn more_than_a_tenth_at_once_is_one_row_and_so_is_its_end() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &fleet(0)).occurrences(NOW);
    story.looks("edge", &fleet(5)).occurrences(day(1));
    assert_eq!(story.occurrences(day(2)), ["alert.anomaly ops"]);
    let details = story.details(EventKind::Anomaly);
    assert!(matches!(&details[..], [Detail::FindingBurst { count: 5, names, .. }] if names.len() == 3), "{details:?}");
    story.looks("edge", &fleet(0));
    assert_eq!(story.occurrences(day(3)), ["alert.recovery ops"]);
    assert!(matches!(&story.details(EventKind::Recovery)[..], [Detail::Recovered { count: 5, .. }]));
}

#[test]
fn a_tenth_is_a_row_each() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &fleet(0)).occurrences(NOW);
    story.looks("edge", &fleet(4)).occurrences(day(1));
    assert_eq!(story.occurrences(day(2)).len(), 4);
}

#[test]
fn a_storm_that_ends_in_parts_recovers_in_parts() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &fleet(0)).occurrences(NOW);
    story.looks("edge", &fleet(20)).occurrences(day(1));
    assert_eq!(story.occurrences(day(2)).len(), 1);
    story.looks("edge", &fleet(1));
    assert_eq!(story.occurrences(day(3)), ["alert.recovery ops"]);
    story.looks("edge", &fleet(0));
    assert_eq!(story.occurrences(day(4)), ["alert.recovery ops"]);
}

#[test]
fn a_snooze_holds_an_anomaly_and_its_end_releases_it() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[edge(true)]).occurrences(NOW);
    let snooze = Snooze { since: NOW, until: day(10) };
    story.history.snoozes.insert(with_left("edge.example", 150).fingerprint, snooze);
    story.looks("edge", &[edge(false)]).run(day(1));
    let due = |story: &Scenario, now| {
        let schedule = certnotify::schedule::due(&[], &story.policies, &story.history, now);
        (schedule.due.len(), schedule.held.len())
    };
    assert_eq!(due(&story, day(9)), (0, 1));
    assert_eq!(due(&story, day(10)), (1, 0));
}

#[test]
fn every_finding_that_is_new_on_many_is_one_row() {
    for finding in [
        FindingId::Untrusted,
        FindingId::SelfSigned,
        FindingId::ChainIncomplete,
        FindingId::Unreachable,
        FindingId::Unreadable,
        FindingId::Unparsable,
    ] {
        let mut story = Scenario::new(WATCH);
        story.looks("edge", &fleet(0)).occurrences(NOW);
        let mut looks = fleet(0);
        for (number, look) in looks.iter_mut().take(20).enumerate() {
            let place = format!("n{number}.example:443");
            *look = match finding {
                FindingId::Untrusted | FindingId::SelfSigned | FindingId::ChainIncomplete => {
                    look.clone().distrusted(finding)
                }
                _ => Look::failed(&place, finding),
            };
        }
        story.looks("edge", &looks);
        let mut rows = story.occurrences(day(1));
        rows.extend(story.occurrences(day(2)));
        assert_eq!(rows, ["alert.anomaly ops"], "{finding}");
        let details = story.details(EventKind::Anomaly);
        assert!(matches!(&details[..], [Detail::FindingBurst { count: 20, .. }]), "{finding}: {details:?}");
    }
}

#[test]
fn two_of_three_are_a_row_each_and_three_of_three_are_one() {
    for (broken, rows) in [(2, 2), (3, 1)] {
        let mut story = Scenario::new(WATCH);
        let few = |broken| fleet(broken).into_iter().take(3).collect::<Vec<_>>();
        story.looks("edge", &few(0)).occurrences(NOW);
        story.looks("edge", &few(broken)).occurrences(day(1));
        assert_eq!(story.occurrences(day(2)).len(), rows, "{broken}");
    }
}

#[test]
fn an_entry_that_loses_all_its_members_is_an_anomaly_at_once_and_one_that_never_had_any_is_none() {
    let folder = Some(Folder { device: 1, is_empty: false });
    let mut story = Scenario::new(WATCH);
    for number in -2..1 {
        story.looks("files", &[Look::nothing("/etc/ssl/*.pem", folder)]);
        assert_eq!(story.occurrences(day(number)), [""; 0]);
    }
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 150))]);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    story.looks("files", &[Look::nothing("/etc/ssl/*.pem", folder)]);
    assert_eq!(story.occurrences(day(2)), ["alert.anomaly ops"]);
    let details = story.details(EventKind::Anomaly);
    assert!(matches!(&details[..], [Detail::FindingOpened { finding: FindingId::NothingFound, .. }]), "{details:?}");
}

#[test]
fn the_last_known_end_of_what_is_not_seen_is_past_once_it_is() {
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 2))]).run(NOW);
    story.looks("files", &[Look::failed("/etc/ssl/a.pem", FindingId::Unreadable)]);
    for (number, end) in [(1, "expires 2027-05-03"), (3, "expired 2027-05-03")] {
        let problems = story.run(day(number)).problems;
        assert!(problems.iter().any(|problem| problem.help.contains(end)), "day {number}: {problems:?}");
    }
}
