//! Renewed, reissued or replaced: which certificate continues the series of another.

use certnotify::certificate::Certificate;
use certnotify::event::{Detail, EventKind};
use time::Duration;

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

/// Issued yesterday, with so many days left.
fn issued_lately(name: &str, days: i64) -> Certificate {
    let mut leaf = with_left(name, days);
    leaf.not_before = NOW - Duration::DAY;
    leaf
}

/// What the runs of five days say after `new` took the place of `old`.
fn told_of(old: &Certificate, new: &Certificate) -> Vec<String> {
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", old)]).occurrences(NOW);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", new)]);
    (1..6).flat_map(|number| story.occurrences(day(number))).collect()
}

#[test]
fn a_certificate_of_all_names_that_ends_a_tenth_of_the_lifetime_earlier_is_a_renewal() {
    let old = with_left("a.example", 100);
    let mut same_end = issued_lately("a.example", 100);
    same_end.fingerprint = with_left("other", 1).fingerprint;
    assert_eq!(told_of(&old, &same_end), ["business.hosting ops"]);
    for days in [99, 90, 80] {
        assert_eq!(told_of(&old, &issued_lately("a.example", days)), ["business.hosting ops"], "{days}");
    }
    assert_eq!(told_of(&old, &issued_lately("a.example", 79)), ["business.deletion ops"]);
}

#[test]
fn a_certificate_that_was_issued_earlier_and_ends_earlier_is_no_reissue() {
    let old = with_left("a.example", 100);
    assert_eq!(told_of(&old, &with_left("a.example", 99)), ["business.deletion ops"]);
}

#[test]
fn a_reissue_that_covers_less_is_a_replacement() {
    let mut old = with_left("a.example", 100);
    old.dns_names.push("www.a.example".to_owned());
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &old)]).occurrences(NOW);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &issued_lately("a.example", 95))]).occurrences(day(1));
    assert_eq!(story.occurrences(day(2)), ["business.deletion ops"]);
    let details = story.details(EventKind::Deletion);
    let names = |detail: &Detail| match detail {
        Detail::Replaced { no_longer_covered, .. } => no_longer_covered.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(details.iter().map(|detail| names(detail)).collect::<Vec<_>>(), [["www.a.example"]]);
}

#[test]
fn one_that_is_not_valid_yet_is_a_replacement_and_the_renewal_once_it_is() {
    let mut new = issued_lately("a.example", 190);
    new.not_before = day(3) + Duration::HOUR;
    let told = told_of(&with_left("a.example", 20), &new);
    let of_both: Vec<&String> = told.iter().filter(|told| told.starts_with("business.")).collect();
    assert_eq!(of_both, ["business.deletion ops", "business.hosting ops"], "{told:?}");
    // Of the day that was to come, and of the replacement: a channel that keeps alerts closes both.
    assert_eq!(told.iter().filter(|told| *told == "alert.recovery ops").count(), 2, "{told:?}");
}
