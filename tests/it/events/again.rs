//! The same thing happens once more, and is told once more; and the last word of each series.

use certnotify::certificate::Certificate;
use certnotify::event::{Detail, EventKind, FindingId};
use certnotify::observation::Folder;
use time::{Duration, OffsetDateTime};

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

const FOLDER: Option<Folder> = Some(Folder { device: 1, is_empty: false });

fn file(name: &str, leaf: &Certificate) -> Look {
    Look::file(&format!("/etc/ssl/{name}.pem"), leaf)
}

fn hour(number: i64) -> OffsetDateTime {
    NOW + Duration::hours(number)
}

/// `WATCH` for a contact who subscribed to expirations alone.
fn expirations() -> String {
    WATCH.replace(r#"["business", "alerts", "service-changes"]"#, r#"["expiration"]"#)
}

/// The kinds of what the last run told beside reminders.
fn kinds(story: &Scenario) -> Vec<String> {
    let ids = story.sent.iter().flat_map(|message| &message.occurrences).map(|(id, _)| id.as_str());
    ids.filter_map(|id| Some(id.split_once(' ')?.0.to_owned())).collect()
}

#[test]
fn a_file_that_is_deleted_again_within_thirty_days_is_told_again() {
    let (kept, gone) = (with_left("b.example", 190), with_left("a.example", 190));
    let mut story = Scenario::new(WATCH);
    let mut deletions = Vec::new();
    for number in 0..20 {
        let is_there = !(4..8).contains(&number) && !(12..16).contains(&number);
        let looks = if is_there { vec![file("a", &gone), file("b", &kept)] } else { vec![file("b", &kept)] };
        story.looks("files", &looks);
        if story.occurrences(day(number)).iter().any(|row| row.starts_with("business.deletion")) {
            deletions.push(number);
        }
    }
    assert_eq!(deletions, [5, 13]);
}

#[test]
fn a_certificate_that_is_replaced_again_is_told_again_and_its_return_is_a_recovery() {
    let (right, wrong) = (with_left("a.example", 190), with_left("b.example", 190));
    let mut story = Scenario::new(WATCH);
    let mut told = Vec::new();
    for number in 0..20 {
        let is_right = !(4..8).contains(&number) && !(12..16).contains(&number);
        story.looks("files", &[file("a", if is_right { &right } else { &wrong })]);
        told.extend(story.occurrences(day(number)).into_iter().map(|row| (number, row)));
    }
    let told: Vec<(i64, &str)> = told.iter().map(|(number, row)| (*number, row.as_str())).collect();
    let (deletion, recovery) = ("business.deletion ops", "alert.recovery ops");
    assert_eq!(told, [(5, deletion), (8, recovery), (13, deletion), (16, recovery)]);
}

#[test]
fn a_wrong_certificate_of_an_endpoint_that_is_put_right_is_no_replacement() {
    let mut story = Scenario::new(WATCH);
    let look = |leaf: &Certificate| Look::endpoint("edge.example:443", leaf);
    story.looks("edge", &[look(&with_left("default.example", 190)).distrusted(FindingId::SelfSigned)]);
    assert_eq!(story.occurrences(NOW), ["alert.anomaly ops"]);
    story.looks("edge", &[look(&with_left("edge.example", 120))]);
    let told: Vec<String> = (1..6).flat_map(|number| story.occurrences(day(number))).collect();
    assert_eq!(told, ["alert.recovery ops"]);
}

#[test]
fn a_key_that_is_shared_again_is_told_again() {
    let (one, two) = (with_left("a.example", 190), with_left("b.example", 190));
    let mut story = Scenario::new(WATCH);
    let mut sharing = Vec::new();
    for number in 0..20 {
        let second = if (4..8).contains(&number) || (12..16).contains(&number) { &one } else { &two };
        story.looks("files", &[file("a", &one), file("b", second)]);
        if story.occurrences(day(number)).iter().any(|row| row.starts_with("business.sharing")) {
            sharing.push(number);
        }
    }
    assert_eq!(sharing, [4, 12]);
}

#[test]
fn old_new_old_new_closes_the_series_each_time() {
    let (old, new) = (with_left("a.example", 20), with_left("a.example", 180));
    for toml in [WATCH.to_owned(), expirations()] {
        let mut story = Scenario::new(&toml);
        let mut closed = Vec::new();
        for (number, leaf) in [&old, &old, &new, &new, &old, &old, &new, &new].into_iter().enumerate() {
            let now = day(i64::try_from(number).unwrap());
            story.looks("files", &[file("a", leaf)]).run(now);
            if kinds(&story).iter().any(|kind| kind == "business.hosting") {
                closed.push(number);
            }
        }
        assert_eq!(closed, [2, 6], "{toml}");
    }
}

#[test]
fn a_series_is_closed_by_the_successor_of_another_file() {
    let (old, new) = (with_left("a.example", 20), with_left("a.example", 180));
    let mut story = Scenario::new(&expirations());
    story.looks("files", &[file("a", &old)]);
    assert_eq!(story.told(NOW), ["ops email 1"]);
    story.looks("files", &[file("a-2028", &new)]);
    let told: Vec<String> = (1..9)
        .flat_map(|number| {
            story.run(day(number));
            kinds(&story)
        })
        .collect();
    assert_eq!(told, ["business.hosting"]);
}

#[test]
fn old_and_new_in_turn_within_the_deadline_end_with_the_closing_message() {
    let (old, new) = (with_left("edge.example", 20), with_left("edge.example", 180));
    let mut story = Scenario::new(&WATCH.replace("channels", "frequency = \"1d\"\n    channels"));
    let mut last = String::new();
    let mut closings = 0;
    for number in 0..(24 * 6) {
        let shows_old = number % 2 == 0 && number < 24 * 4;
        story.looks("edge", &[Look::endpoint("edge.example:443", if shows_old { &old } else { &new })]);
        story.run(hour(number));
        if story.sent.iter().any(|message| message.certificates > 0) {
            last = "reminder".to_owned();
        }
        for kind in kinds(&story) {
            closings += usize::from(kind == "business.hosting");
            last = kind;
        }
    }
    assert_eq!((last.as_str(), closings), ("business.hosting", 2));
}

#[test]
fn who_was_reminded_hears_that_the_series_ends_and_which_names_are_uncovered() {
    let mut old = with_left("a.example", 20);
    old.dns_names.push("www.a.example".to_owned());
    let less = with_left("a.example", 180);
    let mut sooner = old.clone();
    sooner.not_before = NOW - Duration::DAY;
    sooner.not_after = old.not_after - Duration::days(40);
    sooner.fingerprint = with_left("sooner", 1).fingerprint;
    sooner.not_after = sooner.not_after.max(day(5));
    old.not_after = day(28);
    for (new, lost) in [(less, vec!["www.a.example"]), (sooner, vec![])] {
        let mut story = Scenario::new(&expirations());
        story.looks("files", &[file("a", &old)]);
        assert_eq!(story.told(NOW), ["ops email 1"]);
        story.looks("files", &[file("a", &new)]).run(day(1));
        story.run(day(2));
        assert!(kinds(&story).contains(&"business.deletion".to_owned()), "{:?}", kinds(&story));
        let details = story.details(EventKind::Deletion);
        assert!(
            matches!(&details[..], [Detail::Replaced { no_longer_covered, .. }] if *no_longer_covered == lost),
            "{details:?}"
        );
        let told: Vec<String> = story.sent.iter().map(|message| format!("{:?}", message.body)).collect();
        assert!(lost.iter().all(|name| told.concat().contains(name)), "{told:?}");
    }
}

#[test]
fn an_occurrence_that_no_recipient_is_owed_is_not_kept() {
    let mut story = Scenario::new(&expirations());
    let mut leaf = with_left("edge.example", 190);
    for number in 0..30_i64 {
        leaf.fingerprint = with_left(&format!("fresh {number}"), number).fingerprint;
        leaf.issuer = format!("CN=CA {number}").into();
        let look = Look::endpoint("edge.example:443", &leaf).distrusted(FindingId::Untrusted);
        story.looks("edge", &[look]).looks("files", &[Look::nothing("/etc/ssl/*.pem", FOLDER)]).run(day(number));
    }
    assert_eq!(story.history.occurrences.len(), 0, "{:?}", story.history.occurrences.keys());
}
