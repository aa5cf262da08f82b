//! Expiration and expired: events from the dates of what stands, unless it has been renewed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use time::OffsetDateTime;

use super::standing::Standing;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Event, Evidence, Kind};

/// One event for each certificate that stands somewhere unrenewed: `alert.expired` past its end, else
/// `business.expiration`, which the schedule owes to nobody before its opening. In the order in which
/// the certificates stand.
#[must_use]
pub fn events(standings: &[Standing], now: OffsetDateTime) -> Vec<Event> {
    let files = Successors::of(standings, now);
    let mut events: Vec<Event> = Vec::new();
    let mut index: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    for standing in standings {
        let certificate = &standing.certificate;
        // Nothing elsewhere silences an endpoint that still serves the old one.
        if !standing.sighting.is_endpoint && files.renews(certificate) {
            continue;
        }
        let at = *index.entry(certificate.fingerprint).or_insert_with(|| {
            events.push(Event {
                kind: if certificate.is_expired(now) { Kind::Expired } else { Kind::Expiration },
                evidence: Evidence::Derived,
                certificate: certificate.clone(),
                sightings: Vec::new(),
                left_out_by_successor: files.left_out(certificate),
            });
            events.len() - 1
        });
        events[at].sightings.push(standing.sighting.clone());
    }
    events
}

/// The certificates in watched files that may succeed another, by each of their names.
struct Successors<'a> {
    by_name: BTreeMap<String, Vec<&'a Certificate>>,
    by_subject: BTreeMap<&'a str, Vec<&'a Certificate>>,
}

impl<'a> Successors<'a> {
    fn of(standings: &'a [Standing], now: OffsetDateTime) -> Self {
        let mut successors = Self { by_name: BTreeMap::new(), by_subject: BTreeMap::new() };
        for standing in
            standings.iter().filter(|standing| !standing.sighting.is_endpoint && standing.certificate.is_valid(now))
        {
            let certificate = &standing.certificate;
            for name in names(certificate) {
                successors.by_name.entry(name).or_default().push(certificate);
            }
            successors.by_subject.entry(&certificate.subject).or_default().push(certificate);
        }
        successors
    }

    /// The certificates that would succeed `old` as far as dates and issuer go, by `name`.
    fn later<'b>(&'b self, old: &'b Certificate, name: &str) -> impl Iterator<Item = &'a Certificate> + 'b {
        let candidates = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        candidates.iter().copied().filter(|new| is_later(new, old))
    }

    /// Another watched file holds a successor whose names include every name of `old` literally.
    fn renews(&self, old: &Certificate) -> bool {
        let wanted = names(old);
        let Some(first) = wanted.first() else {
            let same_subject = self.by_subject.get(old.subject.as_str()).map(Vec::as_slice).unwrap_or_default();
            return same_subject.iter().any(|new| is_later(new, old));
        };
        self.later(old, first).any(|new| {
            let has = names(new);
            wanted.iter().all(|name| has.contains(name))
        })
    }

    /// The names of `old` that its closest would-be successor does not cover; none where there is no such one.
    fn left_out(&self, old: &Certificate) -> Vec<String> {
        let wanted = names(old);
        let missing_in = |new: &Certificate| {
            let has = names(new);
            wanted.iter().filter(|name| !has.contains(name)).cloned().collect::<Vec<_>>()
        };
        let candidates = wanted.iter().flat_map(|name| self.later(old, name));
        candidates
            .filter(|new| new.not_before > old.not_before)
            .map(missing_in)
            .min_by_key(Vec::len)
            .unwrap_or_default()
    }
}

/// Expires later, is valid now (only those are kept), and is not self-signed unless the old one is.
fn is_later(new: &Certificate, old: &Certificate) -> bool {
    new.not_after > old.not_after && (!new.is_self_issued || old.is_self_issued)
}

fn names(certificate: &Certificate) -> Vec<String> {
    let addresses = certificate.ip_addresses.iter().map(IpAddr::to_string);
    certificate.dns_names.iter().map(|name| name.to_ascii_lowercase()).chain(addresses).collect()
}
