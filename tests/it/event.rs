//! `certnotify event`: what is reported is written down at once, and becomes one event with what certnotify sees.

pub mod command;
mod completed;
mod one_event;
mod plans;
mod spool;

use certnotify::event::{About, Detail, EventKind, Evidence, Occurrence, OccurrenceId, Report};
use certnotify::history::{Delivery, History};
use certnotify::pass::{self, Intake};
use certnotify::policy::{Channel, ContactName};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::support::scenario::Scenario;
use super::support::world;

const NOW: OffsetDateTime = datetime!(2026-11-22 22:00:00 UTC);

const POLICIES: &str = r#"
[settings]
default-contact = "desk"
[contacts.ops]
email = "ops@example.com"
[contacts.desk]
email = "desk@example.com"
[policies.default]
contacts = ["ops"]
channels = ["email"]
events = ["business", "alerts"]
[[certificates]]
name = "f5/www"
file = "/etc/ssl/www.pem"
[[certificates]]
name = "edge"
endpoint = "api.example.com:8443"
"#;

pub fn report(kind: EventKind, about: impl Into<Option<About>>) -> Report {
    Report {
        id: "20261122T220000Z-1".to_owned(),
        kind,
        evidence: Evidence::Reported { by: "certbot".to_owned() },
        at: NOW,
        about: about.into(),
        message: None,
        url: None,
        saved_to: None,
        issued: None,
    }
}

fn named(name: &str) -> About {
    About::Name(name.to_owned())
}

/// Two runs have seen both certificates.
fn story() -> Scenario {
    let mut story = Scenario::new(POLICIES);
    let certificate = |name: &str| world::certificate(name, NOW - Duration::days(10), NOW + Duration::days(80));
    story.shows("f5/www", &certificate("www.example.com")).shows("edge", &certificate("*.example.com"));
    story.run(NOW - Duration::hours(2));
    story
}

fn take_in(story: &mut Scenario, report: &Report) -> Intake {
    let reports = std::slice::from_ref(report);
    pass::record_reports(&story.policies, reports, &mut story.history, NOW).pop().unwrap()
}

/// The only occurrence of an intake, and who is owed it.
fn occurrences(intake: Intake) -> (Occurrence, Vec<String>) {
    let Intake::New { mut occurrences, recipients } = intake else { panic!("{intake:?}") };
    assert_eq!(occurrences.len(), 1, "{occurrences:?}");
    let recipients = recipients.iter().map(|(contact, channel)| format!("{contact} {channel}")).collect();
    (occurrences.remove(0), recipients)
}

fn owed(history: &History) -> usize {
    history.occurrences.values().flat_map(|record| record.owed.values()).map(std::collections::BTreeMap::len).sum()
}

#[test]
fn a_certificate_is_meant_by_its_name_the_last_part_of_it_its_dns_name_or_its_place() {
    for (name, expected) in [
        ("f5/www", "www.example.com"),
        ("www", "www.example.com"),
        ("WWW.Example.com", "www.example.com"),
        ("edge", "*.example.com"),
        ("*.example.com", "*.example.com"),
        ("mail.example.com", "*.example.com"),
    ] {
        let (occurrence, recipients) = occurrences(take_in(&mut story(), &report(EventKind::Hosting, named(name))));
        assert_eq!(occurrence.certificate.unwrap().dns_names, [expected], "{name}");
        assert_eq!(recipients, ["ops email"], "{name}");
        assert_eq!(occurrence.evidence, Evidence::Reported { by: "certbot".to_owned() });
    }
}

#[test]
fn a_path_means_the_file_or_everything_in_the_directory_and_no_neighbour() {
    let mut story = story();
    let record = story.history.places["f5/www"].clone();
    story.history.places.clear();
    story.history.places.insert("/live/www/fullchain.pem".to_owned(), record);
    let path = |path: &str| {
        let about = About::Path { written: path.to_owned(), absolute: path.to_owned() };
        report(EventKind::Hosting, Some(about))
    };
    for meant in ["/live/www", "/live/www/", "/live/www/fullchain.pem"] {
        let (occurrence, _) = occurrences(take_in(&mut story, &path(meant)));
        assert!(occurrence.certificate.is_some(), "{meant}");
        story.history.occurrences.clear();
    }
    for other in ["/live/ww", "/live/www/full", "/live/www2"] {
        let (occurrence, recipients) = occurrences(take_in(&mut story, &path(other)));
        assert!(occurrence.certificate.is_none(), "{other}");
        assert_eq!(recipients, ["desk email", "desk inbox"], "{other}");
        story.history.occurrences.clear();
    }
}

#[test]
fn a_certificate_that_no_run_has_seen_yet_is_known_by_its_entry() {
    let mut story = Scenario::new(POLICIES);
    for about in [
        About::Name("f5/www".to_owned()),
        About::Name("www".to_owned()),
        About::Path { written: "ssl".to_owned(), absolute: "/etc/ssl".to_owned() },
        About::Name("api.example.com:8443".to_owned()),
    ] {
        let (occurrence, recipients) = occurrences(take_in(&mut story, &report(EventKind::Hosting, Some(about))));
        assert_eq!((occurrence.locations.len(), recipients), (1, vec!["ops email".to_owned()]));
        story.history.occurrences.clear();
    }
}

#[test]
fn a_path_that_a_glob_or_a_directory_would_find_is_watched() {
    let files = "[[certificates]]\nname = \"live\"\nfile = [\"/live/*/fullchain.pem\", \"/srv/tls\"]\n\
                 exclude = \"*/old/*\"\n";
    let mut story = Scenario::new(&format!("{POLICIES}{files}"));
    let path = |path: &str| {
        let about = About::Path { written: path.to_owned(), absolute: path.to_owned() };
        report(EventKind::Hosting, Some(about))
    };
    for found in ["/live/www/fullchain.pem", "/srv/tls/sub/a.pem", "/live"] {
        let (occurrence, _) = occurrences(take_in(&mut story, &path(found)));
        let locations: Vec<_> = occurrence.locations.iter().map(|location| location.entry.as_str()).collect();
        assert_eq!(locations, ["live"], "{found}");
        assert!(found == "/live" || &*occurrence.locations[0].place == found, "{:?}", occurrence.locations);
        story.history.occurrences.clear();
    }
    for other in ["/live/www/cert.pem", "/live/a/b/fullchain.pem", "/srv/tls-old/a.pem", "/srv/tls/old/a.pem"] {
        let (occurrence, _) = occurrences(take_in(&mut story, &path(other)));
        assert!(matches!(occurrence.detail, Detail::Reported { unmatched: Some(_), .. }), "{other}");
        story.history.occurrences.clear();
    }
}

#[test]
fn without_a_watched_certificate_it_goes_to_the_default_contact_and_says_so() {
    let mut story = story();
    let (occurrence, recipients) =
        occurrences(take_in(&mut story, &report(EventKind::Deletion, named("old.example.org"))));
    assert_eq!(recipients, ["desk email", "desk inbox"]);
    assert!(matches!(occurrence.detail, Detail::Reported { unmatched: Some(name), .. } if name == "old.example.org"));
    // Nor is it everybody's when it names none at all.
    let unnamed = Report { id: "2".to_owned(), ..report(EventKind::HostingFailure, None) };
    assert_eq!(occurrences(take_in(&mut story, &unnamed)).1, ["desk email", "desk inbox"]);
}

#[test]
fn a_first_issuance_is_told_once_of_each_certificate_by_whichever_name_and_without_a_report_never() {
    let mut story = story();
    story.run(NOW);
    assert!(story.history.occurrences.is_empty(), "a run sees certificates and no issuance");
    let issued = |id: &str, name: &str| Report { id: id.to_owned(), ..report(EventKind::Issuance, named(name)) };
    for (name, recipients) in [("www", vec!["ops email"]), ("new.example.org", vec!["desk email", "desk inbox"])] {
        assert_eq!(occurrences(take_in(&mut story, &issued(name, name))).1, recipients, "{name}");
        assert_eq!(take_in(&mut story, &issued(&format!("{name} again"), name)), Intake::Known, "{name}");
    }
    assert_eq!(take_in(&mut story, &issued("by name", "www.example.com")), Intake::Known);
    assert_eq!(occurrences(take_in(&mut story, &issued("edge", "edge"))).1, ["ops email"]);
    // What is renewed later is another event.
    assert!(matches!(take_in(&mut story, &report(EventKind::Hosting, named("www"))), Intake::New { .. }));
}

#[test]
fn a_notice_about_no_certificate_goes_to_its_subscribers_and_else_to_the_default_contact() {
    let mut story = Scenario::new(&POLICIES.replace("\"alerts\"", "\"service\""));
    assert_eq!(occurrences(take_in(&mut story, &report(EventKind::Notice, None))).1, ["ops email"]);
    let mut story = Scenario::new(POLICIES);
    assert_eq!(occurrences(take_in(&mut story, &report(EventKind::Notice, None))).1, ["desk email", "desk inbox"]);
}

#[test]
fn without_a_default_contact_a_report_without_certificate_is_not_lost() {
    let toml = POLICIES.replace("default-contact = \"desk\"", "");
    let mut story = Scenario::new(&toml);
    assert_eq!(
        occurrences(take_in(&mut story, &report(EventKind::Deletion, named("gone")))).1,
        ["ops email", "ops inbox"]
    );
}

#[test]
fn what_has_no_subscriber_is_owed_to_no_recipient() {
    let mut story = Scenario::new(&POLICIES.replace("\"business\", ", ""));
    assert_eq!(occurrences(take_in(&mut story, &report(EventKind::Hosting, named("www")))).1, <[String; 0]>::default());
}

#[test]
fn the_same_report_taken_in_twice_is_owed_once() {
    let mut story = story();
    let told = report(EventKind::Hosting, named("www"));
    take_in(&mut story, &told);
    assert_eq!(take_in(&mut story, &told), Intake::Known);
    // The hook ran twice.
    assert_eq!(take_in(&mut story, &Report { id: "2".to_owned(), ..told.clone() }), Intake::Known);
    assert_eq!(owed(&story.history), 1);
    // But who has something to add is heard.
    let more = Report { id: "3".to_owned(), message: Some("on the second try".to_owned()), ..told };
    assert!(matches!(take_in(&mut story, &more), Intake::New { .. }));
}

#[test]
fn what_a_hook_repeats_of_a_certificate_that_was_not_seen_yet_is_told_once_unless_it_says_more() {
    for name in ["edge", "new.example.org"] {
        let mut story = Scenario::new(POLICIES);
        let told = report(EventKind::HostingFailure, named(name));
        assert!(matches!(take_in(&mut story, &told), Intake::New { .. }), "{name}");
        assert_eq!(take_in(&mut story, &Report { id: "2".to_owned(), ..told.clone() }), Intake::Known, "{name}");
        let more = Report { id: "3".to_owned(), message: Some("challenge failed".to_owned()), ..told.clone() };
        assert!(matches!(take_in(&mut story, &more), Intake::New { .. }), "{name}");
    }
    let mut story = story();
    let notice = report(EventKind::Notice, None);
    for id in ["1", "2"] {
        let notice = Report { id: id.to_owned(), ..notice.clone() };
        assert!(matches!(take_in(&mut story, &notice), Intake::New { .. }), "an operator may tell it again");
    }
}

/// A run saw that `www` was renewed.
fn renewal_seen(story: &Scenario, at: OffsetDateTime) -> Occurrence {
    let old = story.history.certificates.values().find(|record| record.facts.dns_names == ["www.example.com"]).unwrap();
    let new = world::certificate("www.example.com", NOW, NOW + Duration::days(90));
    let detail = Detail::Renewed { new: Box::new(new) };
    Occurrence {
        id: OccurrenceId::new(EventKind::Hosting, "f5/www"),
        kind: EventKind::Hosting,
        evidence: Evidence::Observed,
        at,
        certificate: Some((*old.facts).clone()),
        locations: Vec::new().into(),
        detail,
    }
}

#[test]
fn a_hook_that_reports_after_the_new_certificate_was_seen_tells_nothing_new() {
    let mut story = story();
    let seen = renewal_seen(&story, NOW - Duration::hours(1));
    story.history.note_occurrence(seen, [(ContactName::new("ops"), Channel::Email)], NOW);
    // By now the memory holds the new one at that place, or still the old one.
    assert_eq!(take_in(&mut story, &report(EventKind::Hosting, named("www"))), Intake::Known);
    let new = world::certificate("www.example.com", NOW, NOW + Duration::days(90));
    story.shows("f5/www", &new);
    story.run(NOW - Duration::minutes(30));
    assert_eq!(take_in(&mut story, &report(EventKind::Hosting, named("www"))), Intake::Known);
}

#[test]
fn an_observation_of_eight_days_ago_is_another_event() {
    let mut story = story();
    let seen = renewal_seen(&story, NOW - Duration::days(8));
    story.history.note_occurrence(seen, [], NOW);
    assert!(matches!(take_in(&mut story, &report(EventKind::Hosting, named("www"))), Intake::New { .. }));
}

#[test]
fn another_kind_of_event_of_the_same_certificate_is_another_event() {
    let mut story = story();
    let seen = renewal_seen(&story, NOW);
    story.history.note_occurrence(seen, [], NOW);
    assert!(matches!(take_in(&mut story, &report(EventKind::Revocation, named("www"))), Intake::New { .. }));
}

#[test]
fn a_late_renewal_of_which_a_recipient_was_reminded_lately_is_not_reported_to_them_again() {
    let (ops, at) = (ContactName::new("ops"), NOW - Duration::days(2));
    for (at, expected) in [(at, 0), (NOW - Duration::days(9), 1)] {
        let mut story = story();
        let fingerprint = story.history.places["f5/www"].fingerprint;
        let delivery = Delivery::new(at, "renewal late".to_owned());
        story.history.note_delivery(fingerprint, EventKind::HostingFailure, &ops, Channel::Email, delivery);
        take_in(&mut story, &report(EventKind::HostingFailure, named("www")));
        assert_eq!(owed(&story.history), expected, "{at}");
    }
}

#[test]
fn a_report_that_waited_for_more_than_thirty_days_is_given_up_and_one_from_tomorrow_is_of_now() {
    let mut story = story();
    let old = Report { at: NOW - Duration::days(31), ..report(EventKind::Hosting, named("www")) };
    assert_eq!(take_in(&mut story, &old), Intake::TooOld);
    let early = Report { at: NOW + Duration::days(1), ..report(EventKind::Hosting, named("www")) };
    assert_eq!(occurrences(take_in(&mut story, &early)).0.at, NOW);
}

#[test]
fn a_report_of_ten_in_the_evening_waits_for_the_window_and_is_due_in_it() {
    let mut story = Scenario::new(&POLICIES.replace("channels =", "window = \"09:00-20:00\"\nchannels ="));
    take_in(&mut story, &report(EventKind::Notice, named("www")));
    take_in(&mut story, &Report { id: "2".to_owned(), ..report(EventKind::Hosting, named("www")) });
    let schedule = |now| certnotify::schedule::due(&[], &story.policies, &story.history, now);
    let evening = schedule(NOW);
    assert!(evening.due.is_empty());
    assert_eq!(evening.held[0].held_until, Some(datetime!(2026-11-23 9:00 UTC)));
    let morning = schedule(datetime!(2026-11-23 9:00 UTC));
    assert_eq!(morning.due[0].occurrences.len(), 1);
    assert!(morning.held.is_empty());
}
