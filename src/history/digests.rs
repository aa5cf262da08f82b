//! What is remembered for digests: the last one of each contact, and what was renewed since.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{History, Moment};
use crate::event::Detail;
use crate::policy::{Channel, ContactName, EntryName};

/// Renewals that wait for a digest. At 100,000 certificates of 45 days each a week has 16,000.
const MOST_RENEWED: usize = 50_000;
/// A renewal that no digest has told by then is told by none.
const LONGEST_WAIT: Duration = Duration::days(60);

/// The last digest of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DigestRecord {
    /// The run that put it together.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// From when on it tells renewals, by channel.
    #[serde(default)]
    pub since: BTreeMap<Channel, Moment>,
    /// The moment that the policy file asks for.
    #[serde(with = "time::serde::rfc3339")]
    pub slot: OffsetDateTime,
}

/// That a certificate was renewed, as a digest tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RenewedRecord {
    /// The run that saw it.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub entry: EntryName,
    pub name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}

impl DigestRecord {
    /// The earliest renewal that the next digest may have to tell.
    fn needed_from(&self) -> OffsetDateTime {
        self.since.values().map(|since| since.0).chain([self.at]).min().unwrap_or(self.at)
    }
}

impl History {
    /// Keeps renewals for the digests to come; the same one is kept once.
    pub fn note_renewed(&mut self, renewed: impl IntoIterator<Item = RenewedRecord>) {
        let mut known: BTreeSet<(String, String, OffsetDateTime)> =
            self.renewed.iter().map(|one| (one.entry.as_str().to_owned(), one.name.clone(), one.until)).collect();
        for one in renewed {
            if known.insert((one.entry.as_str().to_owned(), one.name.clone(), one.until)) {
                self.renewed.push(one);
            }
        }
        let excess = self.renewed.len().saturating_sub(MOST_RENEWED);
        self.renewed.drain(..excess);
    }

    /// Forgets the renewals that every digest has told, and the digests of contacts that are not among `wanted`.
    pub fn prune_digests(&mut self, wanted: &dyn Fn(&ContactName) -> bool, now: OffsetDateTime) {
        self.digests.retain(|contact, _| wanted(contact));
        let from = self.digests.values().map(DigestRecord::needed_from).min();
        let oldest = now.saturating_sub(LONGEST_WAIT);
        self.renewed.retain(|one| from.is_some_and(|from| from < one.at) && oldest <= one.at);
    }

    /// Of each contact, the channels by which its last digest has not gone out.
    #[must_use]
    pub fn unsent_digests(&self) -> BTreeMap<ContactName, BTreeSet<Channel>> {
        let mut unsent: BTreeMap<ContactName, BTreeSet<Channel>> = BTreeMap::new();
        let digests = self.occurrences.values().filter(|record| contact_of(&record.occurrence.detail).is_some());
        for record in digests {
            for (contact, channels) in &record.owed {
                // By mail it counts for all once an address has it: one that takes nothing does not make the others
                // hear of the same renewals again.
                let has_it = |channel: Channel| channel == Channel::Email && record.told_by_mail.contains_key(contact);
                let channels = channels.keys().copied().filter(|channel| !has_it(*channel));
                unsent.entry(contact.clone()).or_default().extend(channels);
            }
        }
        unsent
    }

    /// Other digests take the place of those before them: what was not sent of these is not sent any more.
    pub fn drop_unsent_digests(&mut self, contacts: &BTreeSet<&str>) {
        for record in self.occurrences.values_mut() {
            if contact_of(&record.occurrence.detail).is_some_and(|contact| contacts.contains(contact)) {
                record.owed.clear();
            }
        }
    }

    /// Of a digest that is told nothing but its numbers is kept.
    pub fn shorten_digests(&mut self) {
        for record in self.occurrences.values_mut().filter(|record| record.owed.is_empty()) {
            if let Detail::Digest { digest } = &mut record.occurrence.detail {
                digest.shorten();
            }
        }
    }
}

fn contact_of(detail: &Detail) -> Option<&str> {
    match detail {
        Detail::Digest { digest } => Some(digest.contact.as_str()),
        _ => None,
    }
}
