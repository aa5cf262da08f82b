//! Who sends a message, and how its receiver can hold what it is about.

use std::collections::HashSet;

use time::{Duration, OffsetDateTime};

use super::dates::are_dates;
use super::{Command, Formatter, PEOPLE, Typed};
use crate::event::Occurrence;
use crate::history::OccurrenceRecord;
use crate::policy::ContactName;
use crate::render::digest::Row;
use crate::render::occurrence_row::Item;
use crate::render::wording::{Held, Recipients, Sentence};
use crate::schedule::EffectivePolicy;

impl Formatter<'_> {
    pub(in crate::render) fn policy_file(&self) -> String {
        self.own(&self.render_input.policies.file.display().to_string())
    }

    pub(in crate::render) fn machine(&self) -> String {
        self.own(self.render_input.machine)
    }

    /// That the receiver is no contact of the policy and is told by its escalation: of the only row, or of how many.
    pub(in crate::render) fn escalated(&self, rows: &[Row<'_>]) -> Option<String> {
        let steps: Vec<Duration> = rows.iter().filter_map(|row| self.step(row)).collect();
        let widest = steps.iter().max()?;
        let count = (rows.len() > 1).then_some(steps.len());
        Some(self.words.recipients(Recipients::Escalated { within: *widest, count }))
    }

    /// The step of the escalation by which alone the receiver is told of a row.
    fn step(&self, row: &Row<'_>) -> Option<Duration> {
        let is_contact = |terms: &EffectivePolicy| {
            let entry = self.render_input.policies.entry(terms.entry.as_str());
            entry.is_some_and(|entry| entry.policy.contacts.contains(self.contact))
        };
        let mut widest = None;
        for terms in row.reminders.iter().map(|reminder| &reminder.terms) {
            let steps = terms.escalation.iter().filter(|(_, contacts)| contacts.contains(self.contact));
            let step = steps.map(|(within, _)| *within).max().filter(|_| !is_contact(terms))?;
            widest = widest.max(Some(step));
        }
        widest
    }

    /// Who else is told of what happened, now or when their window opens; of one row also that no other is.
    pub(in crate::render) fn told_of_news(&self, occurrences: &[&Occurrence], is_alone: bool) -> Option<String> {
        let records =
            occurrences.iter().filter_map(|occurrence| self.render_input.history.occurrences.get(&occurrence.id));
        let records: Vec<&OccurrenceRecord> = records.collect();
        let (first, count) = match records.as_slice() {
            // It may be owed to thousands: only those that are named are gone through.
            [record] => {
                let both = record.told.keys().filter(|name| record.owed.contains_key(*name)).count();
                let is_told = record.owed.contains_key(self.contact) || record.told.contains_key(self.contact);
                let count = record.owed.len() + record.told.len() - both - usize::from(is_told);
                (others(record, self.contact).take(PEOPLE).collect(), count)
            }
            records => {
                let mut seen = HashSet::new();
                let all = records.iter().flat_map(|record| others(record, self.contact));
                let all: Vec<&ContactName> = all.filter(|name| seen.insert(*name)).collect();
                let count = all.len();
                (all, count)
            }
        };
        let words = self.words;
        match (is_alone, count) {
            (true, _) => (!records.is_empty())
                .then(|| words.recipients(Recipients::ToldWith { names: &self.contacts(&first, count), later: &[] })),
            (false, 0) => None,
            (false, _) => Some(words.recipients(Recipients::NewsTold { names: &self.contacts(&first, count) })),
        }
    }

    pub(in crate::render) fn footer(&self) -> String {
        let (version, machine, file) = (env!("CARGO_PKG_VERSION"), &self.machine(), &self.policy_file());
        self.words.say(Sentence::Footer { version, machine, file })
    }

    /// The certificates that the message does not name.
    pub(in crate::render) fn others(&self, items: &[Item<'_>]) -> Option<String> {
        self.words.others(self.render_input.need_nothing, self.render_input.not_seen, are_dates(items))
    }

    /// How to hold the reminders of one entry until a week from now, but not beyond its `end`, and without a name of any
    /// of these; nothing where that is not a day ahead.
    pub(in crate::render) fn snooze_hint(
        &self,
        entry: Option<(&str, OffsetDateTime)>,
        items: &[Item<'_>],
    ) -> Option<Command> {
        let clock = self.clock;
        let week = clock.now.saturating_add(Duration::WEEK);
        let until = entry.map_or(week, |(_, end)| end.min(week));
        if clock.date(until) <= clock.date(clock.now) {
            return None;
        }
        let day = clock.iso_date(until);
        let (name, options) = (entry.map_or("NAME", |(name, _)| name), format!("--until {day}"));
        let lines = self.command(&Typed { command: "snooze", name: Some(name), options: &options });
        let of = match entry {
            Some(_) => Held::TheOnlyOne,
            None if are_dates(items) => Held::OneOfTheDates,
            None => Held::OneOfTheCertificates,
        };
        let hint = Recipients::SnoozeHint { day: &day, machine: &self.machine(), of };
        Some(Command { introduction: self.words.recipients(hint), lines })
    }
}

/// Those besides `contact` who are owed it, and those who were told.
fn others<'r>(record: &'r OccurrenceRecord, contact: &ContactName) -> impl Iterator<Item = &'r ContactName> {
    let told = record.told.keys().filter(|name| !record.owed.contains_key(*name));
    record.owed.keys().chain(told).filter(move |name| *name != contact)
}
