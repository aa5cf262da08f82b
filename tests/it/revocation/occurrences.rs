//! When an answer is news: an occurrence for subscribers, once.

use certnotify::certificate::Certificate;
use certnotify::detect::{self, TrackedCertificate, Visibility};
use certnotify::event::{Detail, EventKind, Evidence, Location, Occurrence};
use certnotify::history::History;
use certnotify::observation::{RenewalAnswer, RenewalWindow, Status, StatusAnswer};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::world::{certificate, entry, policy};

const NOW: OffsetDateTime = datetime!(2026-11-21 07:07 UTC);

fn shop() -> Certificate {
    certificate("shop.example", NOW - Duration::days(20), NOW + Duration::days(70))
}

fn tracked_certificate(place: &str) -> TrackedCertificate {
    let location = Location {
        entry: certnotify::names::EntryName::new("shop"),
        name: "shop".into(),
        place: place.into(),
        remembered_as: None,
        address: None,
        seen: NOW,
        failing: None,
        is_endpoint: false,
    };
    TrackedCertificate { place: place.into(), location, certificate: shop().into(), presence: Visibility::Seen }
}

/// A memory that grows from run to run.
#[derive(Default)]
struct Runs(History);

impl Runs {
    fn status(&mut self, status: Status, now: OffsetDateTime) -> Vec<Occurrence> {
        let answers = [StatusAnswer { fingerprint: shop().fingerprint, status }];
        let occurrences = detect::revocations(
            &[tracked_certificate("/a.pem"), tracked_certificate("/b.pem")],
            &answers,
            &self.0,
            now,
        );
        self.0.note_statuses(&answers, now);
        occurrences
    }

    fn window(&mut self, end: OffsetDateTime, page: Option<&str>, now: OffsetDateTime) -> Vec<Occurrence> {
        let window = RenewalWindow { start: end - Duration::days(2), end, explanation: page.map(str::to_owned) };
        self.answer(Ok(window), now)
    }

    fn answer(&mut self, window: Result<RenewalWindow, String>, now: OffsetDateTime) -> Vec<Occurrence> {
        let ask_again = now + Duration::hours(6);
        let answers = [RenewalAnswer { fingerprint: shop().fingerprint, window, ask_again }];
        let occurrences = detect::early_warnings(&[tracked_certificate("/a.pem")], &answers, &self.0, now);
        self.0.note_renewals(&answers);
        occurrences
    }
}

fn revoked(since: OffsetDateTime) -> Status {
    Status::Revoked { since: Some(since), reason: None, source: "http://ca.example/1.crl".to_owned() }
}

#[test]
fn a_revocation_is_told_once_with_all_its_places() {
    let mut runs = Runs::default();
    let occurrences = runs.status(revoked(NOW), NOW);
    let [told] = &occurrences[..] else { panic!("{occurrences:?}") };
    assert_eq!((told.kind, &told.evidence), (EventKind::Revocation, &Evidence::Observed));
    assert_eq!(told.locations.iter().map(|location| &*location.place).collect::<Vec<_>>(), ["/a.pem", "/b.pem"]);
    assert!(matches!(&told.detail, Detail::Revoked { since: Some(since), .. } if *since == NOW));
    assert!(runs.status(revoked(NOW), NOW + Duration::days(1)).is_empty());
}

#[test]
fn not_to_know_is_no_news_and_takes_nothing_back() {
    let mut runs = Runs::default();
    let unknown = || Status::Unknown { reason: "it took too long".to_owned() };
    assert!(runs.status(unknown(), NOW).is_empty());
    assert_eq!(runs.status(revoked(NOW), NOW).len(), 1);
    assert!(runs.status(unknown(), NOW).is_empty());
    assert!(runs.status(revoked(NOW), NOW).is_empty(), "the CA was only unreachable for a while");
}

#[test]
fn one_that_was_on_hold_and_is_revoked_again_is_news_again() {
    let mut runs = Runs::default();
    let first = runs.status(revoked(NOW), NOW);
    assert!(runs.status(Status::NotRevoked, NOW).is_empty());
    let second = runs.status(revoked(NOW + Duration::days(1)), NOW + Duration::days(2));
    assert_ne!(first[0].id, second[0].id);
}

#[test]
fn a_certificate_that_stands_nowhere_is_not_told() {
    let answers = [StatusAnswer { fingerprint: shop().fingerprint, status: revoked(NOW) }];
    assert!(detect::revocations(&[], &answers, &History::default(), NOW).is_empty());
}

#[test]
fn a_window_that_passes_as_it_was_said_is_no_news() {
    let mut runs = Runs::default();
    let end = NOW + Duration::days(10);
    for now in [NOW, end - Duration::days(1), end + Duration::days(1)] {
        assert!(runs.window(end, None, now).is_empty(), "{now}");
    }
}

#[test]
fn a_first_look_at_a_window_that_is_past_is_no_news() {
    assert!(Runs::default().window(NOW - Duration::days(3), None, NOW).is_empty());
}

#[test]
fn a_window_moved_into_the_past_is_an_early_warning_once() {
    let mut runs = Runs::default();
    runs.window(NOW + Duration::days(40), None, NOW);
    let moved = NOW - Duration::hours(1);
    let occurrences = runs.window(moved, None, NOW);
    assert!(
        matches!(&occurrences[..], [Occurrence { detail: Detail::RenewalMovedForward { end, .. }, .. }] if *end == moved)
    );
    assert!(runs.window(moved, None, NOW + Duration::hours(6)).is_empty());
    assert!(runs.window(NOW + Duration::days(40), None, NOW).is_empty(), "later is no warning");
}

#[test]
fn a_window_that_is_earlier_but_still_ahead_is_no_news() {
    let mut runs = Runs::default();
    runs.window(NOW + Duration::days(40), None, NOW);
    assert!(runs.window(NOW + Duration::days(20), None, NOW).is_empty());
}

#[test]
fn an_authority_that_explains_itself_is_heard_once_a_page() {
    let mut runs = Runs::default();
    let end = NOW + Duration::days(40);
    assert_eq!(runs.window(end, Some("https://ca.example/1"), NOW).len(), 1);
    assert!(runs.window(end, Some("https://ca.example/1"), NOW).is_empty());
    assert_eq!(runs.window(end, Some("https://ca.example/2"), NOW).len(), 1);
    assert!(runs.window(end, None, NOW).is_empty());
}

#[test]
fn without_an_answer_the_last_window_stands() {
    let mut runs = Runs::default();
    runs.window(NOW + Duration::days(40), None, NOW);
    assert!(runs.answer(Err("it took too long".to_owned()), NOW).is_empty());
    assert_eq!(runs.window(NOW - Duration::hours(1), None, NOW).len(), 1);
}

#[test]
fn the_end_of_the_window_is_the_renewal_point() {
    let (certificate, mut entry) = (shop(), entry("shop", policy()));
    entry.options_mut().renewal = Some(certnotify::policy::Renewal::Auto);
    let mut runs = Runs::default();
    let managed = |runs: &Runs| {
        detect::managed(&entry, &certificate, "/a.pem", runs.0.renewal_window(certificate.fingerprint)).due
    };
    assert_eq!(managed(&runs), certificate.not_after - Duration::days(30));
    runs.window(NOW + Duration::days(5), None, NOW);
    assert_eq!(managed(&runs), NOW + Duration::days(5));
    runs.window(certificate.not_after + Duration::days(9), None, NOW);
    assert_eq!(managed(&runs), certificate.not_after - Duration::days(30), "a window past the end is no renewal point");
}

#[test]
fn answers_of_a_forgotten_certificate_are_forgotten() {
    let mut runs = Runs::default();
    runs.status(revoked(NOW), NOW);
    runs.window(NOW, None, NOW);
    runs.0.prune(&[shop().fingerprint].into(), NOW);
    assert!(!runs.0.revoked.is_empty() && !runs.0.renewals.is_empty());
    runs.0.prune(&[].into(), NOW);
    assert!(runs.0.revoked.is_empty() && runs.0.renewals.is_empty());
}
