//! What a look changes in the memory: what was seen, what happened, and who is owed to be told.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::run_problem::RunProblem;
use super::{RunInput, ScanResult, digests, faults, reports};
use crate::detect::{self, DetectedOccurrences, KnownOccurrences, LocationStatus};
use crate::event::{EventKind, Occurrence};
use crate::history::{History, Moment};
use crate::schedule;

/// What a comparison with the memory came to.
#[derive(Debug, Default)]
pub struct Recorded {
    /// What was not known yet and says that notifications are disabled or that a certificate was deleted: a problem of the
    /// run, too.
    pub disabled: Vec<Occurrence>,
    /// What the program itself failed at.
    pub faults: Vec<RunProblem>,
}

/// Compares the look with the memory, and records what was seen and what happened, with the recipients that are owed it.
pub fn record_events(job: RunInput, look: &ScanResult, history: &mut History, now: OffsetDateTime) -> Recorded {
    history.note_addresses(job.policies);
    let (mut happened, mut faults) = faults::happened(job, look, history, now);
    faults.extend(look.faults.iter().cloned());
    happened.occurrences.extend(look.answers.occurrences(look, history, now));
    look.answers.note(history, now);
    history.note_registrations(&look.registrations);
    digests::note_renewals(&happened.occurrences, job.policies, history, now);
    remember(job, look, history, now);
    Recorded { disabled: record_occurrences(happened, job, history, now), faults }
}

/// Takes what was seen into the memory.
fn remember(job: RunInput, look: &ScanResult, history: &mut History, now: OffsetDateTime) {
    let mut left = BTreeSet::new();
    history.places.retain(|place, record| {
        let location_status = look.unseen.status(place);
        // Its entry may be in an include that could not be read.
        let is_unknown = *location_status == LocationStatus::NotWatched && !job.policies.unread.is_empty();
        let stays = is_unknown || !location_status.is_last(record, now);
        match location_status {
            LocationStatus::Missing => record.missing = record.missing.saturating_add(1),
            LocationStatus::Away(_) => {
                record.missing = 0;
                record.away.get_or_insert(Moment(now));
            }
            LocationStatus::Failing(_) => record.missing = 0,
            LocationStatus::Seen
            | LocationStatus::TakenOver
            | LocationStatus::NotLookedAt
            | LocationStatus::NotWatched => {}
        }
        if !stays && *location_status == LocationStatus::NotWatched {
            left.insert(record.fingerprint);
        }
        stays
    });
    for observation in &look.observations {
        history.note_observation(observation, now);
    }
    history.note_unwatched(left, now);
}

/// Takes occurrences into the state, with the recipients that are owed them: from then on no crash loses them.
fn record_occurrences(
    happened: DetectedOccurrences,
    job: RunInput,
    history: &mut History,
    now: OffsetDateTime,
) -> Vec<Occurrence> {
    for id in &happened.ended {
        history.drop_unsent(id);
    }
    history.anomalies = happened.anomalies;
    for (place, displaced) in happened.displaced {
        history.note_displaced(&place, displaced);
    }
    let mut disabled = Vec::new();
    // Only what was reported before is looked up: what this run sees is each its own.
    let known = KnownOccurrences::new(history);
    for occurrence in happened.occurrences {
        let is_silence = matches!(occurrence.kind, EventKind::NotificationsDisabled | EventKind::Deletion);
        let silenced = is_silence.then(|| occurrence.clone());
        if reports::take_in_seen(occurrence, job.policies, &known, history, now) {
            disabled.extend(silenced);
        }
    }
    for occurrence in happened.released {
        let mut recipients = schedule::recipients(&occurrence, job.policies, &known, history);
        recipients.retain(|(_, channel)| channel.keeps_alerts());
        history.note_occurrence(occurrence, recipients, now);
    }
    // Only now: recipients told since it began are told that it is over.
    history.undeployed = happened.undeployed;
    if job.picked.len() == job.policies.entries.len() {
        if job.policies.unread.is_empty() {
            history.subscriptions.clear();
        }
        history.subscriptions.extend(detect::subscriptions(job.policies));
    }
    disabled
}
