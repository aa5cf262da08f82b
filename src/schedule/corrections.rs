//! Messages that are to be put right: what they remind of stands unrenewed nowhere any more.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::closing::{successors, unrenewed};
use crate::certificate::Fingerprint;
use crate::detect::Successors;
use crate::history::{History, Over, Posted};
use crate::policy::{Channel, ContactName, Policies};

/// What stands again for so long after it was over is told to be open by a change of its own.
const BACK: Duration = Duration::DAY;

/// Each as it is to be remembered once it is put right.
#[must_use]
pub fn corrections(policies: &Policies, history: &History, now: OffsetDateTime) -> Vec<(ContactName, Channel, Posted)> {
    if history.posted.is_empty() {
        return Vec::new();
    }
    let successors = successors(history, now);
    let unrenewed = unrenewed(history, &successors);
    let mut known: BTreeMap<Fingerprint, Over> = BTreeMap::new();
    let mut corrections = Vec::new();
    for (contact, channels) in &history.posted {
        for (channel, posted) in channels {
            if !policies.reaches(contact, *channel) {
                continue;
            }
            for posted in posted {
                let is_new = |fingerprint: &&Fingerprint| {
                    !posted.over.contains_key(*fingerprint) && !unrenewed.contains(*fingerprint)
                };
                let over: Vec<Fingerprint> = posted.certificates.iter().filter(is_new).copied().collect();
                // What is back: at once where the message is changed anyway, for two may be served in turn.
                let is_back = |(fingerprint, over): (&Fingerprint, &Over)| {
                    unrenewed.contains(fingerprint) && now - over.at >= BACK
                };
                if over.is_empty() && !posted.over.iter().any(is_back) {
                    continue;
                }
                let mut corrected = posted.clone();
                corrected.over.retain(|fingerprint, _| !unrenewed.contains(fingerprint));
                for fingerprint in over {
                    let over = known.entry(fingerprint);
                    let over = over
                        .or_insert_with(|| Over { at: now, renewed: is_renewed(fingerprint, history, &successors) });
                    corrected.over.insert(fingerprint, *over);
                }
                corrections.push((contact.clone(), *channel, corrected));
            }
        }
    }
    corrections
}

/// The place that showed it last shows a successor; else nothing watches it any more.
fn is_renewed(fingerprint: Fingerprint, history: &History, successors: &Successors<'_>) -> bool {
    let Some(record) = history.certificates.get(&fingerprint) else { return false };
    let Some(source) = record.place.as_deref() else { return false };
    let mut places = history.places.iter().filter(|(place, of)| place.as_str() == source || *of.source == *source);
    places.any(|(place, of)| successors.renewing(&record.facts, place, of.is_endpoint).is_some())
}
