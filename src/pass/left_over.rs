//! What messages only counted, for the next ones of their channel.

use std::collections::{BTreeMap, BTreeSet};

use crate::certificate::Fingerprint;
use crate::deliver::Outcome;
use crate::event::OccurrenceId;
use crate::history::History;
use crate::policy::{Channel, ContactName};
use crate::render::Message;
use crate::schedule::Schedule;

/// What a channel's messages only counted comes first in its next ones.
pub(super) fn note(schedule: &Schedule, messages: &[(Message, Outcome)], history: &mut History) {
    let mut named: BTreeMap<(&ContactName, Channel), BTreeSet<Fingerprint>> = BTreeMap::new();
    for (message, _) in messages {
        let fingerprints = message.reminders.iter().map(|(key, _)| key.fingerprint);
        named.entry((&message.contact, message.channel)).or_default().extend(fingerprints);
    }
    for batch in &schedule.due {
        let named = named.remove(&(&batch.contact, batch.channel)).unwrap_or_default();
        let all = batch.reminders.iter().map(|reminder| reminder.key.fingerprint);
        let left: Vec<Fingerprint> = all.filter(|fingerprint| !named.contains(fingerprint)).collect();
        let channels = history.left_over.entry(batch.contact.clone()).or_default();
        if left.is_empty() {
            channels.remove(&batch.channel);
        } else {
            channels.insert(batch.channel, left);
        }
    }
    history.left_over.retain(|_, channels| !channels.is_empty());
    note_occurrences(schedule, messages, history);
}

/// The same of what happened.
fn note_occurrences(schedule: &Schedule, messages: &[(Message, Outcome)], history: &mut History) {
    let mut named: BTreeMap<(&ContactName, Channel), BTreeSet<&OccurrenceId>> = BTreeMap::new();
    for (message, _) in messages {
        let ids = message.occurrences.iter().map(|(id, _)| id);
        named.entry((&message.contact, message.channel)).or_default().extend(ids);
    }
    for batch in &schedule.due {
        let named = named.remove(&(&batch.contact, batch.channel)).unwrap_or_default();
        let all = batch.occurrences.iter().map(|occurrence| &occurrence.id);
        let left: BTreeSet<OccurrenceId> = all.filter(|id| !named.contains(id)).cloned().collect();
        let channels = history.occurrences_left_over.entry(batch.contact.clone()).or_default();
        if left.is_empty() {
            channels.remove(&batch.channel);
        } else {
            channels.insert(batch.channel, left);
        }
    }
    history.occurrences_left_over.retain(|_, channels| !channels.is_empty());
}
