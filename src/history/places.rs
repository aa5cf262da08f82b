//! What each place last looked like, as one look after another is remembered.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{CertificateRecord, History, Moment, NameSet, bounds};
use crate::certificate::{Certificate, DistinguishedName, Fingerprint, Limit};
use crate::observation::{KeyFile, Observation, ObservedCertificate, Search};
use crate::policy::EntryName;

/// What a place last looked like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlaceRecord {
    pub address: Option<String>,
    /// Further entries that watch it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub also: BTreeSet<EntryName>,
    /// Since when it could not be looked for where it was: its folder is gone, or its name leads to other addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<Moment>,
    /// The certificate of which the last run saw that another one, no successor, stands in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub displaced: Option<Fingerprint>,
    /// What it showed before, latest first, no more than `EARLIER`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Fingerprint>,
    pub entry: EntryName,
    /// The certificate that it showed last.
    pub fingerprint: Fingerprint,
    /// The folder of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<FolderRecord>,
    pub is_endpoint: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Box<KeyFile>>,
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen: OffsetDateTime,
    /// The issuer that ends before the certificate, as the chain at this place has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited_by: Option<Box<Limit>>,
    /// Runs in a row that did not find it, though its folder was there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missing: u32,
    pub name: Arc<str>,
    /// The subject of the root that its chain leads to, where the chain tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<DistinguishedName>,
    /// Of a file: what was served last where it should be, by endpoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub served: BTreeMap<String, ServedRecord>,
    pub source: Arc<str>,
}

/// What an endpoint served where the certificate of a file should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServedRecord {
    pub fingerprint: Fingerprint,
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen: OffsetDateTime,
}

/// Where a file was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FolderRecord {
    pub device: u64,
    /// Of the directory that the file itself is in; without it, that is `device`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_device: Option<u64>,
    pub pattern: Arc<str>,
}

/// What a place showed before is remembered this far back: old and new served in turn are no news.
const EARLIER: usize = 8;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl History {
    /// Remembers what a look showed; a look that showed nothing changes nothing.
    pub fn note_observation(&mut self, observation: &Observation, now: OffsetDateTime) {
        let Ok(sight) = &observation.outcome else { return };
        let leaf = &sight.chain.leaf;
        match self.places.get_mut(&*observation.place) {
            Some(known) if is_as_before(known, observation, sight, now) => known.note_seen(now),
            Some(known) => {
                let record = place_record(observation, sight, Some(&mut *known), now);
                *known = record;
            }
            None => {
                self.places.insert(observation.place.to_string(), place_record(observation, sight, None, now));
            }
        }
        match self.issuers.get_mut(&*leaf.issuer) {
            Some(last_seen) => *last_seen = Moment(now),
            // What signs itself and is no authority issues nothing else.
            None if leaf.is_date() || (leaf.is_self_issued && !leaf.is_authority) => {}
            None => drop(self.issuers.insert(leaf.issuer.to_string(), Moment(now))),
        }
        self.note_certificate(leaf, observation, now);
        for served in sight.checks().deployments.iter().filter_map(|deployment| deployment.served.as_ref().ok()) {
            self.note_certificate(served, observation, now);
        }
    }

    fn note_certificate(&mut self, leaf: &Arc<Certificate>, observation: &Observation, now: OffsetDateTime) {
        let leaf = &match bounds::kept(leaf) {
            Cow::Borrowed(_) => Arc::clone(leaf),
            Cow::Owned(kept) => Arc::new(kept),
        };
        let record = self.certificates.entry(leaf.fingerprint).or_insert_with(|| CertificateRecord {
            facts: Arc::clone(leaf),
            names: NameSet::default(),
            place: None,
            is_unwatched: false,
            last_seen: now,
        });
        // Of several places of one run, the one whose chain ends first counts.
        let ends_later = record.last_seen == now && record.facts.effective_end() < leaf.effective_end();
        if !ends_later {
            // An earlier certnotify knew less of it, or the chain has changed.
            record.facts = Arc::clone(leaf);
        }
        record.last_seen = now;
        record.is_unwatched = false;
        record.names.insert(&observation.name);
        if record.place.as_deref() != Some(&observation.source) {
            record.place = Some(Arc::clone(&observation.source));
        }
    }

    /// Remembers that the entries of places with these certificates are gone from the policy file; not of one that
    /// another place shows.
    pub fn note_unwatched(&mut self, mut left: BTreeSet<Fingerprint>, now: OffsetDateTime) {
        if left.is_empty() {
            return;
        }
        for place in self.places.values() {
            left.remove(&place.fingerprint);
        }
        for fingerprint in left {
            if let Some(record) = self.certificates.get_mut(&fingerprint).filter(|record| record.last_seen < now) {
                record.is_unwatched = true;
            }
        }
    }

    /// Remembers that another certificate, no successor, stands in the place of `displaced`; the next run settles it.
    pub fn note_displaced(&mut self, place: &str, displaced: Fingerprint) {
        if let Some(record) = self.places.get_mut(place) {
            record.displaced = Some(displaced);
        }
    }
}

impl PlaceRecord {
    /// The entries that watch it, in the order of the policy file the first, and then the others.
    pub fn entries(&self) -> impl Iterator<Item = &EntryName> {
        std::iter::once(&self.entry).chain(&self.also)
    }

    /// It shows what it showed, as it did.
    fn note_seen(&mut self, now: OffsetDateTime) {
        self.last_seen = now;
        self.missing = 0;
        self.away = None;
        self.displaced = None;
    }
}

/// Whether nothing is to be changed in the record of a place but that it was seen. What is served elsewhere, and what
/// several entries watch, is put together anew.
fn is_as_before(
    known: &PlaceRecord,
    observation: &Observation,
    sight: &ObservedCertificate,
    now: OffsetDateTime,
) -> bool {
    let is_same_file = match &observation.on_disk {
        Some(on_disk) => is_folder(known.folder.as_ref(), &on_disk.search) && known.key == on_disk.key,
        None => known.folder.is_none() && known.key.is_none(),
    };
    let leaf = &sight.chain.leaf;
    is_same_file
        && known.last_seen != now
        && known.also.is_empty()
        && sight.checks().deployments.is_empty()
        && known.fingerprint == leaf.fingerprint
        && known.limited_by == leaf.limited_by
        && known.is_endpoint == observation.is_endpoint
        && known.entry == observation.entry
        && known.name == observation.name
        && known.source == observation.source
        && known.address == sight.connection().address
        && known.root.as_ref() == sight.chain.root()
}

fn is_folder(known: Option<&FolderRecord>, search: &Search) -> bool {
    match (known, search.folder) {
        (Some(known), Some(folder)) => {
            known.device == folder.device
                && known.own_device == search.own_device.filter(|own| *own != folder.device)
                && known.pattern == search.pattern
        }
        (known, folder) => known.is_none() && folder.is_none(),
    }
}

fn folder_record(search: &Search) -> Option<FolderRecord> {
    search.folder.map(|folder| FolderRecord {
        pattern: Arc::clone(&search.pattern),
        device: folder.device,
        own_device: search.own_device.filter(|own| *own != folder.device),
    })
}

/// What is remembered of a place now; what stays of `before` is taken out of it.
fn place_record(
    observation: &Observation,
    sight: &ObservedCertificate,
    mut before: Option<&mut PlaceRecord>,
    now: OffsetDateTime,
) -> PlaceRecord {
    let mut record = PlaceRecord {
        entry: observation.entry.clone(),
        name: Arc::clone(&observation.name),
        source: Arc::clone(&observation.source),
        is_endpoint: observation.is_endpoint,
        address: sight.connection().address.clone(),
        fingerprint: sight.chain.leaf.fingerprint,
        last_seen: now,
        missing: 0,
        away: None,
        also: BTreeSet::new(),
        earlier: Vec::new(),
        displaced: None,
        root: sight.chain.root().cloned(),
        limited_by: sight.chain.leaf.limited_by.clone(),
        served: BTreeMap::new(),
        folder: None,
        key: None,
    };
    if let Some(on_disk) = &observation.on_disk {
        record.folder = folder_record(&on_disk.search);
        record.key.clone_from(&on_disk.key);
    }
    // Of an endpoint that was not reached, what it served last.
    record.served = before.as_mut().map(|before| std::mem::take(&mut before.served)).unwrap_or_default();
    for deployment in &sight.checks().deployments {
        if let Ok(served) = &deployment.served {
            let seen = ServedRecord { fingerprint: served.fingerprint, last_seen: now };
            record.served.insert(deployment.endpoint.clone(), seen);
        }
    }
    let Some(before) = before else { return record };
    record.earlier = std::mem::take(&mut before.earlier);
    if before.last_seen == now {
        // Two entries of one run watch it: the first one has it.
        record.also = std::mem::take(&mut before.also);
        if before.entry != record.entry {
            record.also.insert(std::mem::replace(&mut record.entry, before.entry.clone()));
            record.name.clone_from(&before.name);
            record.source.clone_from(&before.source);
        }
        return record;
    }
    if before.fingerprint != record.fingerprint {
        record.earlier.retain(|fingerprint| *fingerprint != record.fingerprint);
        record.earlier.insert(0, before.fingerprint);
        record.earlier.truncate(EARLIER);
    }
    record
}
