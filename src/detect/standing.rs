//! Which certificate stands at each watched place: as seen in this run, else as last known.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::fate::{Fate, fates};
use crate::certificate::Certificate;
use crate::event::Sighting;
use crate::history::{History, PlaceRecord};
use crate::observation::{Observation, Sight};
use crate::policy::Entry;

/// A place and the certificate that stands there.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What the memory knows the place by.
    pub place: String,
    pub sighting: Sighting,
    pub certificate: Certificate,
    pub presence: Presence,
}

/// What the look of this run says of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Seen,
    /// The look failed: nobody knows whether the certificate is still there.
    NotSeen,
    /// Its folder was there and it was not.
    Missing,
    /// Its entry was not picked.
    NotLookedAt,
}

/// Joins what this run saw with what earlier ones remember, in the order of the policy file. A look
/// that failed leaves the certificate standing with its last known facts.
#[must_use]
pub fn standings(
    entries: &[&Entry],
    observations: &[Observation],
    history: &History,
    now: OffsetDateTime,
) -> Vec<Standing> {
    let mut by_entry: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
    for observation in observations {
        by_entry.entry(observation.entry.as_str()).or_default().push(observation);
    }
    let looked_at: BTreeSet<&str> = observations.iter().map(|observation| observation.place.as_str()).collect();
    let fates = fates(entries, observations, history);
    let mut remembered: BTreeMap<&str, Vec<(&String, &PlaceRecord)>> = BTreeMap::new();
    for (place, record) in history.places.iter().filter(|(place, _)| !looked_at.contains(place.as_str())) {
        remembered.entry(record.entry.as_str()).or_default().push((place, record));
    }
    let mut standings = Vec::new();
    for entry in entries {
        let observed = by_entry.remove(entry.name.as_str()).unwrap_or_default();
        standings.extend(
            observed
                .iter()
                .filter_map(|observation| standing(observation, fates.get(observation.place.as_str()), history, now)),
        );
        for (place, record) in remembered.remove(entry.name.as_str()).unwrap_or_default() {
            if let Some(fate) = fates.get(place.as_str()) {
                standings.extend(last_known(place, record, fate, history));
            }
        }
    }
    standings
}

fn standing(
    observation: &Observation,
    fate: Option<&Fate>,
    history: &History,
    now: OffsetDateTime,
) -> Option<Standing> {
    if let Ok(sight) = &observation.outcome {
        return Some(Standing {
            place: observation.place.clone(),
            sighting: seen(observation, sight, now),
            certificate: sight.chain.leaf.clone(),
            presence: Presence::Seen,
        });
    }
    let record = history.places.get(&observation.place)?;
    let mut standing = last_known(&observation.place, record, fate?, history)?;
    // The entry may have been renamed since.
    observation.entry.as_str().clone_into(&mut standing.sighting.entry);
    standing.sighting.name.clone_from(&observation.name);
    Some(standing)
}

/// What stands at a place that this run did not see, unless it is gone.
fn last_known(place: &str, record: &PlaceRecord, fate: &Fate, history: &History) -> Option<Standing> {
    let (presence, failing) = match fate {
        Fate::Failing(why) => (Presence::NotSeen, why.clone()),
        Fate::NotLookedAt => (Presence::NotLookedAt, "not looked at in this run".to_owned()),
        Fate::Missing if !fate.is_gone(record) => (Presence::Missing, format!("{} is no longer there", record.source)),
        Fate::Missing | Fate::Unwatched | Fate::Seen => return None,
    };
    Some(Standing {
        place: place.to_owned(),
        sighting: last_seen(record, Some(failing)),
        certificate: history.certificates.get(&record.fingerprint)?.facts.clone(),
        presence,
    })
}

pub(super) fn seen(observation: &Observation, sight: &Sight, now: OffsetDateTime) -> Sighting {
    Sighting {
        entry: observation.entry.as_str().to_owned(),
        name: observation.name.clone(),
        place: observation.source.clone(),
        address: sight.address.clone(),
        seen: now,
        failing: None,
        is_endpoint: observation.is_endpoint,
    }
}

pub(super) fn last_seen(record: &PlaceRecord, failing: Option<String>) -> Sighting {
    Sighting {
        entry: record.entry.as_str().to_owned(),
        name: record.name.clone(),
        place: record.source.clone(),
        address: record.address.clone(),
        seen: record.last_seen,
        failing,
        is_endpoint: record.is_endpoint,
    }
}
