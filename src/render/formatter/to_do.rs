//! What is to be done where a reminder and what happened stand in one message: nothing that contradicts itself.

use super::{Formatter, PLACES};
use crate::event::{Detail, EventKind, FindingId, Occurrence};
use crate::render::distinct;
use crate::render::occurrence_row::Item;
use crate::render::wording::Remark;

impl Formatter<'_> {
    /// What to do about what happened; about the faults of one certificate it is one thing.
    pub(in crate::render) fn what_to_do(&self, occurrences: &[&Occurrence]) -> Vec<String> {
        distinct(occurrences.iter().filter_map(|occurrence| {
            let to_do = own_fault(occurrence).and_then(|_| self.about_all_faults(occurrence, occurrences));
            to_do.or_else(|| self.news_to_do(occurrence))
        }))
    }

    /// Where the certificate of `occurrence` has several at its places.
    fn about_all_faults(&self, occurrence: &Occurrence, all: &[&Occurrence]) -> Option<String> {
        let places = self.places_of(&occurrence.locations, PLACES);
        let is_beside = |other: &&&Occurrence| {
            other.located() == occurrence.located() && self.places_of(&other.locations, PLACES) == places
        };
        let faults = distinct(all.iter().filter(is_beside).filter_map(|other| own_fault(other)));
        (faults.len() > 1).then(|| self.words.another_certificate(&faults, &places))
    }

    /// Everything that there is to do, without what contradicts itself: of a certificate with a reminder one instruction,
    /// at `places` of its places, and those that a new certificate does not settle.
    pub(in crate::render) fn instructions(&self, item: &Item<'_>, places: usize) -> Vec<String> {
        let Item::Due(row) = item else { return self.actions(item) };
        let renew = || self.load_it(row).or_else(|| self.renew(item, places)).unwrap_or_default();
        let (settled, others): (Vec<&Occurrence>, Vec<&Occurrence>) =
            row.occurrences.iter().copied().partition(|occurrence| is_settled(occurrence));
        let urgent: Vec<&Occurrence> = settled.iter().copied().filter(|occurrence| is_urgent(occurrence)).collect();
        let mut first = self.what_to_do(&urgent);
        first.truncate(1);
        let mut first = vec![first.pop().unwrap_or_else(renew)];
        let faults = settled.iter().filter_map(|occurrence| fault(occurrence));
        let faults = distinct(faults.map(|fault| self.words.finding(fault).to_owned()));
        if !faults.is_empty() {
            first.push(self.words.remark(Remark::NewWithout { faults: &self.words.list(&faults, 0) }));
        }
        std::iter::once(self.words.sentences(&first)).chain(self.what_to_do(&others)).collect()
    }
}

/// What is wrong with the certificate, wherever it stands.
fn own_fault(occurrence: &Occurrence) -> Option<FindingId> {
    match occurrence.detail {
        Detail::FindingOpened { finding, .. } if finding.ends_with_the_certificate() => Some(finding),
        _ => None,
    }
}

/// A new certificate in the same place settles it.
fn is_settled(occurrence: &Occurrence) -> bool {
    if let Detail::Reported { .. } = occurrence.detail {
        let kinds = [EventKind::Revocation, EventKind::Expiration, EventKind::Expired, EventKind::HostingFailure];
        kinds.contains(&occurrence.kind)
    } else {
        is_urgent(occurrence) || fault(occurrence).is_some()
    }
}

/// It says more of why a new certificate is needed now than the reminder does.
fn is_urgent(occurrence: &Occurrence) -> bool {
    let is_reported = matches!(occurrence.detail, Detail::Reported { .. });
    matches!(occurrence.detail, Detail::Revoked { .. } | Detail::RenewalMovedForward { .. })
        || is_reported && occurrence.kind == EventKind::Revocation
}

/// What is wrong with the certificate itself.
fn fault(occurrence: &Occurrence) -> Option<FindingId> {
    let Detail::FindingOpened { finding, .. } = &occurrence.detail else { return None };
    let is_of_the_place = matches!(
        finding,
        FindingId::Unreachable
            | FindingId::Unreadable
            | FindingId::Unparsable
            | FindingId::NothingFound
            | FindingId::ChainIncomplete
            | FindingId::ChainMisordered
            | FindingId::Superseded
            | FindingId::NotDeployed
            | FindingId::RenewalLate
            | FindingId::LegacyProtocol
    );
    (!is_of_the_place).then_some(*finding)
}
