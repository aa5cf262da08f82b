//! What the looks of one run say of each remembered place: there, failing, missing, or watched no more.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::FindingId;
use crate::history::{History, PlaceRecord};
use crate::observation::{Folder, Observation};
use crate::policy::{Entry, EntryName};

/// What a run says of a remembered place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocationStatus {
    Seen,
    /// The look failed, with the clause that says why: nobody knows whether the certificate is still there.
    Failing(String),
    /// Its folder was there and it was not.
    Missing,
    /// Its entry was not picked, or the time for looking was over before.
    NotLookedAt,
    /// No entry watches it any more.
    NotWatched,
}

/// A place that one run did not find may be on its way back; one that two did not find is gone.
const GONE_AFTER_RUNS: u32 = 2;

impl LocationStatus {
    /// Whether the place leaves the memory with this run.
    #[must_use]
    pub fn is_last(&self, record: &PlaceRecord) -> bool {
        *self == Self::NotWatched || self.is_gone(record)
    }

    /// Missing often enough to be gone.
    #[must_use]
    pub fn is_gone(&self, record: &PlaceRecord) -> bool {
        *self == Self::Missing && record.missing + 1 >= GONE_AFTER_RUNS
    }
}

/// The looks of one run, as the fate of a place asks for them.
struct ObservationIndex<'a> {
    entries: BTreeSet<&'a str>,
    by_entry: BTreeMap<&'a str, Vec<&'a Observation>>,
    by_place: BTreeMap<&'a str, &'a Observation>,
    by_pattern: BTreeMap<&'a str, Option<Folder>>,
}

/// The fate of every remembered place.
#[must_use]
pub fn location_statuses<'a>(
    entries: &[&Entry],
    observations: &[Observation],
    history: &'a History,
) -> BTreeMap<&'a str, LocationStatus> {
    let mut looks = ObservationIndex {
        entries: entries.iter().map(|entry| entry.name.as_str()).collect(),
        by_entry: BTreeMap::new(),
        by_place: BTreeMap::new(),
        by_pattern: BTreeMap::new(),
    };
    for observation in observations {
        looks.by_entry.entry(observation.entry.as_str()).or_default().push(observation);
        let known = looks.by_place.entry(&observation.place).or_insert(observation);
        if known.outcome.is_err() && (observation.is_reached || !known.is_reached) {
            *known = observation;
        }
        if let Some(on_disk) = &observation.on_disk {
            looks.by_pattern.insert(&on_disk.pattern, on_disk.folder);
        }
    }
    history.places.iter().map(|(place, record)| (place.as_str(), looks.location_status(place, record))).collect()
}

impl ObservationIndex<'_> {
    fn location_status(&self, place: &str, record: &PlaceRecord) -> LocationStatus {
        if let Some(observation) = self.by_place.get(place) {
            return self.at_place(observation, record);
        }
        if let Some(file) = self.by_place.get(file_of(place)) {
            return if file.outcome.is_ok() { LocationStatus::Missing } else { self.at_place(file, record) };
        }
        let watching = std::iter::once(&record.entry).chain(&record.also);
        let watching: Vec<&str> =
            watching.map(EntryName::as_str).filter(|entry| self.entries.contains(entry)).collect();
        if watching.is_empty() {
            let failing = self.by_entry.values().find_map(|observed| failure_over(place, observed));
            let all = self.entries.iter().all(|entry| self.by_entry.contains_key(entry));
            return failing.unwrap_or(if all { LocationStatus::NotWatched } else { LocationStatus::NotLookedAt });
        }
        let observed: Vec<&Observation> =
            watching.iter().filter_map(|entry| self.by_entry.get(entry)).flatten().copied().collect();
        if observed.is_empty() {
            return LocationStatus::NotLookedAt;
        }
        if record.is_endpoint {
            return LocationStatus::NotWatched;
        }
        if let Some(failing) = failure_over(place, &observed) {
            return failing;
        }
        self.in_folder(record, &observed)
    }

    fn at_place(&self, observation: &Observation, record: &PlaceRecord) -> LocationStatus {
        match &observation.outcome {
            Ok(_) => LocationStatus::Seen,
            Err(_) if !observation.is_reached => LocationStatus::NotLookedAt,
            Err(failure) => {
                let is_absent = observation.on_disk.as_ref().is_some_and(|on_disk| on_disk.is_absent);
                let folder = record.folder.as_ref().and_then(|known| *self.by_pattern.get(known.pattern.as_str())?);
                match folder {
                    Some(folder) if is_absent && is_there(folder, record) => LocationStatus::Missing,
                    _ => LocationStatus::Failing(failure.message.clone()),
                }
            }
        }
    }

    /// Of a file that its entry no longer shows.
    fn in_folder(&self, record: &PlaceRecord, observed: &[&Observation]) -> LocationStatus {
        let nothing = match observed {
            [only] => only.outcome.as_ref().err().filter(|failure| failure.id == FindingId::NothingFound),
            _ => None,
        };
        let failing = |why: &str| {
            LocationStatus::Failing(nothing.map_or_else(|| why.to_owned(), |nothing| nothing.message.clone()))
        };
        let Some(known) = &record.folder else {
            return if nothing.is_some() { failing("") } else { LocationStatus::Missing };
        };
        match self.by_pattern.get(known.pattern.as_str()) {
            None => LocationStatus::NotWatched,
            Some(Some(folder)) if is_there(*folder, record) => LocationStatus::Missing,
            Some(Some(_)) => failing("its folder is empty, as if nothing were mounted there"),
            Some(None) => failing("its folder is not there"),
        }
    }
}

/// The folder that was looked into is the one that the place was in, and not an empty mount point.
fn is_there(folder: Folder, record: &PlaceRecord) -> bool {
    !folder.is_empty || record.folder.as_ref().is_some_and(|known| known.device == folder.device)
}

/// What a look that would have shown `place` says of it, where it failed or was not made: at the file it is in, or at
/// its folder.
fn failure_over(place: &str, observed: &[&Observation]) -> Option<LocationStatus> {
    observed.iter().find_map(|observation| {
        // That nothing was found in a folder is for the folder to judge.
        let failure = observation.outcome.as_ref().err().filter(|failure| failure.id != FindingId::NothingFound)?;
        let below = place.strip_prefix(&observation.place).is_some_and(|rest| rest.starts_with(['#', '/', '@']));
        below.then(|| {
            if observation.is_reached {
                LocationStatus::Failing(failure.message.clone())
            } else {
                LocationStatus::NotLookedAt
            }
        })
    })
}

/// The file of a place, which for a further certificate of one file has 8 hexadecimal digits after a `#`.
pub(super) fn file_of(place: &str) -> &str {
    match place.rsplit_once('#') {
        Some((file, digits)) if digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => file,
        _ => place,
    }
}
