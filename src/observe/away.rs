//! Remembered files that no look found, and whose own folder is not there: not deleted, but not to be seen.

use std::collections::{HashMap, HashSet};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cause::{FileCause, FolderError, SystemError};
use crate::event::FindingId;
use crate::history::{FolderRecord, History, PlaceRecord};
use crate::observation::{Failure, Observation, OnDisk};

/// Why nothing can be said to be missing from a folder.
type Away = Option<FolderError>;

/// The remembered files that no look was at.
pub(super) fn unseen<'h>(observations: &[Observation], history: &'h History) -> Vec<(&'h str, &'h PlaceRecord)> {
    let in_files = observations.iter().filter(|observation| observation.on_disk.is_some());
    let mut seen: HashSet<&str> = HashSet::with_capacity(observations.len());
    seen.extend(in_files.map(|observation| &*observation.source));
    let places = history.places.iter().filter(|(_, record)| record.folder.is_some());
    let unseen = places.filter(|(_, record)| !seen.contains(&*record.source));
    unseen.map(|(place, record)| (place.as_str(), record)).collect()
}

/// A failed look for each of the `unseen` files that should be among `observations`, and is not because the directory
/// that it was in is gone, is empty and on another device, or cannot be read.
pub(super) fn away(observations: &[Observation], unseen: &[(&str, &PlaceRecord)]) -> Vec<Observation> {
    let mut patterns: HashMap<&str, &Observation> = HashMap::new();
    let mut failures: HashSet<&Path> = HashSet::new();
    for observation in observations {
        if let Some(on_disk) = &observation.on_disk {
            patterns.entry(&on_disk.search.pattern).or_insert(observation);
            if observation.outcome.as_ref().is_err_and(|failure| failure.id != FindingId::NothingFound) {
                failures.insert(Path::new(&*observation.place));
            }
        }
    }
    let failed_above = |path: &Path| !failures.is_empty() && path.ancestors().any(|above| failures.contains(above));
    let mut folders: HashMap<PathBuf, Away> = HashMap::new();
    let missed = unseen.iter().filter_map(|(place, record)| {
        let folder = record.folder.as_ref()?;
        let look = *patterns.get(&*folder.pattern)?;
        // What cannot be read above it says enough; a pattern of which not even the beginning is there says it for all.
        let is_told = look.on_disk.as_ref()?.search.folder.is_none() || failed_above(Path::new(&*record.source));
        if is_told {
            return None;
        }
        let own = Path::new(&*record.source).parent()?;
        let why = folders.entry(own.to_owned()).or_insert_with(|| why_away(own, folder)).clone()?;
        Some(failed(place, record, look, (own, why)))
    });
    missed.collect()
}

fn why_away(own: &Path, known: &FolderRecord) -> Away {
    let look = || -> io::Result<(u64, bool)> {
        let device = std::fs::metadata(own)?.dev();
        Ok((device, std::fs::read_dir(own)?.next().is_none()))
    };
    match look() {
        Ok((device, is_empty)) if is_empty && device != known.own_device.unwrap_or(known.device) => {
            Some(FolderError::Empty)
        }
        Ok(_) => None,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Some(FolderError::NotThere)
        }
        Err(error) => Some(FolderError::Unreadable(SystemError::from_io(&error))),
    }
}

fn failed(place: &str, record: &PlaceRecord, look: &Observation, (own, error): (&Path, FolderError)) -> Observation {
    let cause = FileCause::Away { path: record.source.to_string(), folder: own.display().to_string(), error };
    let help = "mount or restore the folder; after 7 days the certificate counts as deleted";
    Observation {
        entry: look.entry.clone(),
        name: Arc::clone(&record.name),
        place: place.into(),
        source: Arc::clone(&record.source),
        is_endpoint: false,
        is_reached: true,
        on_disk: Some(OnDisk {
            search: look.on_disk.as_ref().map(|on_disk| Arc::clone(&on_disk.search)).unwrap_or_default(),
            is_absent: false,
            is_away: true,
            key: record.key.clone(),
        }),
        outcome: Err(Box::new(Failure::new(FindingId::Unreadable, cause).with_help(help))),
    }
}
