//! Who sends a message, and how its receiver can hold what it is about.

use time::{Duration, OffsetDateTime};

use super::Surroundings;
use super::columns::{LINE, width};
use super::digest::Row;
use super::teller::Teller;
use super::tidings::Tidings;
use super::untrusted::clean;
use crate::event::Happening;
use crate::policy::{ContactName, Entry};
use crate::schedule::Terms;

/// Where the policy file of a machine is looked for last: commands find it without being told.
const USUAL_FILE: &str = "/etc/certnotify/policies.toml";

#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) teller: Teller<'a>,
    pub(super) surroundings: &'a Surroundings<'a>,
    /// Whom it is for.
    pub(super) contact: &'a ContactName,
}

/// What to type, after an introduction.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) introduction: String,
    /// Joined by the shell: all but the last end in a backslash.
    pub(super) lines: Vec<String>,
}

impl Sender<'_> {
    fn file(&self) -> String {
        clean(&self.surroundings.policies.file.display().to_string())
    }

    pub(super) fn policy_file(&self) -> String {
        self.teller.own(&self.file())
    }

    fn machine(&self) -> String {
        self.teller.own(self.surroundings.machine)
    }

    /// Why the receiver hears of what happened.
    pub(super) fn because(&self, news: &[&Happening]) -> Vec<String> {
        if news.is_empty() { Vec::new() } else { self.teller.because(news, self.contact, self.surroundings.policies) }
    }

    /// That the receiver is no contact of the policy and is told by its escalation: of the only row, or of how many.
    pub(super) fn escalated(&self, rows: &[Row<'_>]) -> Option<String> {
        let steps: Vec<Duration> = rows.iter().filter_map(|row| self.step(row)).collect();
        let widest = steps.iter().max()?;
        let count = (rows.len() > 1).then_some(steps.len());
        Some(self.teller.words.escalated(*widest, count))
    }

    /// The step of the escalation by which alone the receiver is told of a row.
    fn step(&self, row: &Row<'_>) -> Option<Duration> {
        let is_contact = |terms: &Terms| {
            let entry = self.surroundings.policies.entries.iter().find(|entry| entry.name == terms.entry);
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

    /// Who else is told of what happened, now or when their window opens; of one row also that nobody is.
    pub(super) fn told_of_news(&self, news: &[&Happening], is_alone: bool) -> Option<String> {
        let records = news.iter().filter_map(|happening| self.surroundings.history.happenings.get(&happening.id));
        let mut is_known = false;
        let mut names: Vec<String> = Vec::new();
        for record in records {
            is_known = true;
            let others = record.owed.keys().chain(record.told.keys()).filter(|name| *name != self.contact);
            for name in others.map(|name| self.teller.own(name.as_str())) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let words = self.teller.words;
        match (is_alone, names.is_empty()) {
            (true, _) => is_known.then(|| words.told_with(&self.teller.people(names))),
            (false, true) => None,
            (false, false) => Some(words.news_told(&self.teller.people(names))),
        }
    }

    /// Until when the reminders of the certificate are held, where they are.
    pub(super) fn snoozed(&self, tidings: &Tidings<'_>) -> Option<String> {
        let certificate = tidings.certificate()?;
        let clock = self.teller.clock;
        let snooze = self.surroundings.history.snoozes.get(&certificate.fingerprint)?;
        (snooze.until > clock.now).then(|| self.teller.words.snoozed(&clock.iso_date(snooze.until)))
    }

    /// The entries that watch what the news is about.
    pub(super) fn entries(&self, tidings: &Tidings<'_>) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = Vec::new();
        for sighting in tidings.sightings() {
            let known = self.surroundings.policies.entries.iter().find(|entry| entry.name.as_str() == sighting.entry);
            if let Some(entry) = known.filter(|entry| !entries.iter().any(|other| other.name == entry.name)) {
                entries.push(entry);
            }
        }
        entries
    }

    pub(super) fn footer(&self) -> String {
        self.teller.words.footer(env!("CARGO_PKG_VERSION"), &self.machine(), &self.policy_file())
    }

    /// The certificates that the message does not name.
    pub(super) fn others(&self) -> Option<String> {
        self.teller.words.others(self.surroundings.need_nothing, self.surroundings.not_seen)
    }

    /// How to hold the reminders of one entry until a week from now, but not beyond its `end`, and of any without a
    /// name; nothing where that is not a day ahead.
    pub(super) fn hold(&self, entry: Option<(&str, OffsetDateTime)>) -> Option<Command> {
        let clock = self.teller.clock;
        let week = clock.now + Duration::WEEK;
        let until = entry.map_or(week, |(_, end)| end.min(week));
        if clock.date(until) <= clock.date(clock.now) {
            return None;
        }
        let day = clock.iso_date(until);
        let file = self.file();
        let policies = if file == USUAL_FILE { String::new() } else { format!(" -p {}", shell_word(&file)) };
        let name = entry.map_or_else(|| "NAME".to_owned(), |(name, _)| shell_word(name));
        let (before, after) = (format!("certnotify{policies}"), format!("snooze {name} --until {day}"));
        let whole = format!("{before} {after}");
        let fits = width(&whole) + 2 <= LINE;
        let lines = if fits { vec![whole] } else { vec![format!("{before} \\"), format!("  {after}")] };
        Some(Command { introduction: self.teller.words.hold(&day, &self.machine(), entry.is_none()), lines })
    }
}

/// `text` as one word of a shell.
fn shell_word(text: &str) -> String {
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
