//! What one place can make the memory hold: so many certificates, names and occurrences, the latest first.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::OffsetDateTime;

use super::{AnomalyRecord, ByChannel, CertificateRecord, History, Moment, OccurrenceRecord};
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, Evidence, FindingId, Occurrence, OccurrenceId};
use crate::policy::{Channel, ContactName};

/// Of certificates that no place shows and of which no recipient was reminded.
const MOST_UNREMINDED: usize = 32;
/// Of those of which recipients were reminded: a certificate that comes back is not reminded of anew.
const MOST_REMINDED: usize = 500;
/// Of occurrences that no recipient is owed any more.
const MOST_TOLD: usize = 100;
/// Of the moments at which something happened that is still owed: what happens at once counts once.
const MOST_OWED: usize = 500;
/// Of certificates that no place shows, and of occurrences, that keep all their names.
const LATEST: usize = 8;
/// Of the names of one certificate: no public authority signs as many.
const MOST_NAMES: usize = 1000;
/// The same where it is neither shown nor one of the latest.
const FEW_NAMES: usize = 50;
const MOST_USAGES: usize = 50;
/// Bytes of a DNS name (RFC 1035 §2.3.4 has 255).
const LONGEST_NAME: usize = 255;
/// Bytes of what has a few dozen: serial numbers (RFC 5280 §4.1.2.2 has 20 octets) and object identifiers.
const LONGEST_IDENTIFIER: usize = 128;

/// What is remembered of a certificate: all facts that are within the bounds.
pub(super) fn kept(certificate: &Certificate) -> Cow<'_, Certificate> {
    let is_large = certificate.dns_names.len() > MOST_NAMES
        || certificate.ip_addresses.len() > MOST_NAMES
        || certificate.usages.len() > MOST_USAGES
        || certificate.serial.len() > LONGEST_IDENTIFIER
        || certificate.dns_names.iter().any(|name| name.len() > LONGEST_NAME)
        || certificate.usages.iter().any(|usage| usage.len() > LONGEST_IDENTIFIER);
    if !is_large {
        return Cow::Borrowed(certificate);
    }
    let mut kept = certificate.clone();
    kept.dns_names.retain(|name| name.len() <= LONGEST_NAME);
    cut_names(&mut kept, MOST_NAMES);
    let usages = certificate.usages.iter().filter(|usage| usage.len() <= LONGEST_IDENTIFIER);
    kept.usages = usages.take(MOST_USAGES).cloned().collect();
    kept.serial.truncate(LONGEST_IDENTIFIER);
    Cow::Owned(kept)
}

/// The same of what happened to certificates.
pub(super) fn kept_of(mut occurrence: Occurrence) -> Occurrence {
    for certificate in certificates_of(&mut occurrence) {
        if let Cow::Owned(kept) = kept(certificate) {
            *certificate = kept;
        }
    }
    occurrence
}

/// Keeps the latest of what is remembered since a moment.
pub(super) fn keep_latest<K: Ord + Clone>(all: &mut BTreeMap<K, Moment>, most: usize) {
    if all.len() <= most {
        return;
    }
    let mut by_age: Vec<(Moment, K)> = all.iter().map(|(key, at)| (*at, key.clone())).collect();
    by_age.sort_unstable();
    for (_, oldest) in by_age.iter().take(all.len() - most) {
        all.remove(oldest);
    }
}

impl History {
    /// Forgets the certificates that a place showed longest ago where it has shown many, with what was told of them, and
    /// most names of the others. What is `shown`, what a place showed last and what a record still needs stays.
    pub(super) fn bound_certificates(&mut self, shown: &BTreeSet<Fingerprint>) {
        if self.certificates.keys().all(|fingerprint| shown.contains(fingerprint)) {
            return;
        }
        let needed = self.needed();
        let is_needed = |fingerprint: &Fingerprint| shown.contains(fingerprint) || needed.contains(fingerprint);
        let mut by_place: BTreeMap<(&str, bool), Vec<(OffsetDateTime, Fingerprint)>> = BTreeMap::new();
        for (fingerprint, record) in self.certificates.iter().filter(|(fingerprint, _)| !is_needed(fingerprint)) {
            let key = (place_of(record), self.was_reminded(*fingerprint));
            by_place.entry(key).or_default().push((record.last_seen, *fingerprint));
        }
        let (mut forgotten, mut cut) = (Vec::new(), Vec::new());
        for ((_, was_reminded), mut all) in by_place {
            all.sort_unstable_by_key(|seen| Reverse(*seen));
            let most = if was_reminded { MOST_REMINDED } else { MOST_UNREMINDED };
            let fingerprints = all.into_iter().map(|(_, fingerprint)| fingerprint).enumerate().skip(LATEST);
            for (age, fingerprint) in fingerprints {
                if age < most { &mut cut } else { &mut forgotten }.push(fingerprint);
            }
        }
        for fingerprint in forgotten {
            self.certificates.remove(&fingerprint);
            self.deliveries.remove(&fingerprint);
        }
        for fingerprint in cut {
            if let Some(record) = self.certificates.get_mut(&fingerprint) {
                cut_names(Arc::make_mut(&mut record.facts), FEW_NAMES);
            }
        }
    }

    /// The certificates that records other than deliveries are about.
    fn needed(&self) -> BTreeSet<Fingerprint> {
        let places = self.places.values().flat_map(|place| {
            let served = place.served.values().map(|served| served.fingerprint);
            std::iter::once(place.fingerprint).chain(place.displaced).chain(served)
        });
        let anomalies = self.anomalies.values().flat_map(BTreeMap::values).filter_map(|anomaly| anomaly.fingerprint);
        let keys = self.undeployed.keys().chain(self.snoozes.keys()).chain(self.held.keys());
        places.chain(anomalies).chain(keys.copied()).collect()
    }

    fn was_reminded(&self, fingerprint: Fingerprint) -> bool {
        let kinds = self.deliveries.get(&fingerprint);
        kinds.is_some_and(|kinds| super::deliveries::REMINDERS.iter().any(|kind| kinds.contains_key(kind)))
    }

    /// Forgets what happened at a place longest ago where much has happened and no recipient is owed it, and most names
    /// of the certificates in what it keeps. Reports are of people, and wait for as long as they are owed.
    pub(super) fn bound_occurrences(&mut self) {
        let lasting = lasting(&self.anomalies);
        let (mut forgotten, mut cut) = (Vec::new(), Vec::new());
        for all in self.latest_by_place().into_values() {
            let told = all.iter().filter(|(id, record)| record.owed.is_empty() && !lasting.contains(id));
            forgotten.extend(told.skip(MOST_TOLD).map(|(id, _)| (*id).clone()));
            cut.extend(all.iter().skip(LATEST).map(|(id, _)| (*id).clone()));
        }
        for id in forgotten {
            self.occurrences.remove(&id);
        }
        for id in cut {
            if let Some(record) = self.occurrences.get_mut(&id) {
                certificates_of(&mut record.occurrence).for_each(|certificate| cut_names(certificate, FEW_NAMES));
                if let Detail::Replaced { no_longer_covered, .. } = &mut record.occurrence.detail {
                    no_longer_covered.truncate(FEW_NAMES);
                }
            }
        }
    }

    /// Gives up what has been owed longest of a place where too much has happened.
    pub(super) fn expire_excess(&mut self) -> Vec<(ContactName, Channel, Occurrence)> {
        let mut excess = Vec::new();
        for all in self.latest_by_place().into_values() {
            let mut moments = BTreeSet::new();
            for (id, record) in all.iter().filter(|(_, record)| !record.owed.is_empty()) {
                if moments.len() >= MOST_OWED && !moments.contains(&record.occurrence.at) {
                    excess.push((*id).clone());
                } else {
                    moments.insert(record.occurrence.at);
                }
            }
        }
        let mut given_up = Vec::new();
        for id in excess {
            if let Some(record) = self.occurrences.get_mut(&id) {
                let owed: ByChannel<Moment> = std::mem::take(&mut record.owed);
                for (contact, channels) in owed {
                    let occurrence = &record.occurrence;
                    given_up.extend(channels.into_keys().map(|channel| (contact.clone(), channel, occurrence.clone())));
                }
            }
        }
        given_up
    }

    /// What was seen to happen at each place, the latest first.
    fn latest_by_place(&self) -> BTreeMap<&str, Vec<(&OccurrenceId, &OccurrenceRecord)>> {
        let mut by_place: BTreeMap<&str, Vec<(&OccurrenceId, &OccurrenceRecord)>> = BTreeMap::new();
        for (id, record) in &self.occurrences {
            let Occurrence { evidence, locations, .. } = &record.occurrence;
            if let (Some(first), Evidence::Observed | Evidence::Derived) = (locations.first(), evidence) {
                by_place.entry(&first.place).or_default().push((id, record));
            }
        }
        for all in by_place.values_mut() {
            all.sort_by_key(|(_, record)| Reverse(record.last()));
        }
        by_place
    }
}

/// The occurrences by which recipients were told of what lasts.
#[must_use]
pub fn lasting(anomalies: &BTreeMap<String, BTreeMap<FindingId, AnomalyRecord>>) -> BTreeSet<&OccurrenceId> {
    anomalies.values().flat_map(BTreeMap::values).filter_map(|anomaly| anomaly.told_as.as_ref()).collect()
}

/// Where a certificate was seen last; an earlier certnotify knew only by which entry.
fn place_of(record: &CertificateRecord) -> &str {
    record.place.as_deref().or_else(|| record.names.iter().next().map(AsRef::as_ref)).unwrap_or_default()
}

fn cut_names(certificate: &mut Certificate, most: usize) {
    certificate.dns_names.truncate(most);
    certificate.ip_addresses.truncate(most);
}

/// The certificates in what happened.
fn certificates_of(occurrence: &mut Occurrence) -> impl Iterator<Item = &mut Certificate> {
    occurrence.certificate.iter_mut().chain(occurrence.detail.other_certificate_mut())
}
