//! What stands at each place, and which events follow: renewed, missing, unreachable.

use std::collections::{BTreeMap, BTreeSet};

use certnotify::cause::FailureCause;
use certnotify::certificate::{Certificate, Chain};
use certnotify::detect::{self, TrackedCertificate, Visibility};
use certnotify::event::{Event, EventKind, FindingId, Location};
use certnotify::history::{CertificateRecord, History, NameSet, PlaceRecord};
use certnotify::observation::{Failure, Observation, ObservedCertificate};
use certnotify::policy::{Entry, EntryName};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::world::{certificate, entry, policy};

const NOW: OffsetDateTime = datetime!(2027-01-15 12:00 UTC);

/// 90 days that began `age` days ago, for these names.
fn aged(age: i64, names: &[&str]) -> Certificate {
    let start = NOW - Duration::days(age);
    let mut certificate = certificate(names[0], start, start + Duration::days(90));
    certificate.dns_names = names.iter().map(|name| (*name).to_owned()).collect();
    certificate
}

fn tracked_certificate(certificate: &Certificate, place: &str, is_endpoint: bool) -> TrackedCertificate {
    let location = Location {
        entry: certnotify::names::EntryName::new(place),
        name: place.into(),
        place: place.into(),
        remembered_as: None,
        address: None,
        seen: NOW,
        failing: None,
        is_endpoint,
    };
    TrackedCertificate {
        place: place.into(),
        location,
        certificate: certificate.clone().into(),
        presence: Visibility::Seen,
    }
}

fn places(events: &[Event]) -> Vec<&str> {
    events.iter().flat_map(|event| &event.locations).map(|location| &*location.place).collect()
}

#[test]
fn a_successor_in_the_same_lineage_silences_the_old_one_and_one_elsewhere_does_not() {
    let (old, new) = (aged(80, &["shop.example"]), aged(2, &["shop.example", "www.shop.example"]));
    let told = |old_at: &str, new_at: &str| {
        let events =
            detect::events(&[tracked_certificate(&old, old_at, false), tracked_certificate(&new, new_at, false)], NOW);
        let newer = events[0].superseded_by.as_ref().map(|newer| newer.place.clone());
        (places(&events).into_iter().map(str::to_owned).collect::<Vec<_>>(), newer)
    };
    assert_eq!(told("/live/shop/fullchain.pem", "/live/shop-0001/fullchain.pem").0.len(), 1);
    assert_eq!(told("/archive/shop/fullchain9.pem", "/archive/shop/fullchain10.pem").0.len(), 1);
    assert_eq!(told("/a.pem", "/a.pem#0123abcd").0.len(), 1);
    for (old_at, new_at) in [("/old.pem", "/new.pem"), ("/one/tls.pem", "/two/tls.pem"), ("/2025/a.pem", "/2026/a.pem")]
    {
        let (places, newer) = told(old_at, new_at);
        assert_eq!((places.len(), newer.as_deref()), (2, Some(new_at)), "{old_at}");
    }
}

#[test]
fn nothing_elsewhere_silences_an_endpoint_that_still_serves_the_old_one() {
    let (old, new) = (aged(80, &["shop.example"]), aged(2, &["shop.example"]));
    let tracked = [
        tracked_certificate(&old, "/old.pem", false),
        tracked_certificate(&old, "shop.example:443", true),
        tracked_certificate(&new, "/new.pem", false),
    ];
    assert_eq!(places(&detect::events(&tracked, NOW)), ["/old.pem", "shop.example:443", "/new.pem"]);
}

#[test]
fn a_newer_certificate_that_leaves_a_name_out_silences_nothing_and_the_name_is_told() {
    let (old, new) = (aged(80, &["vpn.example", "webmail.example"]), aged(2, &["vpn.example"]));
    let events = detect::events(
        &[tracked_certificate(&old, "/old.pem", false), tracked_certificate(&new, "/new.pem", false)],
        NOW,
    );
    assert_eq!(places(&events), ["/old.pem", "/new.pem"]);
    assert_eq!(events[0].left_out_by_successor, ["webmail.example"]);
    assert!(events[1].left_out_by_successor.is_empty());
}

#[test]
fn a_wildcard_succeeds_a_name_of_its_one_label_and_no_other() {
    for (old, is_renewed) in [("www.shop.example", true), ("a.b.shop.example", false), ("shop.example", false)] {
        let (old, new) = (aged(80, &[old]), aged(2, &["*.shop.example"]));
        let events = detect::events(
            &[tracked_certificate(&old, "/1.pem", false), tracked_certificate(&new, "/2.pem", false)],
            NOW,
        );
        assert_eq!(events.len() == 1, is_renewed, "{:?}", old.dns_names);
    }
}

#[test]
fn a_self_signed_or_not_yet_valid_certificate_is_no_successor() {
    let old = aged(80, &["shop.example"]);
    let own = Certificate { is_self_issued: true, ..aged(2, &["shop.example"]) };
    let future = aged(-3, &["shop.example"]);
    for new in [own, future] {
        let events = detect::events(
            &[tracked_certificate(&old, "/old.pem", false), tracked_certificate(&new, "/new.pem", false)],
            NOW,
        );
        assert_eq!(events.len(), 2);
    }
}

#[test]
fn a_certificate_without_names_is_succeeded_by_one_of_the_same_subject() {
    let nameless = |age| Certificate { dns_names: Vec::new(), subject: "CN=Device 7".into(), ..aged(age, &["x"]) };
    let tracked =
        [tracked_certificate(&nameless(80), "/1.pem", false), tracked_certificate(&nameless(2), "/2.pem", false)];
    assert_eq!(places(&detect::events(&tracked, NOW)), ["/2.pem"]);
}

#[test]
fn one_certificate_at_several_places_is_one_event_and_past_its_end_another_kind() {
    let shared = aged(80, &["shop.example"]);
    let tracked = [tracked_certificate(&shared, "a:443", true), tracked_certificate(&shared, "b:443", true)];
    let events = detect::events(&tracked, NOW);
    assert_eq!((events.len(), events[0].locations.len(), events[0].kind), (1, 2, EventKind::Expiration));
    assert_eq!(detect::events(&tracked, shared.not_after)[0].kind, EventKind::Expiration, "the last second is valid");
    assert_eq!(detect::events(&tracked, shared.not_after + Duration::SECOND)[0].kind, EventKind::Expired);
}

/// One remembered place, last seen a day ago.
fn remembered(certificate: &Certificate, place: &str, entry: &str) -> History {
    let last_seen = NOW - Duration::DAY;
    let record = PlaceRecord {
        entry: EntryName::new(entry),
        name: place.into(),
        source: place.into(),
        is_endpoint: false,
        address: None,
        fingerprint: certificate.fingerprint,
        last_seen,
        missing: 0,
        away: None,
        also: BTreeSet::new(),
        earlier: Vec::new(),
        displaced: None,
        root: None,
        limited_by: None,
        served: BTreeMap::new(),
        folder: None,
        key: None,
    };
    History {
        places: BTreeMap::from([(place.to_owned(), record)]),
        certificates: BTreeMap::from([(
            certificate.fingerprint,
            CertificateRecord {
                facts: certificate.clone().into(),
                names: NameSet::default(),
                place: None,
                is_unwatched: false,
                last_seen,
            },
        )]),
        ..History::default()
    }
}

fn failed(entry: &str, place: &str, id: FindingId) -> Observation {
    Observation {
        entry: EntryName::new(entry),
        name: place.into(),
        place: place.into(),
        source: place.into(),
        is_endpoint: false,
        on_disk: None,
        is_reached: true,
        outcome: Err(Box::new(Failure::new(id, FailureCause::NotReached))),
    }
}

fn seen(entry: &str, place: &str, certificate: &Certificate) -> Observation {
    let chain = Chain { leaf: certificate.clone().into(), rest: Box::default() };
    let sight = ObservedCertificate::new(chain);
    Observation { outcome: Ok(sight.into()), ..failed(entry, place, FindingId::Unreadable) }
}

fn tracked(entry: &Entry, observations: &[Observation], history: &History) -> Vec<(Visibility, OffsetDateTime)> {
    let unseen = detect::UnseenPlaces::new(&[entry], observations, history);
    let tracked = detect::tracked(&[entry], observations, &unseen, history, NOW);
    tracked
        .into_iter()
        .map(|tracked_certificate| (tracked_certificate.presence, tracked_certificate.location.seen))
        .collect()
}

#[test]
fn what_cannot_be_reached_stands_on_with_its_last_known_dates() {
    let known = aged(80, &["shop.example"]);
    let history = remembered(&known, "shop:443", "edge");
    let entry = entry("edge", policy());
    let observation = failed("edge", "shop:443", FindingId::Unreachable);
    assert_eq!(tracked(&entry, &[observation], &history), [(Visibility::NotSeen, NOW - Duration::DAY)]);
    let unknown = failed("edge", "other:443", FindingId::Unreachable);
    assert_eq!(tracked(&entry, &[unknown], &History::default()), [], "what was never seen does not stand");
}

#[test]
fn a_member_that_is_missing_stands_for_one_more_run_and_then_no_more() {
    let (known, other) = (aged(80, &["shop.example"]), aged(10, &["other.example"]));
    let entry = entry("all", policy());
    let mut history = remembered(&known, "/live/shop.pem", "all");
    let observation = seen("all", "/live/other.pem", &other);
    let first = tracked(&entry, std::slice::from_ref(&observation), &history);
    assert_eq!(first, [(Visibility::Seen, NOW), (Visibility::Missing, NOW - Duration::DAY)]);
    history.places.get_mut("/live/shop.pem").unwrap().missing = 1;
    assert_eq!(tracked(&entry, &[observation], &history), [(Visibility::Seen, NOW)]);
}

#[test]
fn an_entry_that_finds_nothing_at_all_loses_none_of_its_members() {
    let known = aged(80, &["shop.example"]);
    let mut history = remembered(&known, "/live/shop.pem", "all");
    history.places.get_mut("/live/shop.pem").unwrap().missing = 1;
    let nothing = failed("all", "/live/*.pem", FindingId::NothingFound);
    let entry = entry("all", policy());
    assert_eq!(tracked(&entry, &[nothing], &history), [(Visibility::NotSeen, NOW - Duration::DAY)]);
}

#[test]
fn an_entry_that_was_not_picked_stands_as_remembered() {
    let history = remembered(&aged(80, &["shop.example"]), "/live/shop.pem", "all");
    assert_eq!(tracked(&entry("all", policy()), &[], &history), [(Visibility::NotLookedAt, NOW - Duration::DAY)]);
}
