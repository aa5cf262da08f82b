//! Who sends a message, and how its receiver can hold what it is about.

use std::collections::HashSet;

use time::{Duration, OffsetDateTime};

use super::RenderInput;
use super::digest::Row;
use super::formatter::{Formatter, PEOPLE, Typed};
use crate::event::Occurrence;
use crate::history::OccurrenceRecord;
use crate::policy::{ContactName, Zone};
use crate::schedule::EffectivePolicy;

#[derive(Clone, Copy)]
pub(super) struct MessageContext<'a> {
    pub(super) formatter: Formatter<'a>,
    pub(super) render_input: &'a RenderInput<'a>,
    /// Whom it is for.
    pub(super) contact: &'a ContactName,
}

/// What to type, after an introduction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) introduction: String,
    /// Joined by the shell: all but the last end in a backslash.
    pub(super) lines: Vec<String>,
}

impl<'a> MessageContext<'a> {
    /// As a mail says it, in the language of the contact.
    pub(super) fn new(
        contact: &'a ContactName,
        zone: &'a Zone,
        render_input: &'a RenderInput<'a>,
        now: OffsetDateTime,
    ) -> Self {
        let settings = render_input.policies.contacts.get(contact);
        let language = settings.map_or(render_input.policies.settings.language, |contact| contact.language);
        Self { formatter: Formatter::new(language, zone, render_input, now), render_input, contact }
    }

    /// The same of what is about no entry: in the zone of the contact.
    pub(super) fn in_own_zone(
        contact: &'a ContactName,
        render_input: &'a RenderInput<'a>,
        now: OffsetDateTime,
    ) -> Self {
        let settings = render_input.policies.contacts.get(contact);
        let zone = settings.and_then(|contact| contact.zone.as_ref());
        Self::new(contact, zone.unwrap_or(&render_input.policies.settings.zone), render_input, now)
    }

    /// As a chat with this escape says it.
    pub(super) fn in_chat(self, escape: fn(&str) -> String) -> Self {
        Self { formatter: self.formatter.in_chat(escape), ..self }
    }

    pub(super) fn policy_file(&self) -> String {
        self.formatter.own(&self.render_input.policies.file.display().to_string())
    }

    pub(super) fn machine(&self) -> String {
        self.formatter.own(self.render_input.machine)
    }

    /// Why the receiver hears of what happened.
    pub(super) fn because(&self, occurrences: &[&Occurrence]) -> Vec<String> {
        if occurrences.is_empty() {
            Vec::new()
        } else {
            self.formatter.because(occurrences, self.contact, self.render_input.policies)
        }
    }

    /// That the receiver is no contact of the policy and is told by its escalation: of the only row, or of how many.
    pub(super) fn escalated(&self, rows: &[Row<'_>]) -> Option<String> {
        let steps: Vec<Duration> = rows.iter().filter_map(|row| self.step(row)).collect();
        let widest = steps.iter().max()?;
        let count = (rows.len() > 1).then_some(steps.len());
        Some(self.formatter.words.escalated(*widest, count))
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
    pub(super) fn told_of_news(&self, occurrences: &[&Occurrence], is_alone: bool) -> Option<String> {
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
        let words = self.formatter.words;
        match (is_alone, count) {
            (true, _) => (!records.is_empty()).then(|| words.told_with(&self.formatter.contacts(&first, count), &[])),
            (false, 0) => None,
            (false, _) => Some(words.news_told(&self.formatter.contacts(&first, count))),
        }
    }

    pub(super) fn footer(&self) -> String {
        self.formatter.words.footer(env!("CARGO_PKG_VERSION"), &self.machine(), &self.policy_file())
    }

    /// The certificates that the message does not name.
    pub(super) fn others(&self) -> Option<String> {
        self.formatter.words.others(self.render_input.need_nothing, self.render_input.not_seen)
    }

    /// How to hold the reminders of one entry until a week from now, but not beyond its `end`, and of any without a
    /// name; nothing where that is not a day ahead.
    pub(super) fn snooze_hint(&self, entry: Option<(&str, OffsetDateTime)>) -> Option<Command> {
        let clock = self.formatter.clock;
        let week = clock.now.saturating_add(Duration::WEEK);
        let until = entry.map_or(week, |(_, end)| end.min(week));
        if clock.date(until) <= clock.date(clock.now) {
            return None;
        }
        let day = clock.iso_date(until);
        let (name, options) = (entry.map_or("NAME", |(name, _)| name), format!("--until {day}"));
        let lines = self.formatter.command(&Typed { command: "snooze", name: Some(name), options: &options });
        Some(Command { introduction: self.formatter.words.snooze_hint(&day, &self.machine(), entry.is_none()), lines })
    }
}

/// Those besides `contact` who are owed it, and those who were told.
fn others<'r>(record: &'r OccurrenceRecord, contact: &ContactName) -> impl Iterator<Item = &'r ContactName> {
    let told = record.told.keys().filter(|name| !record.owed.contains_key(*name));
    record.owed.keys().chain(told).filter(move |name| *name != contact)
}

/// `text` as one word of a shell.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_./:@%+,=".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn a_name_is_one_word_of_the_shell() {
        assert_eq!(shell_word("f5/vpn.example.com:443"), "f5/vpn.example.com:443");
        assert_eq!(shell_word("支付"), "支付");
        assert_eq!(shell_word("live/*/x"), "'live/*/x'");
        assert_eq!(shell_word("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
        assert_eq!(shell_word(""), "''");
    }
}
