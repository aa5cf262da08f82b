//! The plan as a table: a line for each moment and each group of people who are told the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use certnotify::event::Kind;
use certnotify::render::{untrusted, why_in_words};
use certnotify::schedule::{Batch, Reminder, Why};
use time::OffsetDateTime;

use super::Planned;
use crate::cli::columns::columns;
use crate::cli::run::{certificates, day_and_minute};

pub(super) fn text(planned: &Planned) -> String {
    let zone = &planned.policies.settings.zone;
    let span = match planned.days {
        0 => String::new(),
        1 => " and the day after".to_owned(),
        days => format!(" and the {days} days after"),
    };
    let file = planned.policies.file.display();
    let mut text = format!("{}{span}, {file}. Nothing is sent.\n\n", day_and_minute(zone, planned.now));
    if planned.batches.is_empty() {
        let _ = writeln!(text, "Nothing will go out. Why a certificate is silent: certnotify plan NAME");
        return text;
    }
    let rows: Vec<[String; 5]> = groups(&planned.batches).iter().map(|group| group.row(planned)).collect();
    text.push_str(&columns(["WHEN", "TO", "BY", "WHAT", "WHY"], &rows));
    let _ = writeln!(
        text,
        "\nEach line goes out in the first run after its time, and not at all if the certificate is renewed before.\n\
         `and N more` in full: --full. Why a certificate is silent: certnotify plan NAME"
    );
    text
}

/// Batches of one moment that tell the same.
struct Group<'a> {
    at: OffsetDateTime,
    batches: Vec<&'a Batch>,
}

fn groups(batches: &[(OffsetDateTime, Batch)]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, batch) in batches {
        let same = |group: &&mut Group| group.at == *at && content(group.batches[0]) == content(batch);
        match groups.iter_mut().rev().take_while(|group| group.at == *at).find(same) {
            Some(group) => group.batches.push(batch),
            None => groups.push(Group { at: *at, batches: vec![batch] }),
        }
    }
    groups
}

/// What distinguishes two batches apart from whom they go to.
fn content(batch: &Batch) -> impl PartialEq + '_ {
    let reminders: Vec<_> =
        batch.reminders.iter().map(|reminder| (reminder.key.fingerprint, reminder.key.kind, reminder.why)).collect();
    (reminders, batch.held_until)
}

impl Group<'_> {
    fn row(&self, planned: &Planned) -> [String; 5] {
        let first = self.batches[0];
        let when = if self.at == planned.now { "now".to_owned() } else { day_and_minute(&first.zone, self.at) };
        [when, self.contacts(), self.channels(), what(first), why(first)]
    }

    fn contacts(&self) -> String {
        let mut contacts: Vec<&str> = self.batches.iter().map(|batch| batch.contact.as_str()).collect();
        contacts.dedup();
        contacts.join(", ")
    }

    fn channels(&self) -> String {
        let mut channels: Vec<&str> = Vec::new();
        for batch in &self.batches {
            if !channels.contains(&batch.channel.as_str()) {
                channels.push(batch.channel.as_str());
            }
        }
        channels.join(", ")
    }
}

fn what(batch: &Batch) -> String {
    let name = |reminder: &Reminder| {
        reminder.event.sightings.first().map(|sighting| untrusted::clean(&sighting.name)).unwrap_or_default()
    };
    match batch.reminders.as_slice() {
        [] => String::new(),
        [one] => name(one),
        [first, second] => format!("{} and {}", name(first), name(second)),
        [first, ..] if batch.reminders.len() <= 3 => format!("{} and {} more", name(first), batch.reminders.len() - 1),
        all => certificates(all.len()),
    }
}

fn why(batch: &Batch) -> String {
    let held = match (batch.held_until, batch.reminders.first()) {
        (Some(_), Some(first)) => format!("; held by the window {}", first.terms.window.as_str()),
        _ => String::new(),
    };
    if let [one] = batch.reminders.as_slice() {
        return why_in_words(&one.why, &one.terms) + &held;
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for reminder in &batch.reminders {
        *reasons.entry(short(reminder)).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.into_iter().map(|(reason, number)| format!("{number} {reason}")).collect();
    reasons.join(", ") + &held
}

fn short(reminder: &Reminder) -> String {
    let length = |length: time::Duration| match length.whole_hours() {
        hours if hours < 48 => format!("{hours} h"),
        hours => format!("{} d", hours / 24),
    };
    match reminder.why {
        Why::Opened { lead } => format!("at {}", length(lead)),
        Why::Milestone { left } => format!("at {}", length(left)),
        Why::Escalated { within } => format!("within {}", length(within)),
        Why::RenewalLate { .. } => "renewal late".to_owned(),
        Why::Repeat { every_days, .. } if reminder.key.kind == Kind::Expired => {
            format!("expired, every {every_days} d")
        }
        Why::Repeat { every_days, .. } => format!("every {every_days} d"),
        Why::Expired | Why::ExpiredUntold => "expired".to_owned(),
        Why::SnoozeEnded { .. } => "after a snooze".to_owned(),
    }
}
