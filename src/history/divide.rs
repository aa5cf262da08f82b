//! What one of several runs that share a policy file remembers: its own places, and what belongs to them.

use std::collections::{BTreeMap, BTreeSet};

use super::{History, PlaceRecord};
use crate::certificate::Fingerprint;
use crate::policy::{Division, Shard, Site};

/// A memory that is another shard's, or of which other shards have a part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is the memory of shard {}", listed(.0))]
pub struct OfOtherShards(pub BTreeSet<Shard>);

fn listed(shards: &BTreeSet<Shard>) -> String {
    shards.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

impl History {
    /// Leaves what belongs to the shard, where this is a whole memory; where it is that of the shard, what has gone over
    /// to another one is left out.
    ///
    /// # Errors
    /// It is the memory of other shards, unless that is to be `ignored`.
    pub fn enter_shard(&mut self, division: Option<&Division>, ignored: bool) -> Result<(), OfOtherShards> {
        let own: BTreeSet<Shard> = division.map(Division::shard).into_iter().collect();
        if !self.shards.is_empty() && self.shards != own && !ignored {
            return Err(OfOtherShards(self.shards.clone()));
        }
        if let Some(division) = division {
            if self.shards == own {
                self.divide(&|site| !division.is_watched(site) || division.has(site));
            } else {
                self.divide(&|site| division.has(site));
            }
            if !division.shard().is_first() {
                // What is told once of the program itself, the first shard tells.
                self.written_by = Some(env!("CARGO_PKG_VERSION").to_owned());
            }
        }
        self.shards = own;
        Ok(())
    }

    /// Which shards two memories together are of; none where nothing is missing.
    pub(super) fn merge_shards(&mut self, other: &Self) {
        if self.last_run.is_none() {
            self.shards.clone_from(&other.shards);
        } else if other.last_run.is_some() && (self.shards.is_empty() || other.shards.is_empty()) {
            self.shards.clear();
        } else {
            self.shards.extend(&other.shards);
        }
        let of = self.shards.first().map(|shard| shard.count());
        let is_one_division = self.shards.iter().all(|shard| Some(shard.count()) == of);
        if is_one_division && of.is_some_and(|of| u32::try_from(self.shards.len()) == Ok(of)) && of != Some(1) {
            self.shards.clear();
        }
    }

    fn divide(&mut self, is_mine: &dyn Fn(Site<'_>) -> bool) {
        let mut elsewhere: BTreeSet<Fingerprint> = BTreeSet::new();
        let mut here: BTreeSet<Fingerprint> = BTreeSet::new();
        let places = &self.places;
        self.anomalies.retain(|place, _| match places.get(place) {
            Some(record) => is_mine(of_place(place, record)),
            None => is_mine(site(place, !place.starts_with('/'), place)),
        });
        self.places.retain(|place, record| {
            let stays = is_mine(of_place(place, record));
            if stays { &mut here } else { &mut elsewhere }.extend(shown(record));
            stays
        });
        if elsewhere.is_empty() && self.shards.len() == 1 {
            return;
        }
        let names: BTreeMap<Fingerprint, Option<&str>> =
            self.certificates.iter().map(|(fingerprint, record)| (*fingerprint, record.place.as_deref())).collect();
        let stays = |fingerprint: &Fingerprint| {
            here.contains(fingerprint)
                || (!elsewhere.contains(fingerprint)
                    && match names.get(fingerprint) {
                        Some(Some(source)) => is_mine(site(source, !source.starts_with('/'), source)),
                        _ => is_mine(Site::Other(&fingerprint.to_string())),
                    })
        };
        self.deliveries.retain(|fingerprint, _| stays(fingerprint));
        self.held.retain(|fingerprint, _| stays(fingerprint));
        self.snoozes.retain(|fingerprint, _| stays(fingerprint));
        self.revoked.retain(|fingerprint, _| stays(fingerprint));
        self.renewals.retain(|fingerprint, _| stays(fingerprint));
        self.undeployed.retain(|fingerprint, _| stays(fingerprint));
        for counted in self.left_over.values_mut().flat_map(BTreeMap::values_mut) {
            counted.retain(&stays);
        }
        let kept: BTreeSet<Fingerprint> = names.keys().copied().filter(stays).collect();
        self.certificates.retain(|fingerprint, _| kept.contains(fingerprint));
        self.divide_posted(|fingerprint| kept.contains(fingerprint));
        self.occurrences.retain(|id, record| match record.occurrence.locations.first() {
            Some(location) => is_mine(site(&location.place, location.is_endpoint, location.entry.as_str())),
            None => is_mine(Site::Other(id.as_str())),
        });
        let occurrences = &self.occurrences;
        for counted in self.occurrences_left_over.values_mut().flat_map(BTreeMap::values_mut) {
            counted.retain(|id| occurrences.contains_key(id));
        }
    }
}

fn of_place<'a>(place: &str, record: &'a PlaceRecord) -> Site<'a> {
    // A date and what a program printed have no path.
    let source = if place.starts_with('/') || record.is_endpoint { &*record.source } else { "" };
    site(source, record.is_endpoint, record.entry.as_str())
}

fn site<'a>(source: &'a str, is_endpoint: bool, entry: &'a str) -> Site<'a> {
    match source {
        _ if is_endpoint => Site::Endpoint(source),
        path if path.starts_with('/') => Site::File(path),
        _ => Site::Entry(entry),
    }
}

/// Every certificate that a place showed.
fn shown(record: &PlaceRecord) -> impl Iterator<Item = Fingerprint> {
    let served = record.served.values().map(|served| served.fingerprint);
    std::iter::once(record.fingerprint).chain(record.earlier.iter().copied()).chain(record.displaced).chain(served)
}
