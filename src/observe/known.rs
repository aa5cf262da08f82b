//! What an entry has shown so far, held in little room: its files may be a million.

use std::collections::hash_map::{Entry, RandomState};
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;

use hashbrown::HashTable;

use crate::certificate::Fingerprint;
use crate::observation::Observation;

/// Files by device and inode: one that is met again, by another name, shows nothing new.
pub(super) struct KnownFiles {
    by_device: HashMap<u64, HashSet<u64>>,
    expected: usize,
}

impl KnownFiles {
    pub(super) fn with_capacity(expected: usize) -> Self {
        Self { by_device: HashMap::new(), expected }
    }

    /// Whether it was not there before.
    pub(super) fn insert(&mut self, (device, inode): (u64, u64)) -> bool {
        // As a rule all of them are on one.
        let expected = if self.by_device.is_empty() { self.expected } else { 0 };
        let files = match self.by_device.entry(device) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(HashSet::with_capacity(expected)),
        };
        files.insert(inode)
    }
}

/// Where in the list of observations each certificate stands: nothing of it is written a second time.
pub(super) struct KnownLeaves {
    places: HashTable<u32>,
    hasher: RandomState,
}

impl KnownLeaves {
    pub(super) fn with_capacity(expected: usize) -> Self {
        Self { places: HashTable::with_capacity(expected), hasher: RandomState::new() }
    }

    pub(super) fn find(&self, fingerprint: &Fingerprint, all: &[Observation]) -> Option<usize> {
        let place = self.places.find(self.hasher.hash_one(fingerprint), |place| leaf(all, *place) == Some(fingerprint));
        place.map(|place| *place as usize)
    }

    /// Notes the certificate that comes next after `all`.
    pub(super) fn insert(&mut self, fingerprint: &Fingerprint, all: &[Observation]) {
        // Memory ends before the numbers do.
        let Ok(place) = u32::try_from(all.len()) else { return };
        let Self { places, hasher } = self;
        let hash = hasher.hash_one(fingerprint);
        places.insert_unique(hash, place, |place| leaf(all, *place).map_or(0, |known| hasher.hash_one(known)));
    }
}

fn leaf(all: &[Observation], place: u32) -> Option<&Fingerprint> {
    Some(&all.get(place as usize)?.outcome.as_ref().ok()?.chain.leaf.fingerprint)
}
