//! Which certificate stands at each watched place: as seen in this run, else as last known.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::certificate::Certificate;
use crate::event::{FindingId, Sighting};
use crate::history::{History, PlaceRecord};
use crate::observation::{Failure, Observation};
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

/// A place that one run did not find may be on its way back; one that two did not find is gone.
const GONE_AFTER_RUNS: u32 = 2;

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
    let mut standings = Vec::new();
    for entry in entries {
        let observed = by_entry.remove(entry.name.as_str()).unwrap_or_default();
        standings.extend(observed.iter().filter_map(|observation| standing(observation, history, now)));
        let remembered = history
            .places
            .iter()
            .filter(|(place, record)| record.entry == entry.name && !looked_at.contains(place.as_str()));
        for (place, record) in remembered {
            let (presence, failing) = match failure_over(place, &observed) {
                Some(failure) => (Presence::NotSeen, failure.message.clone()),
                None if observed.is_empty() => (Presence::NotLookedAt, "not looked at in this run".to_owned()),
                None if record.missing + 1 < GONE_AFTER_RUNS => {
                    (Presence::Missing, format!("{} is no longer there", record.source))
                }
                None => continue,
            };
            standings.extend(last_known(place, record, (presence, failing), history));
        }
    }
    standings
}

fn standing(observation: &Observation, history: &History, now: OffsetDateTime) -> Option<Standing> {
    match &observation.outcome {
        Ok(sight) => Some(Standing {
            place: observation.place.clone(),
            sighting: Sighting {
                entry: observation.entry.as_str().to_owned(),
                name: observation.name.clone(),
                place: observation.source.clone(),
                address: sight.address.clone(),
                seen: now,
                failing: None,
                is_endpoint: observation.is_endpoint,
            },
            certificate: sight.chain.leaf.clone(),
            presence: Presence::Seen,
        }),
        Err(failure) => {
            let record = history.places.get(&observation.place)?;
            let mut standing =
                last_known(&observation.place, record, (Presence::NotSeen, failure.message.clone()), history)?;
            // The entry may have been renamed since.
            observation.entry.as_str().clone_into(&mut standing.sighting.entry);
            standing.sighting.name.clone_from(&observation.name);
            Some(standing)
        }
    }
}

fn last_known(
    place: &str,
    record: &PlaceRecord,
    (presence, failing): (Presence, String),
    history: &History,
) -> Option<Standing> {
    let certificate = &history.certificates.get(&record.fingerprint)?.facts;
    Some(Standing {
        place: place.to_owned(),
        sighting: Sighting {
            entry: record.entry.as_str().to_owned(),
            name: record.name.clone(),
            place: record.source.clone(),
            address: record.address.clone(),
            seen: record.last_seen,
            failing: Some(failing),
            is_endpoint: record.is_endpoint,
        },
        certificate: certificate.clone(),
        presence,
    })
}

/// The failed look that explains why `place` was not seen: at the file it is in, at its folder, or at
/// the whole entry, which found nothing.
fn failure_over<'a>(place: &str, observed: &[&'a Observation]) -> Option<&'a Failure> {
    observed.iter().find_map(|observation| {
        let failure = observation.outcome.as_ref().err()?;
        let file_of_it = place.strip_prefix(&observation.place).is_some_and(|rest| rest.starts_with(['#', '/', '@']));
        let nothing_at_all = failure.id == FindingId::NothingFound && observed.len() == 1;
        (file_of_it || nothing_at_all).then_some(failure)
    })
}
