//! What messages only counted, for the next ones of their channel.

use std::collections::{BTreeMap, BTreeSet};

use crate::deliver::Outcome;
use crate::history::{ByChannel, History};
use crate::policy::{Channel, ContactName};
use crate::render::Message;
use crate::schedule::{Batch, Schedule};

/// What a channel's messages only counted comes first in its next ones.
pub(super) fn note(schedule: &Schedule, messages: &[(Message, Outcome)], history: &mut History) {
    keep(
        &mut history.left_over,
        schedule,
        messages,
        |batch| batch.reminders.iter().map(|reminder| &reminder.key.fingerprint).collect(),
        |message| message.reminders.iter().map(|(key, _)| &key.fingerprint).collect(),
    );
    keep(
        &mut history.occurrences_left_over,
        schedule,
        messages,
        |batch| batch.occurrences.iter().map(|occurrence| &occurrence.id).collect(),
        |message| message.occurrences.iter().map(|(id, _)| id).collect(),
    );
}

/// Puts what is `due` and not named into `left_over`, channel by channel.
fn keep<T: Ord + Clone, List: FromIterator<T>>(
    left_over: &mut ByChannel<List>,
    schedule: &Schedule,
    messages: &[(Message, Outcome)],
    due: fn(&Batch) -> Vec<&T>,
    named_by: fn(&Message) -> Vec<&T>,
) {
    let mut named: BTreeMap<(&ContactName, Channel), BTreeSet<&T>> = BTreeMap::new();
    for (message, _) in messages {
        named.entry((&message.contact, message.channel)).or_default().extend(named_by(message));
    }
    let mut left: BTreeMap<(&ContactName, Channel), Vec<&T>> = BTreeMap::new();
    for batch in &schedule.due {
        let key = (&batch.contact, batch.channel);
        let is_left = |it: &&T| named.get(&key).is_none_or(|named| !named.contains(it));
        left.entry(key).or_default().extend(due(batch).into_iter().filter(is_left));
    }
    for ((contact, channel), left) in left {
        let channels = left_over.entry(contact.clone()).or_default();
        if left.is_empty() {
            channels.remove(&channel);
        } else {
            channels.insert(channel, left.into_iter().cloned().collect());
        }
    }
    left_over.retain(|_, channels| !channels.is_empty());
}
