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
    let mut left: BTreeMap<(&ContactName, Channel), Vec<Fingerprint>> = BTreeMap::new();
    for batch in &schedule.due {
        let key = (&batch.contact, batch.channel);
        let is_named = |fingerprint: &Fingerprint| named.get(&key).is_some_and(|named| named.contains(fingerprint));
        let all = batch.reminders.iter().map(|reminder| reminder.key.fingerprint);
        left.entry(key).or_default().extend(all.filter(|fingerprint| !is_named(fingerprint)));
    }
    for ((contact, channel), left) in left {
        let channels = history.left_over.entry(contact.clone()).or_default();
        if left.is_empty() {
            channels.remove(&channel);
        } else {
            channels.insert(channel, left);
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
    let mut left: BTreeMap<(&ContactName, Channel), BTreeSet<OccurrenceId>> = BTreeMap::new();
    for batch in &schedule.due {
        let key = (&batch.contact, batch.channel);
        let is_named = |id: &OccurrenceId| named.get(&key).is_some_and(|named| named.contains(id));
        let all = batch.occurrences.iter().map(|occurrence| &occurrence.id);
        left.entry(key).or_default().extend(all.filter(|id| !is_named(id)).cloned());
    }
    for ((contact, channel), left) in left {
        let channels = history.occurrences_left_over.entry(contact.clone()).or_default();
        if left.is_empty() {
            channels.remove(&channel);
        } else {
            channels.insert(channel, left);
        }
    }
    history.occurrences_left_over.retain(|_, channels| !channels.is_empty());
}
