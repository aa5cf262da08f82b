//! What comes and goes: the last word is true, and the noise has a bound.

use certnotify::event::FindingId;
use time::Duration;

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

fn edge(is_well: bool, finding: FindingId) -> Look {
    if is_well {
        return Look::endpoint("edge.example:443", &with_left("edge.example", 150));
    }
    match finding {
        FindingId::Unreachable => Look::failed("edge.example:443", finding),
        _ => edge(true, finding).distrusted(finding),
    }
}

/// What was told of 48 hours in which the state changed every `step` hours, and of two days of rest after them.
fn told(finding: FindingId, step: i64, ends_well: bool) -> Vec<String> {
    let mut story = Scenario::new(WATCH);
    let mut told = Vec::new();
    for hour in 0..96_i64 {
        let is_well = if hour < 48 { (hour / step) % 2 == 1 } else { ends_well };
        story.looks("edge", &[edge(is_well, finding)]);
        story.run(NOW + Duration::hours(hour));
        for (id, _) in story.sent.iter().flat_map(|message| &message.occurrences) {
            told.push(id.as_str().split(' ').next().unwrap().to_owned());
        }
    }
    told
}

#[test]
fn after_hours_of_flapping_the_last_word_is_true_and_few_words_were_needed() {
    for finding in [FindingId::Untrusted, FindingId::Unreachable] {
        for step in [1, 2, 3, 5, 7, 11, 23, 25] {
            for ends_well in [false, true] {
                let told = told(finding, step, ends_well);
                let case = format!("{finding}, every {step} hours, well {ends_well}: {told:?}");
                let expected = if ends_well { "alert.recovery" } else { "alert.anomaly" };
                // A single look that fails is no news: then there may be nothing to tell.
                assert!(told.last().map_or(ends_well, |last| last == expected), "{case}");
                assert!(told.len() <= 7, "{case}");
            }
        }
    }
}

#[test]
fn an_anomaly_that_is_over_and_comes_back_is_told_at_once() {
    let mut story = Scenario::new(WATCH);
    let rows: Vec<Vec<String>> = [false, true, false, false, true]
        .into_iter()
        .zip(0..)
        .map(|(is_well, hours)| {
            story.looks("edge", &[edge(is_well, FindingId::Untrusted)]);
            story.occurrences(NOW + Duration::hours(hours))
        })
        .collect();
    let none: [&str; 0] = [];
    assert_eq!(rows[0], ["alert.anomaly ops"]);
    assert_eq!(rows[1], ["alert.recovery ops"]);
    assert_eq!(rows[2], ["alert.anomaly ops"]);
    assert_eq!(rows[3], none);
    assert_eq!(rows[4], none, "the recovery waits for a day of rest");
    assert_eq!(story.occurrences(day(1)), none);
    assert_eq!(story.occurrences(day(2)), ["alert.recovery ops"]);
}

#[test]
fn a_recovery_that_waits_for_its_window_is_not_told_once_it_is_wrong_again() {
    let mut story = Scenario::new(&WATCH.replace("channels", "window = \"08:00-10:00\"\n    channels"));
    let mut told = Vec::new();
    for (hours, is_well) in [(0, false), (4, true), (8, false), (24, false), (30, false)] {
        story.looks("edge", &[edge(is_well, FindingId::Untrusted)]).run(NOW + Duration::hours(hours));
        for (id, _) in story.sent.iter().flat_map(|message| &message.occurrences) {
            told.push((hours, id.as_str().split(' ').next().unwrap().to_owned()));
        }
    }
    let kinds: Vec<&str> = told.iter().map(|(_, kind)| kind.as_str()).collect();
    assert!(!kinds.contains(&"alert.recovery"), "{told:?}");
}

#[test]
fn the_same_fault_at_a_further_place_lasts_until_it_is_gone_from_both() {
    let leaf = with_left("edge.example", 150);
    let look = |place: &str, is_well: bool| {
        let look = Look::endpoint(place, &leaf);
        if is_well { look } else { look.distrusted(FindingId::Untrusted) }
    };
    let mut story = Scenario::new(WATCH);
    let mut rows = Vec::new();
    for (hours, one, two) in [(0, false, true), (1, false, false), (2, true, false), (3, true, true)] {
        story.looks("edge", &[look("a.example:443", one), look("b.example:443", two)]);
        rows.push(story.occurrences(NOW + Duration::hours(hours)));
    }
    let none: Vec<String> = Vec::new();
    assert_eq!(rows, [vec!["alert.anomaly ops".to_owned()], none.clone(), none, vec!["alert.recovery ops".to_owned()]]);
}

#[test]
fn a_certificate_in_a_file_that_is_not_valid_yet_is_told_like_one_of_an_endpoint() {
    let mut leaf = with_left("a.example", 150);
    leaf.not_before = day(3);
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[Look::file("/etc/ssl/a.pem", &leaf)]);
    assert_eq!(story.occurrences(NOW), ["alert.anomaly ops"]);
    assert_eq!(story.occurrences(day(4)), ["alert.recovery ops"]);
}

/// What is told when the second of two runs that miss something waited for the first, and by the one after them.
fn told_by_runs_of_one_moment(story: &mut Scenario, entry: &str, looks: &[Look]) -> [Vec<String>; 2] {
    story.looks(entry, looks);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    let again = day(1) + Duration::seconds(3);
    story.history.join_last_run(again);
    [story.occurrences(again), story.occurrences(day(1) + Duration::HOUR)]
}

#[test]
fn two_runs_of_one_moment_are_no_two_runs_in_a_row() {
    let kept = Look::file("/etc/ssl/b.pem", &with_left("b.example", 150));
    let begun = || {
        let mut story = Scenario::new(WATCH);
        story.looks("files", &[Look::file("/etc/ssl/a.pem", &with_left("a.example", 100)), kept.clone()]);
        story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("edge.example", 150))]);
        assert_eq!(story.occurrences(NOW), [""; 0]);
        story
    };
    let replaced = [Look::file("/etc/ssl/a.pem", &with_left("c.example", 100)), kept.clone()];
    let unreachable = [Look::failed("edge.example:443", FindingId::Unreachable)];
    let gone = [kept.clone()];
    let cases: [(&str, &[Look], &str); 3] = [
        ("files", &gone, "business.deletion ops"),
        ("files", &replaced, "business.deletion ops"),
        ("edge", &unreachable, "alert.anomaly ops"),
    ];
    for (entry, looks, told) in cases {
        let [at_once, later] = told_by_runs_of_one_moment(&mut begun(), entry, looks);
        assert_eq!((at_once.len(), later.as_slice()), (0, &[told.to_owned()][..]), "{entry}");
    }
    // An hour later it is one more run, though it waited.
    let mut story = begun();
    story.looks("edge", &unreachable);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    story.history.join_last_run(day(1) + Duration::HOUR);
    assert_eq!(story.occurrences(day(1) + Duration::HOUR), ["alert.anomaly ops"]);
}
