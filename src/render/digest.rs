//! Reminders → rows: one per certificate, with how urgent it is, and exact totals.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::over::Then;
use super::untrusted::{NAME, cap, own, peer};
use super::urgency::{Left, Tier, Totals};
use crate::certificate::Certificate;
use crate::event::{EventKind, Location, Locations, Occurrence};
use crate::schedule::Reminder;

/// One certificate of a message: never empty, its most urgent event first.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) reminders: Vec<&'a Reminder>,
    pub(super) first: &'a Reminder,
    /// What else happened to it, the most urgent first.
    pub(super) occurrences: Vec<&'a Occurrence>,
    locations: Locations,
}

impl<'a> Row<'a> {
    fn new(reminder: &'a Reminder) -> Self {
        Self { reminders: vec![reminder], first: reminder, occurrences: Vec::new(), locations: Locations::default() }
    }

    pub(super) fn certificate(&self) -> &'a Certificate {
        &self.first.event.certificate
    }

    /// It is about the end, not only about a renewal that failed.
    pub(super) fn reminds_of_the_end(&self) -> bool {
        self.reminders.iter().any(|reminder| reminder.key.kind != EventKind::HostingFailure)
    }

    pub(super) fn left(&self, now: OffsetDateTime) -> Left {
        Left::new(self.certificate(), now)
    }

    /// By its dates, and by what happened to it.
    pub(super) fn tier(&self, then: Then<'_>) -> Tier {
        let is_urgent = self.is_not_deployed() || self.occurrences.iter().any(|occurrence| then.is_urgent(occurrence));
        let tier = self.tier_of_the_end(then.now);
        if is_urgent { tier.min(Tier::Urgent) } else { tier }
    }

    pub(super) fn tier_of_the_end(&self, now: OffsetDateTime) -> Tier {
        let certificate = self.certificate();
        // In whole days, as what is left is told.
        let left = (certificate.effective_end() - now).whole_days();
        if certificate.is_expired(now) {
            Tier::Expired
        } else if left <= 7 {
            Tier::Within7
        } else if left <= 30 {
            Tier::Within30
        } else {
            Tier::Later
        }
    }

    /// All places of the certificate, each once.
    pub(super) const fn locations(&self) -> &Locations {
        &self.locations
    }

    /// Once all that the row tells is in it. Where a successor stands now, there is nothing left to renew.
    pub(super) fn note_locations(&mut self) {
        let fingerprint = Some(self.certificate().fingerprint);
        let reminders = self.reminders.iter().map(|reminder| &reminder.event.locations);
        let occurrences = self.occurrences.iter().filter(|occurrence| occurrence.located() == fingerprint);
        self.locations = Locations::union(reminders.chain(occurrences.map(|occurrence| &occurrence.locations)));
    }

    /// In the file where it stands there are others.
    pub(super) fn is_one_of_several(&self) -> bool {
        self.locations().first().is_some_and(Location::is_one_of_several)
    }

    /// The entry's name as commands take it.
    pub(super) fn entry_name(&self) -> String {
        let location = self.first.event.locations.first();
        own(location.map_or(self.first.terms.entry.as_str(), |location| &location.name))
    }

    /// What the certificate is for: its first name, or what else there is.
    pub(super) fn host(&self) -> String {
        let name = peer(&self.certificate().display_name(), NAME);
        if name.is_empty() { cap(&self.entry_name(), NAME) } else { name }
    }

    /// What people call it, and the host it is for where the first does not say so.
    pub(super) fn label(&self) -> (String, Option<String>) {
        label_of(&self.entry_name(), self.host())
    }
}

/// The name of an entry, and the host where the name does not say so; only the host where the name is a file's.
pub(super) fn label_of(name: &str, host: String) -> (String, Option<String>) {
    let last = cap(name.rsplit('/').next().unwrap_or_default(), NAME);
    let is_file = name.starts_with(['/', '.', '*'])
        || [".pem", ".crt", ".cer", ".cert", ".der", ".p12", ".pfx"].iter().any(|ending| last.ends_with(ending));
    if is_file || last.is_empty() || last.contains(&host) || host == name { (host, None) } else { (last, Some(host)) }
}

/// One row for each certificate, in the order in which the certificates come first.
pub(super) fn rows(reminders: &[Reminder]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut index = HashMap::new();
    for reminder in reminders {
        let at = *index.entry(reminder.key.fingerprint).or_insert(rows.len());
        match rows.get_mut(at) {
            None => rows.push(Row::new(reminder)),
            Some(row) => {
                row.reminders.push(reminder);
                row.reminders.sort_by_key(|reminder| urgency(reminder.key.kind));
                row.first = row.reminders[0];
            }
        }
    }
    rows.iter_mut().for_each(Row::note_locations);
    rows
}

pub(super) fn totals(rows: &[Row<'_>], now: OffsetDateTime) -> Totals {
    Tier::OF_THE_END.map(|tier| rows.iter().filter(|row| row.tier_of_the_end(now) == tier).count())
}

const fn urgency(kind: EventKind) -> u8 {
    match kind {
        EventKind::Expired => 0,
        EventKind::HostingFailure => 1,
        EventKind::Expiration => 2,
        _ => 3,
    }
}
