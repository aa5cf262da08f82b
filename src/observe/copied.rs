//! Remembered files that hold a copy of what another file of their entry holds: they are there, and have changed.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::file::Reader;
use super::scanned::{Password, exposed};
use crate::certificate::Fingerprint;
use crate::event::file_of;
use crate::fault::contained;
use crate::history::{History, PlaceRecord};
use crate::names::EntryName;
use crate::observation::Observation;

/// Of the files of one entry only one shows each certificate. A look for each of the `unseen` files that is not among
/// `observations` for that reason alone, where it or the other one showed another certificate before.
pub(super) fn copied(
    observations: &[Observation],
    unseen: &[(&str, &PlaceRecord)],
    history: &History,
    password_of: impl Fn(&EntryName) -> Option<Password>,
) -> Vec<Observation> {
    let on_disk = observations.iter().filter_map(|observation| observation.on_disk.as_ref());
    let patterns: HashSet<&str> = on_disk.map(|on_disk| &*on_disk.search.pattern).collect();
    let is_asked =
        |record: &PlaceRecord| record.folder.as_ref().is_some_and(|folder| patterns.contains(&*folder.pattern));
    // Of what is in one file, the first stands at its path.
    let unseen = unseen.iter().filter(|(place, record)| is_asked(record) && file_of(place) == *place);
    let shown: HashMap<(&EntryName, Fingerprint), &Observation> =
        observations.iter().filter_map(|look| Some(((&look.entry, leaf(look)?), look))).collect();
    let mut reader = Reader::default();
    let copies = unseen.flat_map(|&(place, record)| {
        let path = Path::new(&*record.source);
        let mut without_password = None;
        let of_entry = |entry| {
            let held = match password_of(entry) {
                None => *without_password.get_or_insert_with(|| first_in(&mut reader, path, None)),
                password => first_in(&mut reader, path, exposed(password.as_ref())),
            };
            let held = held?;
            let shown = *shown.get(&(entry, held))?;
            let other = history.places.get(&*shown.place);
            // Where both hold what they always did, the other one shows it better.
            let has_changed = has_changed(record, held) || other.is_some_and(|other| has_changed(other, held));
            has_changed.then(|| copy(place, record, shown))
        };
        record.entries().filter_map(of_entry).collect::<Vec<_>>()
    });
    copies.collect()
}

fn has_changed(record: &PlaceRecord, held: Fingerprint) -> bool {
    record.fingerprint != held || !record.earlier.is_empty()
}

fn leaf(observation: &Observation) -> Option<Fingerprint> {
    observation.on_disk.as_ref()?;
    Some(observation.outcome.as_ref().ok()?.chain.leaf.fingerprint)
}

/// The first certificate of a file; none where it is not there or does not open.
fn first_in(reader: &mut Reader, path: &Path, password: Option<&str>) -> Option<Fingerprint> {
    let read = contained(|| {
        let contents = reader.read(path, false, password).ok()?.contents;
        Some(contents.linked().first()?.leaf.certificate.fingerprint)
    });
    read.unwrap_or_else(|_| {
        // It may hold a part of what was read.
        *reader = Reader::default();
        None
    })
}

/// What `shown` is, at the place of `record`.
fn copy(place: &str, record: &PlaceRecord, shown: &Observation) -> Observation {
    let mut copy = shown.clone();
    copy.name = match record.name.strip_prefix(record.entry.as_str()) {
        Some(rest) if record.entry != shown.entry => format!("{}{rest}", shown.entry).into(),
        _ => Arc::clone(&record.name),
    };
    (copy.place, copy.source) = (place.into(), Arc::clone(&record.source));
    if let Some(on_disk) = &mut copy.on_disk {
        on_disk.key.clone_from(&record.key);
    }
    if let Ok(sight) = &mut copy.outcome {
        // That of its own key stands with the other.
        sight.key_mismatch = None;
    }
    copy
}
