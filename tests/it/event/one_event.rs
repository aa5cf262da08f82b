//! A report and what a run sees of the same are told once, whichever came first.

use certnotify::event::{About, Detail, EventKind, Evidence, FindingId, Report};
use certnotify::pass::{self, Intake};
use certnotify::policy::Channel;
use time::{Duration, OffsetDateTime};

use super::{NOW, POLICIES, named, owed, report, story, take_in};
use crate::support::scenario::{Look, Scenario};
use crate::support::world;

/// From now on `www` shows a certificate that lives longer.
fn renew(story: &mut Scenario) {
    let new = world::certificate("www.example.com", NOW - Duration::hours(1), NOW + Duration::days(180));
    story.shows("f5/www", &new);
}

fn renewed(message: Option<&str>) -> Report {
    Report { message: message.map(str::to_owned), ..report(EventKind::Hosting, named("www")) }
}

/// One run; how each message that it sent knows of the renewal.
fn told(story: &mut Scenario, now: OffsetDateTime) -> Vec<Evidence> {
    story.run(now);
    let ids = story.sent.iter().flat_map(|message| &message.occurrences).map(|(id, _)| id);
    let of_hosting = ids
        .map(|id| &story.history.occurrences[id].occurrence)
        .filter(|occurrences| occurrences.kind == EventKind::Hosting);
    of_hosting.map(|occurrences| occurrences.evidence.clone()).collect()
}

#[test]
fn a_report_that_was_told_before_the_new_certificate_was_seen_is_completed_once_with_what_is_seen() {
    let mut story = story();
    take_in(&mut story, &renewed(None));
    assert_eq!(told(&mut story, NOW), [Evidence::Reported { by: "certbot".to_owned() }]);
    renew(&mut story);
    assert_eq!(told(&mut story, NOW + Duration::hours(20)), [Evidence::Observed]);
    for days in 1..10 {
        assert_eq!(told(&mut story, NOW + Duration::days(days)), [], "day {days}");
    }
}

#[test]
fn a_report_taken_in_by_the_run_that_sees_the_renewal_gives_way_to_what_was_seen_which_says_more() {
    let mut story = story();
    take_in(&mut story, &renewed(None));
    renew(&mut story);
    assert_eq!(told(&mut story, NOW), [Evidence::Observed]);
    assert!(
        story.history.occurrences.values().all(|record| matches!(record.occurrence.detail, Detail::Renewed { .. }))
    );
    assert_eq!(told(&mut story, NOW + Duration::days(1)), []);
}

#[test]
fn a_report_with_words_of_its_own_is_what_people_are_told() {
    let mut story = story();
    take_in(&mut story, &renewed(Some("moved to another authority")));
    renew(&mut story);
    assert_eq!(told(&mut story, NOW), [Evidence::Reported { by: "certbot".to_owned() }]);
    assert_eq!(told(&mut story, NOW + Duration::days(1)), []);
}

#[test]
fn a_hook_that_reports_what_a_run_has_told_tells_nothing() {
    let mut story = story();
    renew(&mut story);
    assert_eq!(told(&mut story, NOW - Duration::hours(1)), [Evidence::Observed]);
    assert_eq!(take_in(&mut story, &renewed(Some("late"))), Intake::Known);
    assert_eq!(told(&mut story, NOW), []);
}

#[test]
fn what_is_seen_eight_days_after_a_report_is_another_event() {
    let mut story = story();
    take_in(&mut story, &renewed(None));
    told(&mut story, NOW);
    renew(&mut story);
    assert_eq!(told(&mut story, NOW + Duration::days(8)), [Evidence::Observed]);
}

#[test]
fn a_download_that_fetch_saw_is_told_once_to_subscribers() {
    let mut story = story();
    let fingerprint = story.history.places["f5/www"].fingerprint;
    let download = Report {
        evidence: Evidence::Observed,
        saved_to: Some("/root/chain.pem".to_owned()),
        ..report(EventKind::Download, certnotify::event::About::Fingerprint(fingerprint))
    };
    assert!(matches!(take_in(&mut story, &download), Intake::New { .. }));
    let again = Report { id: "again".to_owned(), ..download };
    let intakes = pass::record_reports(&story.policies, &[again], &mut story.history, NOW);
    assert_eq!(intakes, [Intake::Known]);
    story.run(NOW);
    let sent: Vec<_> = story.sent.iter().map(|message| (message.channel, message.occurrences.len())).collect();
    assert_eq!(sent, [(Channel::Email, 1)]);
}

#[test]
fn whatever_can_be_reported_reaches_who_subscribed_to_that_kind_alone_and_once() {
    for kind in EventKind::reportable() {
        let only = super::POLICIES.replace("\"business\", \"alerts\"", &format!("\"{kind}\""));
        for (toml, messages) in [(only.as_str(), 1), (&only.replace(kind.as_str(), "recovery"), 0)] {
            let mut story = Scenario::new(toml);
            story.shows("f5/www", &world::certificate("www.example.com", NOW, NOW + Duration::days(80)));
            story.run(NOW);
            take_in(&mut story, &report(kind, named("www")));
            let mut told = 0;
            for hours in 1..30 {
                story.run(NOW + Duration::hours(hours));
                told += story.sent.iter().filter(|message| !message.occurrences.is_empty()).count();
            }
            assert_eq!(told, messages, "{kind}");
        }
    }
}

#[test]
fn the_words_of_a_failed_renewal_reach_who_was_reminded_of_it_and_a_report_without_words_says_who_was() {
    let mut story = Scenario::new(&super::POLICIES.replace("\"business\", \"alerts\"", "\"expiration\""));
    story.shows("f5/www", &world::certificate("www.example.com", NOW, NOW + Duration::days(80)));
    story.run(NOW);
    let fingerprint = story.history.places["f5/www"].fingerprint;
    let ops = certnotify::policy::ContactName::new("ops");
    let delivery = certnotify::history::Delivery::new(NOW, "late");
    story.history.note_delivery(fingerprint, EventKind::HostingFailure, &ops, Channel::Email, delivery);
    let silent = report(EventKind::HostingFailure, named("www"));
    let reminded = Intake::Reminded { recipients: [(ops.clone(), Channel::Email)].into() };
    assert_eq!(take_in(&mut story, &silent), reminded);
    let message = Some("the challenge failed".to_owned());
    let spoken = Report { id: "2".to_owned(), message, ..silent };
    let Intake::New { recipients, .. } = take_in(&mut story, &spoken) else { panic!("it is not taken in") };
    assert_eq!(recipients, [(ops, Channel::Email)].into());
}

/// A run has seen `www` in its file.
fn in_a_file() -> Scenario {
    let mut story = Scenario::new(POLICIES);
    let certificate = world::certificate("www.example.com", NOW - Duration::days(10), NOW + Duration::days(80));
    story.looks("f5/www", &[Look::file("/etc/ssl/www.pem", &certificate)]);
    story.run(NOW - Duration::hours(2));
    story
}

fn gone() -> Report {
    let path = || "/etc/ssl/www.pem".to_owned();
    report(EventKind::Deletion, About::Path { written: path(), absolute: path() })
}

#[test]
fn that_a_file_cannot_be_read_is_not_told_to_those_who_were_told_by_a_report_that_it_is_gone() {
    for is_told_first in [false, true] {
        let mut story = in_a_file();
        take_in(&mut story, &Report { message: Some("retired".to_owned()), ..gone() });
        if is_told_first {
            story.run(NOW);
            assert_eq!(story.sent.len(), 1);
        }
        story.looks("f5/www", &[Look::absent("/etc/ssl/www.pem")]);
        let mut texts = Vec::new();
        for hour in 1..30 {
            story.run(NOW + Duration::hours(hour));
            texts.extend(story.sent.iter().map(|message| message.text.clone()));
        }
        assert_eq!(texts.len(), usize::from(!is_told_first), "{texts:?}");
        assert_eq!(owed(&story.history), 0);
    }
}

#[test]
fn a_file_that_came_back_after_its_deletion_was_reported_and_cannot_be_read_is_told() {
    let mut story = in_a_file();
    take_in(&mut story, &gone());
    story.run(NOW);
    story.looks("f5/www", &[Look::failed("/etc/ssl/www.pem", FindingId::Unreadable)]);
    let mut texts = Vec::new();
    for hour in 1..30 {
        story.run(NOW + Duration::hours(hour));
        texts.extend(story.sent.iter().map(|message| message.text.clone()));
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("cannot be read"), "{texts:?}");
}
