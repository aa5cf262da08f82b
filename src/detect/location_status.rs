//! What the looks of one run say of each remembered place: there, failing, missing, or watched no more.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::place_parts::{name_of, unread_parts};
use super::watchers::{FileWatchers, Watchers};
use crate::cause::{Clause, FolderError, PlaceCause};
use crate::event::{FindingId, file_of};
use crate::history::{History, PlaceRecord};
use crate::observation::{Failure, Folder, OF_DATES, OF_DOMAINS, Observation, OnDisk, Search};
use crate::policy::{Entry, EntryName};

/// What a run says of a remembered place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocationStatus {
    Seen,
    /// The look failed, and why: whether the certificate is still there is not known.
    Failing(Clause),
    /// Its folder was there and it was not.
    Missing,
    /// It could not be looked for where it was, and why: its own folder is gone or another one,
    /// or its name leads to other addresses now.
    Away(Clause),
    /// One of several addresses of a name, which leads to others now: they show its certificate.
    TakenOver,
    /// Its entry was not picked, or the time for looking was over before.
    NotLookedAt,
    /// No entry watches it any more.
    NotWatched,
}

/// A place that one run did not find may be on its way back; one that two did not find is gone.
const GONE_AFTER_RUNS: u32 = 2;
/// A place that could not be looked for is gone after this long.
const AWAY_FOR: Duration = Duration::days(7);

impl LocationStatus {
    /// Whether the place leaves the memory with this run.
    #[must_use]
    pub fn is_last(&self, record: &PlaceRecord, now: OffsetDateTime) -> bool {
        matches!(self, Self::NotWatched | Self::TakenOver) || self.is_gone(record, now)
    }

    /// Missing often enough, or away long enough, to be gone.
    #[must_use]
    pub fn is_gone(&self, record: &PlaceRecord, now: OffsetDateTime) -> bool {
        match self {
            Self::Missing => record.missing.saturating_add(1) >= GONE_AFTER_RUNS,
            Self::Away(_) => record.away.is_some_and(|since| now - since.0 >= AWAY_FOR),
            _ => false,
        }
    }
}

/// The looks of one run, as the fate of a place asks for them.
struct ObservationIndex<'a> {
    entries: BTreeSet<&'a str>,
    by_file: FileWatchers<'a>,
    by_entry: BTreeMap<&'a str, LooksOfEntry<'a>>,
    /// Every entry was looked at.
    is_whole: bool,
    /// The looks that failed, but for those that found nothing in a folder: that is for the folder to judge.
    failed: BTreeMap<&'a str, Vec<&'a Observation>>,
    /// In the order of the places, so that those of the memory meet them without a search.
    by_place: Vec<(&'a str, &'a Observation)>,
    by_pattern: BTreeMap<&'a str, Option<Folder>>,
    /// The looks at the addresses of each name that was looked at by every address.
    by_name: BTreeMap<&'a str, Vec<&'a Observation>>,
}

/// The looks of one entry, as far as a place that none of them showed asks for them.
#[derive(Clone, Copy, Default)]
struct LooksOfEntry<'a> {
    count: usize,
    /// Where there is one alone: what it failed with.
    nothing: Option<&'a Failure>,
    /// Why its list could not be read.
    unread: Option<&'a Failure>,
    /// Why its files could not even be listed.
    unlisted: Option<&'a Failure>,
}

impl<'a> LooksOfEntry<'a> {
    fn note(&mut self, observation: &'a Observation) {
        let failure = observation.outcome.as_ref().err().map(AsRef::as_ref);
        self.count = self.count.saturating_add(1);
        self.nothing = failure.filter(|failure| self.count == 1 && failure.id == FindingId::NothingFound);
        if observation.on_disk.is_none() && !observation.is_endpoint {
            self.unread = self.unread.or(failure);
        }
        if observation.on_disk.as_ref().is_some_and(|on_disk| on_disk.search.pattern.is_empty()) {
            self.unlisted = self.unlisted.or(failure);
        }
    }

    fn and(self, other: Self) -> Self {
        let count = self.count.saturating_add(other.count);
        Self {
            count,
            nothing: self.nothing.or(other.nothing).filter(|_| count == 1),
            unread: self.unread.or(other.unread),
            unlisted: self.unlisted.or(other.unlisted),
        }
    }
}

/// The remembered places that one run did not see, in their order, and what it says of each.
#[derive(Clone, Debug, Default)]
pub struct UnseenPlaces(BTreeMap<String, UnseenPlace>);

#[derive(Clone, Debug)]
struct UnseenPlace {
    status: LocationStatus,
    /// The entries that watch it now, by whatever names they have.
    watching: Vec<EntryName>,
}

impl UnseenPlaces {
    /// `entries` are all of the policy file, whether they were looked at or not.
    #[must_use]
    pub fn new(entries: &[&Entry], observations: &[Observation], history: &History) -> Self {
        Self(unseen(entries, observations, history))
    }

    /// What the run says of a remembered place.
    #[must_use]
    pub fn status(&self, place: &str) -> &LocationStatus {
        self.get(place).unwrap_or(&LocationStatus::Seen)
    }

    pub(super) fn get(&self, place: &str) -> Option<&LocationStatus> {
        self.0.get(place).map(|unseen| &unseen.status)
    }

    /// The entries that watch a place that the run did not see.
    pub(super) fn watching(&self, place: &str) -> &[EntryName] {
        self.0.get(place).map(|unseen| unseen.watching.as_slice()).unwrap_or_default()
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn unseen(entries: &[&Entry], observations: &[Observation], history: &History) -> BTreeMap<String, UnseenPlace> {
    let mut looks = ObservationIndex {
        entries: entries.iter().map(|entry| entry.name.as_str()).collect(),
        by_file: FileWatchers::new(entries),
        by_entry: BTreeMap::new(),
        is_whole: false,
        failed: BTreeMap::new(),
        by_place: Vec::with_capacity(observations.len()),
        by_pattern: BTreeMap::new(),
        by_name: BTreeMap::new(),
    };
    let mut last: Option<&Search> = None;
    for observation in observations {
        looks.by_entry.entry(observation.entry.as_str()).or_default().note(observation);
        if observation.outcome.as_ref().is_err_and(|failure| failure.id != FindingId::NothingFound) {
            looks.failed.entry(&observation.place).or_default().push(observation);
        }
        looks.by_place.push((&observation.place, observation));
        if let Some(name) = name_of(&observation.place).filter(|_| observation.is_endpoint) {
            looks.by_name.entry(name).or_default().push(observation);
        }
        if let Some(OnDisk { search, .. }) = &observation.on_disk {
            let is_known = last.replace(search).is_some_and(|last| is_same_folder(last, search));
            if !is_known {
                looks.by_pattern.insert(&search.pattern, search.folder);
            }
        }
    }
    looks.is_whole = looks.entries.iter().all(|entry| looks.by_entry.contains_key(entry));
    looks.by_place.sort_by_key(|(place, _)| *place);
    looks.by_place.dedup_by(|(next, observation), (place, known)| {
        let is_same = next == place;
        if is_same && known.outcome.is_err() && (observation.is_reached || !known.is_reached) {
            *known = observation;
        }
        is_same
    });
    let mut observed = looks.by_place.iter().peekable();
    let statuses = history.places.iter().filter_map(|(place, record)| {
        let here = loop {
            match observed.peek().map(|(observed, _)| (*observed).cmp(place)) {
                Some(Ordering::Less) => drop(observed.next()),
                Some(Ordering::Equal) => break observed.next().map(|(_, observation)| *observation),
                Some(Ordering::Greater) | None => break None,
            }
        };
        if here.is_some_and(|observation| observation.outcome.is_ok()) {
            return None;
        }
        let watchers = looks.watchers(place, record);
        let status = looks.location_status(place, record, here, &watchers);
        let watching = watchers.entries.into_iter().map(EntryName::new).collect();
        (status != LocationStatus::Seen).then(|| (place.clone(), UnseenPlace { status, watching }))
    });
    statuses.collect()
}

/// One folder, looked at once.
fn is_same_folder(one: &Search, other: &Search) -> bool {
    Arc::ptr_eq(&one.pattern, &other.pattern) && one.folder == other.folder
}

impl<'a> ObservationIndex<'a> {
    fn at(&self, place: &str) -> Option<&Observation> {
        let at = self.by_place.binary_search_by(|(observed, _)| (*observed).cmp(place)).ok()?;
        self.by_place.get(at).map(|(_, observation)| *observation)
    }

    /// The remembered entries that still are, and those whose own looks at it failed. Where one has another name now, or
    /// asks for something else, the patterns of the policy file say which entries of files watch it.
    fn watchers(&self, place: &str, record: &PlaceRecord) -> Watchers<'a> {
        let mut watchers = Watchers::default();
        let is_gone = |entry: &EntryName| !self.entries.contains(entry.as_str());
        let was_looked_at = |entry: &EntryName| self.by_entry.contains_key(entry.as_str());
        let known = record.folder.as_ref().filter(|known| {
            record.entries().any(is_gone)
                || record.entries().any(was_looked_at) && !self.by_pattern.contains_key(&*known.pattern)
        });
        if known.is_some() {
            for watcher in self.by_file.of(Path::new(file_of(place))) {
                watchers.entries.insert(watcher.entry());
                watchers.patterns.extend(watcher.asked_for());
            }
        }
        if watchers.entries.is_empty() {
            let known = record.entries().filter_map(|entry| self.entries.get(entry.as_str()).copied());
            watchers.entries.extend(known);
        }
        let failed = self.failed.get(place).into_iter().flatten();
        watchers.entries.extend(failed.map(|observation| observation.entry.as_str()));
        watchers
    }

    fn location_status(
        &self,
        place: &str,
        record: &PlaceRecord,
        here: Option<&Observation>,
        watchers: &Watchers<'_>,
    ) -> LocationStatus {
        if let Some(observation) = here {
            return at_place(observation, record);
        }
        if let Some(file) = self.at(file_of(place)) {
            return match &file.outcome {
                Ok(sight) if sight.connection().may_have_another => {
                    LocationStatus::Away(PlaceCause::NotSaid { source: record.source.to_string() }.into())
                }
                Ok(_) => self.broken_beside(place).unwrap_or(LocationStatus::Missing),
                Err(_) => at_place(file, record),
            };
        }
        let watching = &watchers.entries;
        if watching.is_empty() {
            let otherwise = if self.is_whole { LocationStatus::NotWatched } else { LocationStatus::NotLookedAt };
            return self.failure_over(place, |_| true).unwrap_or(otherwise);
        }
        let observed = watching.iter().filter_map(|entry| self.by_entry.get(entry)).copied();
        let Some(observed) = observed.reduce(LooksOfEntry::and) else { return LocationStatus::NotLookedAt };
        let failing = self.failure_over(place, |entry| watching.contains(entry));
        if let Some(failing) = failing.or_else(|| self.broken_beside(place)) {
            return failing;
        }
        if place.starts_with(OF_DATES) || place.starts_with(OF_DOMAINS) {
            return LocationStatus::NotWatched;
        }
        if record.is_endpoint {
            return self.not_listed(place, record, observed);
        }
        self.in_folder(record, observed, &watchers.patterns)
    }

    /// What could not be read in its file, or of what the file calls by its name: that may be it.
    fn broken_beside(&self, place: &str) -> Option<LocationStatus> {
        if self.failed.is_empty() {
            return None;
        }
        let faults = unread_parts(place);
        let failure = faults.filter_map(|fault| self.failed.get(fault.as_str())?.first()?.outcome.as_ref().err());
        failure.map(|failure| LocationStatus::Failing(Clause::from(&failure.cause))).next()
    }

    /// What a look that would have shown `place` says of it, where it failed or was not made: at the file it is in, or
    /// at its folder.
    fn failure_over(&self, place: &str, is_asked: impl Fn(&str) -> bool) -> Option<LocationStatus> {
        if self.failed.is_empty() {
            return None;
        }
        place.match_indices(['#', '/', '@']).find_map(|(end, _)| {
            let mut looks = self.failed.get(&place[..end])?.iter();
            let observation = looks.find(|observation| is_asked(observation.entry.as_str()))?;
            let failure = observation.outcome.as_ref().err()?;
            Some(if observation.is_reached {
                LocationStatus::Failing(Clause::from(&failure.cause))
            } else {
                LocationStatus::NotLookedAt
            })
        })
    }

    /// Of an endpoint that its entry no longer shows.
    fn not_listed(&self, place: &str, record: &PlaceRecord, observed: LooksOfEntry<'_>) -> LocationStatus {
        // A list that could not be read may still name it.
        if let Some(failure) = observed.unread {
            return LocationStatus::Failing(Clause::from(&failure.cause));
        }
        let Some(name) = name_of(place) else { return LocationStatus::NotWatched };
        let Some(addresses) = self.by_name.get(name) else { return LocationStatus::NotWatched };
        let shown = addresses.iter().filter_map(|look| look.outcome.as_ref().ok()).map(|sight| &sight.chain.leaf);
        let has_taken_over = shown.into_iter().any(|leaf| leaf.fingerprint == record.fingerprint);
        if has_taken_over {
            return LocationStatus::TakenOver;
        }
        let address = file_of(place).get(name.len() + 1..).unwrap_or_default();
        let (source, address) = (record.source.to_string(), address.to_owned());
        LocationStatus::Away(PlaceCause::LeadsElsewhere { source, address }.into())
    }

    /// Of a file that its entry no longer shows.
    fn in_folder(
        &self,
        record: &PlaceRecord,
        observed: LooksOfEntry<'_>,
        patterns: &BTreeSet<String>,
    ) -> LocationStatus {
        let nothing = observed.nothing.map(|nothing| LocationStatus::Failing(Clause::from(&nothing.cause)));
        let failing = |error| LocationStatus::Failing(PlaceCause::Folder(error).into());
        let Some(known) = &record.folder else { return nothing.unwrap_or(LocationStatus::Missing) };
        let mut patterns = std::iter::once(&*known.pattern).chain(patterns.iter().map(String::as_str));
        match patterns.find_map(|pattern| self.by_pattern.get(pattern)).copied() {
            // A pattern to pass over that is none has kept the whole entry from being looked at.
            None => match observed.unlisted {
                Some(failure) => LocationStatus::Failing(Clause::from(&failure.cause)),
                None => LocationStatus::NotWatched,
            },
            Some(Some(folder)) if is_there(folder, record) => LocationStatus::Missing,
            Some(Some(_)) => nothing.unwrap_or_else(|| failing(FolderError::Empty)),
            Some(None) => nothing.unwrap_or_else(|| failing(FolderError::NotThere)),
        }
    }
}

/// Of a place that a look was at.
fn at_place(observation: &Observation, record: &PlaceRecord) -> LocationStatus {
    match &observation.outcome {
        Ok(_) => LocationStatus::Seen,
        Err(_) if !observation.is_reached => LocationStatus::NotLookedAt,
        Err(failure) => {
            let is_absent = observation.on_disk.as_ref().is_some_and(|on_disk| on_disk.is_absent);
            // Where several entries watch it, the memory has the pattern of one of them.
            let folder = observation.on_disk.as_ref().and_then(|on_disk| on_disk.search.folder);
            let folder = folder.filter(|_| record.folder.is_some());
            let is_away = observation.on_disk.as_ref().is_some_and(|on_disk| on_disk.is_away);
            match folder {
                _ if is_away => LocationStatus::Away(Clause::from(&failure.cause)),
                Some(folder) if is_absent && is_there(folder, record) => LocationStatus::Missing,
                _ => LocationStatus::Failing(Clause::from(&failure.cause)),
            }
        }
    }
}

/// The folder that was looked into is the one that the place was in, and not an empty mount point.
fn is_there(folder: Folder, record: &PlaceRecord) -> bool {
    !folder.is_empty || record.folder.as_ref().is_some_and(|known| known.device == folder.device)
}
