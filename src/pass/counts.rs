//! How many certificates a run looked at, and of which sort.

use std::collections::HashSet;
use std::sync::Arc;

use time::OffsetDateTime;

use super::ScanResult;
use crate::certificate::Fingerprint;
use crate::detect::{TrackedCertificate, Visibility, opening};
use crate::event::{Event, EventKind};
use crate::history::History;
use crate::observation::Observation;
use crate::policy::Policies;
use crate::schedule::Schedule;

/// How many certificates there are, and of which sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub looked_at: usize,
    /// With a reminder owed now, sent or held.
    pub due: usize,
    pub not_seen: usize,
    /// Of those not seen, the ones that are watched by their last known dates.
    pub remembered: usize,
    /// Without a reminder that is owed now, and expired, inside the time of its reminders or with an anomaly that lasts:
    /// recipients were told, or are now.
    pub have_findings: usize,
    pub need_nothing: usize,
}

/// Those of a look, of which `schedule` is owed; `history` knows what is wrong and lasts.
pub(super) fn counts(
    look: &ScanResult,
    schedule: &Schedule,
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
) -> Counts {
    let due: HashSet<Fingerprint> = schedule
        .due
        .iter()
        .chain(&schedule.held)
        .flat_map(|batch| &batch.reminders)
        .map(|reminder| reminder.key.fingerprint)
        .collect();
    let ending =
        |event: &&Arc<Event>| event.kind == EventKind::Expired || is_reminded_of(event, policies, history, now);
    let ending = look.events.iter().filter(ending);
    let mut wrong: HashSet<Fingerprint> = ending.map(|event| event.certificate.fingerprint).collect();
    let mut seen = Vec::with_capacity(look.observations.len());
    for observation in &look.observations {
        let Ok(sight) = &observation.outcome else { continue };
        let fingerprint = sight.chain.leaf.fingerprint;
        seen.push(fingerprint);
        if history.anomalies.contains_key(&*observation.place) {
            wrong.insert(fingerprint);
        }
    }
    seen.sort_unstable();
    seen.dedup();
    let (remembered, never_seen) = not_seen(look);
    let not_seen = remembered + never_seen;
    let quiet = seen.iter().filter(|fingerprint| !due.contains(fingerprint));
    let have_findings = quiet.clone().filter(|fingerprint| wrong.contains(fingerprint)).count();
    let need_nothing = quiet.count() - have_findings;
    Counts { looked_at: seen.len() + not_seen, due: due.len(), not_seen, remembered, have_findings, need_nothing }
}

/// Recipients were reminded of its end, or of its late renewal, and the reminders go on.
fn is_reminded_of(event: &Event, policies: &Policies, history: &History, now: OffsetDateTime) -> bool {
    let fingerprint = event.certificate.fingerprint;
    let Some(told) = history.deliveries.get(&fingerprint) else { return false };
    let is_told = [EventKind::Expiration, EventKind::HostingFailure].iter().any(|kind| told.contains_key(kind));
    let window = history.renewal_window(fingerprint);
    is_told
        && event.locations.iter().any(|location| {
            let entry = policies.entry(location.entry.as_str()).filter(|entry| !entry.options.is_silenced);
            entry.is_some_and(|entry| opening(entry, &event.certificate, &location.place, window).opens <= now)
        })
}

/// Certificates that are remembered and were not seen, and failed looks that stand for none of them. A look at a file, a
/// folder or a program may stand for many.
fn not_seen(look: &ScanResult) -> (usize, usize) {
    let failed = || look.observations.iter().filter(|observation| observation.outcome.is_err());
    let failed_places: HashSet<&str> = failed().map(|observation| &*observation.place).collect();
    let is_unseen = |tracked: &&TrackedCertificate| match tracked.presence {
        Visibility::Seen => false,
        Visibility::NotSeen => true,
        Visibility::Missing | Visibility::NotLookedAt => failed_places.contains(&*tracked.place),
    };
    let (mut remembered, mut places, mut entries) = (HashSet::new(), HashSet::new(), HashSet::new());
    for tracked in look.tracked.iter().filter(is_unseen) {
        remembered.insert(tracked.certificate.fingerprint);
        places.insert(&*tracked.place);
        places.extend(tracked.place.rsplit_once('@').map(|(name, _)| name));
        entries.insert(tracked.location.entry.as_str());
    }
    let is_told =
        |one: &&Observation| places.contains(&*one.place) || (!one.is_endpoint && entries.contains(one.entry.as_str()));
    (remembered.len(), failed().filter(|observation| !is_told(observation)).count())
}
