//! Alerts that are over: what a channel keeps open of certificates that stand unrenewed nowhere any more.

use std::collections::BTreeSet;

use super::occurrences::Recipient;
use crate::certificate::Fingerprint;
use crate::detect::{Candidate, Successors};
use crate::event::EventKind;
use crate::history::{DeliveryLog, History, PlaceRecord};
use crate::policy::Policies;
use time::OffsetDateTime;

/// Whom to tell of which certificate that its alert is over. What is open follows from the deliveries: a recipient that was told
/// of something that ends with the certificate, and not of its end since.
pub(super) fn resolved_alerts(
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
) -> Vec<(Recipient, Fingerprint)> {
    let open = open(policies, history);
    if open.is_empty() {
        return open;
    }
    let unrenewed = unrenewed(history, &successors(history, now));
    open.into_iter().filter(|(_, fingerprint)| !unrenewed.contains(fingerprint)).collect()
}

fn open(policies: &Policies, history: &History) -> Vec<(Recipient, Fingerprint)> {
    let mut open: BTreeSet<(Recipient, Fingerprint)> = BTreeSet::new();
    for fingerprint in history.deliveries.keys().copied() {
        let opening = history.logs_of(fingerprint).filter(|(kind, ..)| kind.ends_with_its_certificate());
        for (_, contact, channel, told) in opening.filter(|(_, _, channel, _)| channel.keeps_alerts()) {
            let closed = history.told(fingerprint, EventKind::Hosting, contact, channel).map(DeliveryLog::last);
            let listener = (contact.clone(), channel);
            if closed.is_none_or(|closed| told.last() >= closed) && policies.reaches(contact, channel) {
                open.insert((listener, fingerprint));
            }
        }
    }
    open.into_iter().collect()
}

/// What may take the place of what is remembered.
pub(super) fn successors(history: &History, now: OffsetDateTime) -> Successors<'_> {
    let seen = history.places.iter().filter_map(|(place, record)| {
        let certificate = &history.certificates.get(&record.fingerprint)?.facts;
        let PlaceRecord { source, name, is_endpoint, .. } = record;
        Some(Candidate { certificate, place, source, name, is_endpoint: *is_endpoint })
    });
    Successors::new(seen, now)
}

/// What some place shows, or showed when it was last seen, unless the place itself shows a successor.
pub(super) fn unrenewed(history: &History, successors: &Successors<'_>) -> BTreeSet<Fingerprint> {
    let mut unrenewed = BTreeSet::new();
    for (place, record) in &history.places {
        let is_renewed = |fingerprint: &Fingerprint| {
            let old = history.certificates.get(fingerprint).map(|known| &known.facts);
            old.is_some_and(|old| successors.renewing(old, place, record.is_endpoint).is_some())
        };
        // What was displaced by no successor may be back in the next run.
        let shown = [Some(record.fingerprint), record.displaced].into_iter().flatten();
        unrenewed.extend(shown.filter(|fingerprint| !is_renewed(fingerprint)));
    }
    unrenewed
}
