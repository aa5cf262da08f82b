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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use time::macros::datetime;

    use super::*;
    use crate::certificate::{Certificate, Chain};
    use crate::names::EntryName;
    use crate::observation::ObservedCertificate;

    fn shown(fingerprint: Fingerprint) -> Observation {
        let leaf = Certificate { fingerprint, ..Certificate::from_date("CN=www", "", datetime!(2026-11-27 9:00 UTC)) };
        let chain = Chain { leaf: Arc::new(leaf), rest: Box::default() };
        Observation {
            entry: EntryName::new("www"),
            name: "www".into(),
            place: "/www.pem".into(),
            source: "/www.pem".into(),
            is_endpoint: false,
            on_disk: None,
            is_reached: true,
            outcome: Ok(Box::new(ObservedCertificate::new(chain))),
        }
    }

    #[test]
    fn certificates_are_found_by_the_whole_of_their_fingerprints_however_many_there_are() {
        // They differ at the end alone.
        let fingerprint = |number: u16| {
            let mut bytes = [7; 32];
            bytes[30..].copy_from_slice(&number.to_be_bytes());
            Fingerprint::new(bytes)
        };
        let (mut known, mut all) = (KnownLeaves::with_capacity(1), Vec::new());
        for number in 0..1000 {
            assert_eq!(known.find(&fingerprint(number), &all), None, "{number}");
            known.insert(&fingerprint(number), &all);
            all.push(shown(fingerprint(number)));
        }
        assert!((0..1000).all(|number| known.find(&fingerprint(number), &all) == Some(usize::from(number))));
    }

    #[test]
    fn one_inode_on_two_devices_is_two_files() {
        let mut known = KnownFiles::with_capacity(1);
        let met = [(1, 5), (2, 5), (1, 6), (1, 5), (2, 5)].map(|file| known.insert(file));
        assert_eq!(met, [true, true, true, false, false]);
    }
}
