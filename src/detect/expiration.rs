//! Expiration and expired: events from the dates of what stands, unless it has been renewed.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::standing::Standing;
use super::successors::Successors;
use crate::certificate::Fingerprint;
use crate::event::{Event, Evidence, Kind};

/// One event for each certificate that stands somewhere unrenewed: `alert.expired` past its end, else
/// `business.expiration`, which the schedule owes to nobody before its opening. In the order in which
/// the certificates stand.
#[must_use]
pub fn events(standings: &[Standing], now: OffsetDateTime) -> Vec<Event> {
    let in_files = standings.iter().filter(|standing| !standing.sighting.is_endpoint);
    let files = Successors::of(in_files.map(|standing| &standing.certificate), now);
    let mut events: Vec<Event> = Vec::new();
    let mut index: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    for standing in standings {
        let certificate = &standing.certificate;
        // Nothing elsewhere silences an endpoint that still serves the old one.
        if !standing.sighting.is_endpoint && files.renewing(certificate).is_some() {
            continue;
        }
        let at = *index.entry(certificate.fingerprint).or_insert_with(|| {
            events.push(Event {
                kind: if certificate.is_expired(now) { Kind::Expired } else { Kind::Expiration },
                evidence: Evidence::Derived,
                certificate: certificate.clone(),
                sightings: Vec::new(),
                left_out_by_successor: files.left_out(certificate),
                served_instead: Vec::new(),
            });
            events.len() - 1
        });
        events[at].sightings.push(standing.sighting.clone());
    }
    events
}
