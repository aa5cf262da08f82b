//! A batch and its rows: what its messages are made of, and what is recorded of each.

use super::formatter::Formatter;
use super::occurrence_row::{Item, due, told};
use super::{Body, Message, identifier, reason_in_words};
use crate::certificate::Fingerprint;
use crate::event::EventKind;
use crate::policy::{Channel, ContactName};
use crate::schedule::{Batch, ReminderKey};

#[derive(Clone, Copy)]
pub(super) struct BatchInput<'a> {
    pub(super) batch: &'a Batch,
    pub(super) items: &'a [Item<'a>],
    /// As a mail says it.
    pub(super) formatter: Formatter<'a>,
}

impl<'a> BatchInput<'a> {
    /// The same of some rows only.
    pub(super) fn of(self, items: &'a [Item<'a>]) -> Self {
        Self { items, ..self }
    }

    /// The same with so many rows of each list of a digest.
    pub(super) fn listing(self, listed: usize) -> Self {
        Self { formatter: self.formatter.listing(listed), ..self }
    }

    pub(super) fn id(&self) -> String {
        identifier(&self.batch.contact, self.batch.channel, self.items, "")
    }

    /// What was written whole and never answered may have come before.
    pub(super) fn is_repeat(&self, id: &str) -> bool {
        let Batch { contact, channel, .. } = self.batch;
        self.formatter.render_input.history.may_be_a_repeat(id, (contact, *channel), &[])
    }

    /// The message that names all rows.
    pub(super) fn message(&self, id: String, body: Body, text: String) -> Message {
        let rows = due(self.items);
        let reminders = rows.iter().flat_map(|row| &row.reminders);
        // That of the table of the history.
        let zone = &self.formatter.render_input.policies.settings.zone;
        Message {
            reminders: reminders.map(|reminder| (reminder.key.clone(), reason_in_words(reminder, zone))).collect(),
            occurrences: told(self.items.iter(), self.batch, zone),
            named: self.items.iter().map(|item| item.occurrences().len()).sum(),
            certificates: rows.len(),
            ..Message::without_rows(&self.batch.contact, self.batch.channel, id, body, text)
        }
    }

    /// The message that the alert of a certificate is over, which names it with `why`.
    pub(super) fn over(&self, fingerprint: Fingerprint, body: Body, text: String, why: &str) -> Message {
        let (contact, channel) = (self.batch.contact.clone(), self.batch.channel);
        let id = identifier(&contact, channel, &[], &format!("over {fingerprint}"));
        let message = Message::without_rows(&contact, channel, id, body, text);
        let key = ReminderKey { fingerprint, kind: EventKind::Hosting, contact, channel };
        Message { reminders: vec![(key, why.to_owned())], certificates: 1, ..message }
    }
}

impl Message {
    /// It names nothing: it mentions people beside the pages that do, and is not sent again where it fails.
    #[must_use]
    pub fn only_mentions(&self) -> bool {
        self.channel.has_pages() && self.reminders.is_empty() && self.occurrences.is_empty()
    }

    /// One that names nothing.
    pub(super) fn without_rows(contact: &ContactName, channel: Channel, id: String, body: Body, text: String) -> Self {
        Self {
            contact: contact.clone(),
            channel,
            to: Vec::new(),
            id,
            body,
            text,
            reminders: Vec::new(),
            occurrences: Vec::new(),
            named: 0,
            certificates: 0,
            complaints: Vec::new(),
            fewer: Vec::new(),
        }
    }
}
