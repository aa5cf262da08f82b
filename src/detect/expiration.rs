//! Expiration and expired: events from the dates of what stands, unless it has been renewed.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use time::OffsetDateTime;

use super::place_parts::name_of;
use super::presence::TrackedCertificate;
use super::successors::{Candidate, Successors};
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Event, EventKind, Evidence, Location, Locations, SupersededBy, file_of};
use crate::policy::{Endpoint, EntryName};

/// One event for each certificate that stands somewhere unrenewed: `alert.expired` past its end, else
/// `business.expiration`, which no recipient is owed before its opening. In the order in which
/// the certificates stand.
#[must_use]
pub fn events(tracked: &[TrackedCertificate], now: OffsetDateTime) -> Vec<Event> {
    let successors = Successors::new(tracked.iter().map(TrackedCertificate::candidate), now);
    let deployed = LazyCell::new(|| Deployed::new(tracked));
    let mut events: Vec<Event> = Vec::new();
    let mut index: HashMap<Fingerprint, usize> = HashMap::new();
    for seen in tracked {
        let certificate = &seen.certificate;
        let is_endpoint = seen.location.is_endpoint;
        let others = successors.index(certificate);
        if others.is_some_and(|others| others.renewing(certificate, &seen.place, is_endpoint).is_some()) {
            continue;
        }
        let at = *index.entry(certificate.fingerprint).or_insert_with(|| {
            events.push(Event {
                kind: kind_at(certificate, now),
                evidence: Evidence::Derived,
                certificate: Arc::clone(certificate),
                locations: Locations::default(),
                left_out_by_successor: Vec::new(),
                superseded_by: None,
                is_renewed_on_disk: true,
                served_instead: Vec::new(),
            });
            events.len() - 1
        });
        let event = &mut events[at];
        let newer = others.and_then(|others| others.superseding(certificate));
        event.is_renewed_on_disk =
            event.is_renewed_on_disk && is_endpoint && newer.is_some_and(|newer| deployed.has(newer, seen));
        if certificate.effective_end() < event.certificate.effective_end() {
            // The chain of one place may end before that of another.
            Arc::make_mut(&mut event.certificate).limited_by.clone_from(&certificate.limited_by);
            event.kind = kind_at(certificate, now);
        }
        if let Some(others) = others {
            match newer {
                Some(newer) if !is_endpoint => event.superseded_by = Some(superseded_by(newer)),
                None if event.left_out_by_successor.is_empty() => {
                    event.left_out_by_successor = others.left_out(certificate, &seen.place, is_endpoint);
                }
                Some(_) | None => {}
            }
        }
        event.locations.push(seen.location.clone());
    }
    events
}

/// The certificates in files, and the endpoints that should serve them.
struct Deployed<'a> {
    /// By certificate, the entries that have it in a file.
    holders: HashMap<Fingerprint, Vec<&'a EntryName>>,
    /// By endpoint, the entries with files that deploy to it.
    deploying: HashMap<String, HashSet<&'a EntryName>>,
}

impl<'a> Deployed<'a> {
    fn new(tracked: &'a [TrackedCertificate]) -> Self {
        let (served, files): (Vec<_>, Vec<_>) = tracked.iter().partition(|seen| seen.location.is_endpoint);
        let mut holders: HashMap<Fingerprint, Vec<&EntryName>> = HashMap::new();
        for file in &files {
            holders.entry(file.certificate.fingerprint).or_default().push(&file.location.entry);
        }
        let with_files: HashSet<&EntryName> = files.iter().map(|file| &file.location.entry).collect();
        let mut deploying: HashMap<String, HashSet<&EntryName>> = HashMap::new();
        for seen in served.into_iter().filter(|seen| with_files.contains(&seen.location.entry)) {
            deploying.entry(endpoint_of(seen)).or_default().insert(&seen.location.entry);
        }
        Self { holders, deploying }
    }

    /// Whether `newer` is in a file that should be served where `seen` is.
    fn has(&self, newer: &Candidate<'_>, seen: &TrackedCertificate) -> bool {
        let Some(holders) = self.holders.get(&newer.certificate.fingerprint) else { return false };
        let deploying = self.deploying.get(&endpoint_of(seen));
        deploying.is_some_and(|deploying| holders.iter().any(|entry| deploying.contains(entry)))
    }
}

/// The same however an entry writes it.
fn endpoint_of(seen: &TrackedCertificate) -> String {
    let place = name_of(&seen.place).unwrap_or_else(|| file_of(&seen.place));
    place.parse::<Endpoint>().map_or_else(|_| place.to_owned(), |endpoint| endpoint.place())
}

/// The certificates that have an event.
pub(super) fn unrenewed(tracked: &[TrackedCertificate], now: OffsetDateTime) -> BTreeSet<Fingerprint> {
    let successors = Successors::new(tracked.iter().map(TrackedCertificate::candidate), now);
    let is_unrenewed = |seen: &&TrackedCertificate| {
        successors.renewing(&seen.certificate, &seen.place, seen.location.is_endpoint).is_none()
    };
    tracked.iter().filter(is_unrenewed).map(|seen| seen.certificate.fingerprint).collect()
}

impl TrackedCertificate {
    fn candidate(&self) -> Candidate<'_> {
        let (certificate, place) = (&self.certificate, &*self.place);
        let Location { place: source, name, is_endpoint, .. } = &self.location;
        Candidate { certificate, place, source, name, is_endpoint: *is_endpoint }
    }
}

fn superseded_by(newer: &Candidate<'_>) -> SupersededBy {
    let (fingerprint, end) = (newer.certificate.fingerprint, newer.certificate.effective_end());
    SupersededBy { place: newer.shown(), fingerprint, end }
}

fn kind_at(certificate: &Certificate, now: OffsetDateTime) -> EventKind {
    if certificate.is_expired(now) { EventKind::Expired } else { EventKind::Expiration }
}
