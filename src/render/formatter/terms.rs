//! What is told of the terms: what the policies do, when the next message comes, and who else is told.

use std::collections::{BTreeSet, HashMap, HashSet};

use time::OffsetDateTime;

use super::{Formatter, Typed};
use crate::event::{EventKind, Evidence};
use crate::policy::{ContactName, Renewal};
use crate::render::digest::Row;
use crate::render::distinct;
use crate::render::wording::{Pace, Recipients, Rhythm, Sentence, ToldLater, Until};
use crate::schedule::{Reminder, ReminderReason};

/// Other people who are named in a sentence; the others are counted.
pub(in crate::render) const PEOPLE: usize = 5;

impl Formatter<'_> {
    /// What the rows stand on, and what each of their policies does; at most `shown` of them.
    pub(in crate::render) fn policies(&self, rows: &[Row<'_>], shown: usize) -> Vec<String> {
        let mut paces: Vec<Pace<'_>> = Vec::new();
        let evidences = distinct(rows.iter().map(|row| &row.first.event.evidence));
        for row in rows {
            let terms = &row.first.terms;
            let rhythm = rhythm(row.first);
            let pace = Pace {
                policy: self.own(terms.policy.as_str()),
                rows: 1,
                are_dates: row.certificate().is_date(),
                lead: terms.opening.asked,
                frequency: terms.frequency,
                milestones: if rhythm == Rhythm::WhileNotServed { &[] } else { &terms.milestones },
                rhythms: vec![rhythm],
                is_alone: true,
            };
            match paces.iter_mut().find(|known| known.is_of_the_same_policy(&pace)) {
                Some(known) => {
                    known.rhythms.extend(pace.rhythms);
                    known.rows += 1;
                    known.are_dates &= pace.are_dates;
                }
                None => paces.push(pace),
            }
        }
        let is_alone = paces.len() == 1;
        for pace in &mut paces {
            pace.is_alone = is_alone;
            pace.rhythms.sort_unstable();
            pace.rhythms.dedup();
        }
        let more = paces.len().saturating_sub(shown);
        let evidences = evidences.into_iter().take(shown);
        let evidences = evidences.map(|evidence| {
            let rows = rows.iter().filter(|row| row.first.event.evidence == *evidence).count();
            self.words.say(Sentence::Evidence { evidence: &self.known_by(evidence), rows })
        });
        let policies = paces.iter().take(shown).map(|pace| self.words.policy(pace));
        let others = (more > 0).then(|| {
            let typed = Typed { command: "plan", name: Some("NAME"), options: "" };
            self.with_command(&self.words.say(Sentence::OtherPolicies { more }), &typed)
        });
        evidences.chain(policies).chain(others).collect()
    }

    /// When the next reminder of any row goes out.
    pub(in crate::render) fn next(&self, rows: &[Row<'_>]) -> String {
        let next = rows.iter().flat_map(|row| &row.reminders).filter_map(|reminder| reminder.next).min();
        let until = match rows {
            [row] if row.first.key.kind == EventKind::HostingFailure && row.is_not_deployed() => Until::InUse,
            [_] => Until::Renewed,
            _ => Until::AllRenewed,
        };
        let day = next.map(|at| self.words.weekday(self.clock, at));
        self.words.say(Sentence::Next { day: day.as_deref(), until })
    }

    /// Who is told of one certificate as well, and who will be.
    pub(in crate::render) fn told(&self, row: &Row<'_>) -> Vec<String> {
        // The reminders of one certificate share both; of thousands only those that are named are gone through.
        let reminder = row.first;
        let names: Vec<&ContactName> = reminder.told_with().take(PEOPLE).collect();
        let is_one_day = |one, other| self.clock.date(one) == self.clock.date(other);
        let days = reminder.told_from.days(&reminder.key.contact, PEOPLE, is_one_day);
        let later: Vec<ToldLater> = days
            .take(PEOPLE)
            .map(|day| (self.words.day(self.clock, day.first), self.contacts(&day.names, day.count)))
            .collect();
        let names = self.contacts(&names, reminder.told_with_count());
        vec![self.words.recipients(Recipients::ToldWith { names: &names, later: &later })]
    }

    /// Who else will be told of any row, each from the first time on.
    fn told_later<'r>(&self, rows: &'r [Row<'_>], mut known: HashSet<&'r ContactName>) -> Vec<ToldLater> {
        let mut later: Vec<(OffsetDateTime, Vec<&ContactName>)> = Vec::new();
        let mut all: Vec<_> = rows
            .iter()
            .flat_map(|row| &row.reminders)
            .flat_map(|reminder| reminder.told_later())
            .map(|(name, at)| (at, name))
            .collect();
        all.sort();
        for (at, name) in all {
            if !known.insert(name) {
                continue;
            }
            match later.last_mut().filter(|(day, _)| self.clock.date(*day) == self.clock.date(at)) {
                Some((_, names)) => names.push(name),
                None => later.push((at, vec![name])),
            }
        }
        let days = later.into_iter().take(PEOPLE);
        days.map(|(at, names)| (self.words.day(self.clock, at), self.contacts(&names, names.len()))).collect()
    }

    /// The same for many rows: of how many of them other recipients are told.
    pub(in crate::render) fn told_of_many(&self, rows: &[Row<'_>]) -> Vec<String> {
        let mut counts: Vec<(&ContactName, usize)> = Vec::new();
        let mut index: HashMap<&ContactName, usize> = HashMap::new();
        for row in rows {
            let names: BTreeSet<_> = row.reminders.iter().flat_map(|reminder| reminder.told_with()).collect();
            for name in names {
                let nth = *index.entry(name).or_insert(counts.len());
                match counts.get_mut(nth) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((name, 1)),
                }
            }
        }
        let later = self.told_later(rows, index.into_keys().collect());
        let (of_all, of_some): (Vec<_>, Vec<_>) = counts.into_iter().partition(|(_, count)| *count == rows.len());
        let of_all: Vec<&ContactName> = of_all.into_iter().map(|(name, _)| name).collect();
        let of_all = (!of_all.is_empty()).then(|| {
            let names = &self.contacts(&of_all, of_all.len());
            self.words.recipients(Recipients::ToldWith { names, later: &[] })
        });
        let of_some = of_some
            .into_iter()
            .take(PEOPLE)
            .map(|(name, count)| self.words.recipients(Recipients::ToldOf { name: &self.own(name.as_str()), count }));
        let later = (!later.is_empty()).then(|| self.words.recipients(Recipients::ToldLater { later: &later }));
        of_all.into_iter().chain(of_some).chain(later).collect()
    }

    /// The first of `count` contacts, and how many more.
    pub(in crate::render) fn contacts(&self, first: &[&ContactName], count: usize) -> Vec<String> {
        let names: Vec<String> = first.iter().take(PEOPLE).map(|name| self.own(name.as_str())).collect();
        match count.saturating_sub(names.len()) {
            0 => names,
            more => vec![self.words.list(&names, more)],
        }
    }

    /// The first names as they are; the others as one, counted.
    pub(in crate::render) fn people(&self, mut names: Vec<String>) -> Vec<String> {
        let more = names.len().saturating_sub(PEOPLE);
        if more > 0 {
            names.truncate(PEOPLE);
            return vec![self.words.list(&names, more)];
        }
        names
    }
}

/// What the policy counts a reminder from.
pub(super) fn rhythm(reminder: &Reminder) -> Rhythm {
    match (reminder.key.kind, reminder.terms.opening.managed.renewal) {
        (EventKind::Expired, _) if reminder.why == ReminderReason::ExpiredUntold => Rhythm::OnceAfterTheEnd,
        (EventKind::Expired, _) => Rhythm::AfterTheEnd,
        (EventKind::HostingFailure, _) if reminder.event.evidence == Evidence::Observed => Rhythm::WhileNotServed,
        (_, Renewal::Auto) => Rhythm::WhenRenewalIsLate,
        (_, Renewal::Manual) => Rhythm::BeforeTheEnd,
    }
}
