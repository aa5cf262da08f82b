//! Which certificate stands at each watched place: as seen in this run, else as last known.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use time::OffsetDateTime;

use super::location_status::{LocationStatus, UnseenPlaces};
use super::presence::{TrackedCertificate, Visibility};
use super::served::{served, served_last};
use crate::cause::{Clause, PlaceCause};
use crate::event::Location;
use crate::history::{History, PlaceRecord};
use crate::observation::{Observation, ObservedCertificate};
use crate::policy::{Entry, EntryName};

/// Joins what this run saw with what earlier ones remember, in the order of the policy file. A look
/// that failed leaves the certificate standing with its last known facts.
#[must_use]
pub fn tracked(
    entries: &[&Entry],
    observations: &[Observation],
    unseen: &UnseenPlaces,
    history: &History,
    now: OffsetDateTime,
) -> Vec<TrackedCertificate> {
    let mut by_entry: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
    for observation in observations {
        by_entry.entry(observation.entry.as_str()).or_default().push(observation);
    }
    let mut remembered = remembered(observations, unseen, history);
    let mut tracked = Vec::new();
    for entry in entries {
        let observed = by_entry.remove(entry.name.as_str()).unwrap_or_default();
        tracked.extend(
            observed.iter().filter_map(|observation| {
                tracked_certificate(observation, unseen.get(&observation.place), history, now)
            }),
        );
        tracked.extend(observed.iter().flat_map(|observation| served(entry, observation, history, now)));
        for (place, record) in remembered.remove(entry.name.as_str()).unwrap_or_default() {
            if let Some(location_status) = unseen.get(place) {
                let mut file = last_known(place, record, location_status, history, now);
                if let Some(file) = &mut file {
                    file.location.entry.clone_from(&entry.name);
                }
                let last = file.as_ref().map(|file| served_last(entry, file, record, history));
                tracked.extend(file.into_iter().chain(last.into_iter().flatten()));
            }
        }
    }
    tracked
}

/// The places that this run did not see, by each entry that watches them and whose own look at them did not fail: no
/// look was made, or that at the folder failed.
fn remembered<'a>(
    observations: &[Observation],
    unseen: &'a UnseenPlaces,
    history: &'a History,
) -> BTreeMap<&'a str, Vec<(&'a str, &'a PlaceRecord)>> {
    let failed = observations.iter().filter(|observation| observation.outcome.is_err());
    let failed: HashSet<(&str, &str)> =
        failed.map(|observation| (&*observation.place, observation.entry.as_str())).collect();
    let mut remembered: BTreeMap<&str, Vec<(&str, &PlaceRecord)>> = BTreeMap::new();
    for (place, record) in unseen.places().filter_map(|place| history.places.get_key_value(place)) {
        let watching = unseen.watching(place).iter().map(EntryName::as_str);
        for entry in watching.filter(|entry| !failed.contains(&(place.as_str(), *entry))) {
            remembered.entry(entry).or_default().push((place, record));
        }
    }
    remembered
}

fn tracked_certificate(
    observation: &Observation,
    location_status: Option<&LocationStatus>,
    history: &History,
    now: OffsetDateTime,
) -> Option<TrackedCertificate> {
    if let Ok(sight) = &observation.outcome {
        return Some(TrackedCertificate {
            place: observation.place.clone(),
            location: seen(observation, sight, now),
            certificate: Arc::clone(&sight.chain.leaf),
            presence: Visibility::Seen,
        });
    }
    let record = history.places.get(&*observation.place)?;
    let mut tracked_certificate = last_known(&observation.place, record, location_status?, history, now)?;
    // The entry may have been renamed since.
    tracked_certificate.location.entry.clone_from(&observation.entry);
    tracked_certificate.location.name.clone_from(&observation.name);
    Some(tracked_certificate)
}

/// What stands at a place that this run did not see, unless it is gone.
fn last_known(
    place: &str,
    record: &PlaceRecord,
    location_status: &LocationStatus,
    history: &History,
    now: OffsetDateTime,
) -> Option<TrackedCertificate> {
    let (presence, failing) = match location_status {
        _ if location_status.is_gone(record, now) => return None,
        LocationStatus::Failing(why) | LocationStatus::Away(why) => (Visibility::NotSeen, why.clone()),
        LocationStatus::NotLookedAt => (Visibility::NotLookedAt, PlaceCause::NotInThisRun.into()),
        LocationStatus::Missing => (Visibility::Missing, PlaceCause::Gone { source: record.source.to_string() }.into()),
        LocationStatus::TakenOver | LocationStatus::NotWatched | LocationStatus::Seen => return None,
    };
    let certificate = history.certificate_at(record)?;
    Some(TrackedCertificate {
        place: place.into(),
        location: last_seen(place, record, Some(failing)),
        certificate,
        presence,
    })
}

pub(super) fn seen(observation: &Observation, sight: &ObservedCertificate, now: OffsetDateTime) -> Location {
    Location {
        entry: observation.entry.clone(),
        name: observation.name.clone(),
        place: observation.source.clone(),
        remembered_as: observation.remembered_as(),
        address: sight.connection().address.clone(),
        seen: now,
        failing: None,
        is_endpoint: observation.is_endpoint,
    }
}

/// Where a place was when it was last seen, for each entry that watches it.
pub fn last_seen_by_all<'a>(place: &str, record: &'a PlaceRecord) -> impl Iterator<Item = Location> + use<'a> {
    let location = last_seen(place, record, None);
    record.entries().map(move |entry| Location { entry: entry.clone(), ..location.clone() })
}

pub(super) fn last_seen(place: &str, record: &PlaceRecord, failing: Option<Clause>) -> Location {
    Location {
        entry: record.entry.clone(),
        name: Arc::clone(&record.name),
        place: Arc::clone(&record.source),
        remembered_as: (*place != *record.source).then(|| place.into()),
        address: record.address.clone(),
        seen: record.last_seen,
        failing,
        is_endpoint: record.is_endpoint,
    }
}
