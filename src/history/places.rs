//! What each place last looked like, as one look after another is remembered.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::{CertificateRecord, EARLIER, FolderRecord, History, Moment, PlaceRecord};
use crate::certificate::Fingerprint;
use crate::observation::{Observation, Sight};

impl History {
    /// Remembers what a look showed; a look that showed nothing changes nothing.
    pub fn note_sight(&mut self, observation: &Observation, now: OffsetDateTime) {
        let Ok(sight) = &observation.outcome else { return };
        let leaf = &sight.chain.leaf;
        let before = self.places.remove(&observation.place);
        self.places.insert(observation.place.clone(), place_record(observation, sight, before, now));
        self.issuers.insert(leaf.issuer.clone(), Moment(now));
        let record = self.certificates.entry(leaf.fingerprint).or_insert_with(|| CertificateRecord {
            facts: leaf.clone(),
            names: BTreeSet::new(),
            last_seen: now,
        });
        if record.facts != *leaf {
            // An earlier certnotify knew less of it.
            record.facts.clone_from(leaf);
        }
        record.last_seen = now;
        record.names.insert(observation.name.clone());
    }

    /// Remembers that another certificate, no successor, stands in the place of `displaced`; the next run settles it.
    pub fn note_displaced(&mut self, place: &str, displaced: Fingerprint) {
        if let Some(record) = self.places.get_mut(place) {
            record.displaced = Some(displaced);
        }
    }
}

fn place_record(
    observation: &Observation,
    sight: &Sight,
    before: Option<PlaceRecord>,
    now: OffsetDateTime,
) -> PlaceRecord {
    let mut record = PlaceRecord {
        entry: observation.entry.clone(),
        name: observation.name.clone(),
        source: observation.source.clone(),
        is_endpoint: observation.is_endpoint,
        address: sight.address.clone(),
        fingerprint: sight.chain.leaf.fingerprint,
        last_seen: now,
        missing: 0,
        also: BTreeSet::new(),
        earlier: Vec::new(),
        displaced: None,
        root: sight.chain.root().map(str::to_owned),
        folder: None,
        key: None,
    };
    if let Some(on_disk) = &observation.on_disk {
        record.folder =
            on_disk.folder.map(|folder| FolderRecord { pattern: on_disk.pattern.to_string(), device: folder.device });
        record.key.clone_from(&on_disk.key);
    }
    let Some(before) = before else { return record };
    if before.last_seen == now {
        // Two entries of one run watch it: the first one has it.
        record.also.clone_from(&before.also);
        if before.entry != record.entry {
            record.also.insert(std::mem::replace(&mut record.entry, before.entry));
            record.name = before.name;
            record.source = before.source;
        }
        record.earlier = before.earlier;
        return record;
    }
    record.earlier = before.earlier;
    if before.fingerprint != record.fingerprint {
        record.earlier.retain(|fingerprint| *fingerprint != record.fingerprint);
        record.earlier.insert(0, before.fingerprint);
        record.earlier.truncate(EARLIER);
    }
    record
}
