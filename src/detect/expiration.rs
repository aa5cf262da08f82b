//! Expiration and expired: events from the dates of what stands, unless it has been renewed.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::successors::Successors;
use super::tracked::TrackedCertificate;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Event, EventKind, Evidence};

/// One event for each certificate that stands somewhere unrenewed: `alert.expired` past its end, else
/// `business.expiration`, which the schedule owes to nobody before its opening. In the order in which
/// the certificates stand.
#[must_use]
pub fn events(tracked: &[TrackedCertificate], now: OffsetDateTime) -> Vec<Event> {
    let in_files = tracked.iter().filter(|tracked_certificate| !tracked_certificate.location.is_endpoint);
    let files = Successors::of(in_files.map(|tracked_certificate| &tracked_certificate.certificate), now);
    let mut events: Vec<Event> = Vec::new();
    let mut index: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    for tracked_certificate in tracked {
        let certificate = &tracked_certificate.certificate;
        // Nothing elsewhere silences an endpoint that still serves the old one.
        if !tracked_certificate.location.is_endpoint && files.renewing(certificate).is_some() {
            continue;
        }
        let at = *index.entry(certificate.fingerprint).or_insert_with(|| {
            events.push(Event {
                kind: kind_at(certificate, now),
                evidence: Evidence::Derived,
                certificate: certificate.clone(),
                locations: Vec::new(),
                left_out_by_successor: files.left_out(certificate),
                served_instead: Vec::new(),
            });
            events.len() - 1
        });
        let event = &mut events[at];
        if certificate.effective_end() < event.certificate.effective_end() {
            // The chain of one place may end before that of another.
            event.certificate.limited_by.clone_from(&certificate.limited_by);
            event.kind = kind_at(certificate, now);
        }
        event.locations.push(tracked_certificate.location.clone());
    }
    events
}

fn kind_at(certificate: &Certificate, now: OffsetDateTime) -> EventKind {
    if certificate.is_expired(now) { EventKind::Expired } else { EventKind::Expiration }
}
