//! A recovery is told of what is over, and of nothing that this run could not see.

use certnotify::cause::RenewalBlock;
use certnotify::event::{EventKind, FindingId};
use certnotify::observation::{Folder, Forecast};

use super::{NOW, WATCH, day, with_left};
use crate::support::scenario::{Look, Scenario};

const FILE: &str = "/etc/ssl/a.pem";
const FOLDER: Option<Folder> = Some(Folder { device: 1, is_empty: false });

fn well() -> Look {
    Look::file(FILE, &with_left("a.example", 150))
}

#[test]
fn a_look_that_fails_otherwise_ends_no_anomaly() {
    let mut story = Scenario::new(WATCH);
    story.looks("files", &[well()]).occurrences(NOW);
    story.looks("files", &[Look::failed(FILE, FindingId::Unparsable)]).occurrences(day(1));
    assert_eq!(story.occurrences(day(2)), ["alert.anomaly ops"]);
    story.looks("files", &[Look::failed(FILE, FindingId::Unreadable)]);
    assert_eq!(story.occurrences(day(3)), [""; 0]);
    assert_eq!(story.occurrences(day(4)), ["alert.anomaly ops"]);
    story.looks("files", &[well()]);
    assert_eq!(story.occurrences(day(5)), ["alert.recovery ops"; 2]);
    assert_eq!(story.occurrences(day(6)), [""; 0]);
}

#[test]
fn an_endpoint_that_never_answered_and_is_watched_no_more_has_not_recovered() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[Look::failed("edge.example:443", FindingId::Unreachable)]).occurrences(NOW);
    assert_eq!(story.occurrences(day(1)), ["alert.anomaly ops"]);
    // Another endpoint of the same entry, and then no entry.
    let mut other = Scenario::new(WATCH);
    other.history = story.history.clone();
    other.looks("edge", &[Look::endpoint("edge.example:8443", &with_left("edge.example", 150))]);
    assert_eq!(other.occurrences(day(2)), [""; 0]);
    let (without, _) = WATCH.split_once("    [[certificates]]\n    name = \"edge\"").unwrap();
    story.rewritten(without).looks("edge", &[]);
    assert_eq!(story.occurrences(day(2)), [""; 0]);
}

#[test]
fn what_the_entry_does_not_ask_any_more_has_not_recovered() {
    let leaf = with_left("edge.example", 150);
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[Look::endpoint("edge.example:443", &leaf).distrusted(FindingId::Untrusted)]);
    assert_eq!(story.occurrences(NOW), ["alert.anomaly ops"]);
    story.rewritten(&WATCH.replace("\"edge.example\"", "\"edge.example\"\ntrust = false"));
    story.looks("edge", &[Look::endpoint("edge.example:443", &leaf)]);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    let covering = WATCH.replace("name = \"files\"", "name = \"files\"\ncovers = [\"b.example\"]");
    let mut story = Scenario::new(&covering);
    story.looks("files", &[well()]);
    assert_eq!(story.occurrences(NOW), ["alert.anomaly ops"]);
    story.rewritten(WATCH);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
}

#[test]
fn a_name_that_leads_somewhere_again_has_recovered() {
    let mut story = Scenario::new(WATCH);
    story.looks("edge", &[Look::failed("edge.example:443", FindingId::Unreachable)]).occurrences(NOW);
    assert_eq!(story.occurrences(day(1)), ["alert.anomaly ops"]);
    story.looks("edge", &[Look::endpoint("edge.example:443@192.0.2.1", &with_left("edge.example", 150))]);
    assert_eq!(story.occurrences(day(2)), ["alert.recovery ops"]);
}

/// A file that never held a certificate is told; then its folder is looked into with this result.
fn after_a_bad_file(looks: &[Look]) -> Vec<String> {
    let mut story = Scenario::new(WATCH);
    let bad = || Look::failed("/etc/ssl/bad.pem", FindingId::Unparsable);
    story.looks("files", &[well(), bad()]).occurrences(NOW);
    assert_eq!(story.occurrences(day(1)), ["alert.anomaly ops"]);
    let mut recoveries = story.looks("files", looks).occurrences(day(2));
    recoveries.retain(|row| row.starts_with(&EventKind::Recovery.to_string()));
    recoveries
}

#[test]
fn a_bad_file_is_over_once_its_folder_shows_it_no_more() {
    assert_eq!(after_a_bad_file(&[well()]), ["alert.recovery ops"]);
    assert_eq!(after_a_bad_file(&[Look::nothing("/etc/ssl/*.pem", FOLDER)]), ["alert.recovery ops"]);
}

#[test]
fn a_bad_file_in_a_folder_that_cannot_be_looked_into_is_not_over() {
    assert_eq!(after_a_bad_file(&[Look::nothing("/etc/ssl/*.pem", None)]), [""; 0]);
    assert_eq!(after_a_bad_file(&[Look::failed("/etc/ssl", FindingId::Unreadable)]), [""; 0]);
}

#[test]
fn that_a_renewal_came_though_it_was_expected_to_fail_is_told_in_words_that_fit_a_success() {
    let domain = "a.example".to_owned();
    let by = RenewalBlock::NotPermitted { domain, permitted: Vec::new(), own: "ca.example".to_owned() };
    let forecast = Forecast::Blocked { by: Box::new(by), due: day(9), may_pass: false };
    for language in ["en", "zh-CN", "ja"] {
        let watch = WATCH.replace("[contacts.ops]", &format!("[contacts.ops]\nlanguage = \"{language}\""));
        let mut story = Scenario::new(&watch);
        story.looks("files", &[Look::file(FILE, &with_left("a.example", 60)).forecast(forecast.clone())]);
        assert_eq!(story.occurrences(NOW), ["alert.anomaly ops"]);
        story.looks("files", &[Look::file(FILE, &with_left("a.example", 190))]);
        story.run(day(1));
        let words: Vec<&str> = story.sent[0].occurrences.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(
            words,
            ["renewed: now until 2027-11-07", "recovered: its renewal was expected to fail or come late"]
        );
        let text = &story.sent[0].text;
        let expected = ["was expected to fail", "预计续期会失败或延误", "見込みだったこと"];
        assert!(expected.iter().any(|words| text.contains(words)), "{text}");
        for contradiction in ["will fail", "下次续期将会", "次回の更新"] {
            assert!(!text.contains(contradiction), "{text}");
        }
    }
}

#[test]
fn a_wrong_certificate_that_stood_for_months_is_put_right_and_not_replaced() {
    for days in [20, 31, 90] {
        let mut story = Scenario::new(WATCH);
        let right = with_left("edge.example", 190);
        story.looks("edge", &[Look::endpoint("edge.example:443", &right)]).occurrences(NOW);
        story.looks("edge", &[Look::endpoint("edge.example:443", &with_left("default.example", 195))]);
        let told: Vec<String> = (1..3).flat_map(|number| story.occurrences(day(number))).collect();
        assert!(told.contains(&"business.deletion ops".to_owned()), "{told:?}");
        (3..days).for_each(|number| _ = story.occurrences(day(number)));
        story.looks("edge", &[Look::endpoint("edge.example:443", &right)]);
        let mut told: Vec<String> = (days..days + 50).flat_map(|number| story.occurrences(day(number))).collect();
        told.dedup();
        assert_eq!(told, ["alert.recovery ops"], "{days}");
    }
}
