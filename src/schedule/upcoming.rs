//! What goes out next: the earliest of what is owed and of what will be.

use std::collections::BTreeSet;
use std::sync::Arc;

use time::OffsetDateTime;

use super::Reminder;
use super::occurrences::Recipient;
use super::series::ReminderSeries;
use crate::event::{Location, Occurrence};
use crate::policy::{Channel, ContactName};

/// What goes out next; of several of one moment, one.
#[derive(Clone, Debug)]
pub struct Upcoming {
    /// Not after the moment of the schedule, where it is owed already.
    pub at: OffsetDateTime,
    pub content: UpcomingContent,
    /// Everyone who is told just this then.
    pub contacts: BTreeSet<ContactName>,
    /// Everyone who is told of the same certificate then, for whatever reason.
    pub told: BTreeSet<ContactName>,
    pub channels: Vec<Channel>,
}

/// What a message that is still to come tells.
#[derive(Clone, Debug)]
pub enum UpcomingContent {
    Reminder(Box<Reminder>),
    Occurrence(Arc<Occurrence>),
}

impl Upcoming {
    /// Where the certificates of it stand.
    #[must_use]
    pub fn locations(&self) -> &[Location] {
        match &self.content {
            UpcomingContent::Reminder(reminder) => &reminder.event.locations,
            UpcomingContent::Occurrence(occurrence) => &occurrence.locations,
        }
    }

    fn tell(&mut self, contact: &ContactName, channel: Channel) {
        self.contacts.insert(contact.clone());
        self.told.insert(contact.clone());
        if !self.channels.contains(&channel) {
            self.channels.push(channel);
        }
    }

    /// Keeps the earlier of `next` and the next reminder of `series`.
    pub(super) fn consider_reminder(next: &mut Option<Self>, series: &ReminderSeries, now: OffsetDateTime) {
        let Some(turn) = series.next(now) else { return };
        match next {
            Some(next) if next.at < turn.send_at => return,
            Some(next) if next.at == turn.send_at => {
                if let UpcomingContent::Reminder(of_next) = &next.content
                    && of_next.key.fingerprint == series.event.certificate.fingerprint
                {
                    let reminder = series.reminder(&turn);
                    next.told.insert(series.contact.clone());
                    if (reminder.key.kind, reminder.why) == (of_next.key.kind, of_next.why) {
                        next.tell(&series.contact, series.channel);
                    }
                }
                return;
            }
            _ => {}
        }
        *next = Some(Self {
            at: turn.send_at,
            content: UpcomingContent::Reminder(Box::new(series.reminder(&turn))),
            contacts: BTreeSet::from([series.contact.clone()]),
            told: BTreeSet::from([series.contact.clone()]),
            channels: vec![series.channel],
        });
    }

    /// Keeps the earlier of `next` and what happened, which goes out at `at`. At one moment a reminder is named first.
    pub fn consider_occurrence(
        next: &mut Option<Self>,
        occurrence: &Arc<Occurrence>,
        (contact, channel): &Recipient,
        at: OffsetDateTime,
    ) {
        match next {
            Some(next) if next.at < at => return,
            Some(next) if next.at == at => {
                if matches!(&next.content, UpcomingContent::Occurrence(of_next) if of_next.id == occurrence.id) {
                    next.tell(contact, *channel);
                }
                return;
            }
            _ => {}
        }
        *next = Some(Self {
            at,
            content: UpcomingContent::Occurrence(Arc::clone(occurrence)),
            contacts: BTreeSet::from([contact.clone()]),
            told: BTreeSet::from([contact.clone()]),
            channels: vec![*channel],
        });
    }
}
