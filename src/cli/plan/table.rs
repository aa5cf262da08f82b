//! The plan as a table: a line for each moment and each group of people who are told the same.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};

use certnotify::event::{Detail, EventKind, Location, Occurrence};
use certnotify::policy::{Policies, Zone};
use certnotify::render::{named_occurrences, news_in_words, reason_in_words, untrusted};
use certnotify::schedule::{Batch, Reminder, ReminderReason, Upcoming, UpcomingContent};
use time::OffsetDateTime;

use super::Planned;
use crate::cli::amounts::{certificates_and_events, day_and_minute, length};
use crate::cli::columns::{columns, prose};
use crate::cli::output;

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
        let nothing = "Nothing will go out. Why a certificate is silent: certnotify plan NAME\n";
        text.push_str(&output::pasteable(nothing));
        return text;
    }
    let rows: Vec<[String; 5]> = groups(&planned.batches).iter().map(|group| group.row(planned)).collect();
    text.push_str(&columns(["WHEN", "TO", "BY", "WHAT", "WHY"], &rows));
    let each =
        "Each line goes out in the first run after its time, and not at all if the certificate is renewed before.";
    text.extend(["\n", &prose(each), "\n"]);
    text.push_str(&output::pasteable(
        "`and N more` in full: --full. Why a certificate is silent: certnotify plan NAME\n",
    ));
    text
}

/// Batches of one moment that tell the same.
struct Group<'a> {
    at: OffsetDateTime,
    batches: Vec<&'a Batch>,
}

fn groups(batches: &[(OffsetDateTime, Batch)]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    // Thousands of contacts may be told something at one moment: only what may be the same is compared.
    let mut alike: HashMap<(OffsetDateTime, u64), Vec<usize>> = HashMap::new();
    let hashes = RandomState::new();
    for (at, batch) in batches {
        let certificates = batch.reminders.iter().map(|reminder| reminder.key.fingerprint);
        let occurrences = batch.occurrences.iter().map(|occurrence| &occurrence.id);
        let hash = hashes.hash_one((certificates.collect::<Vec<_>>(), occurrences.collect::<Vec<_>>()));
        let alike = alike.entry((*at, hash)).or_default();
        let mut same = alike.iter().filter(|group| content(groups[**group].batches[0]) == content(batch));
        if let Some(group) = same.next().copied() {
            groups[group].batches.push(batch);
        } else {
            alike.push(groups.len());
            groups.push(Group { at: *at, batches: vec![batch] });
        }
    }
    groups
}

/// What distinguishes two batches apart from whom they go to.
fn content(batch: &Batch) -> impl PartialEq + '_ {
    let reminders: Vec<_> =
        batch.reminders.iter().map(|reminder| (reminder.key.fingerprint, reminder.key.kind, reminder.why)).collect();
    let occurrences: Vec<_> = batch.occurrences.iter().map(|occurrence| &occurrence.id).collect();
    (reminders, occurrences, batch.held_until)
}

impl Group<'_> {
    fn row(&self, planned: &Planned) -> [String; 5] {
        let first = self.batches[0];
        [planned.when(self.at, first), self.contacts(), self.channels(), what(first), why(self.at, first, planned)]
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
        match channels.as_slice() {
            [first, second, _, _, _, ..] => format!("{first}, {second} and {} more", channels.len() - 2),
            _ => channels.join(", "),
        }
    }
}

fn what(batch: &Batch) -> String {
    let reminders = batch.reminders.iter().map(|reminder| name(&reminder.event.locations, "a certificate"));
    let occurrences = named_occurrences(batch).map(|occurrence| name(&occurrence.locations, without_name(occurrence)));
    let mut names: Vec<String> = Vec::new();
    for name in reminders.chain(occurrences) {
        if !names.contains(&name) {
            names.push(name);
        }
        // More are counted, and not named.
        if names.len() > 3 {
            break;
        }
    }
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, _, _] => format!("{first} and 2 more"),
        _ => certificates_and_events(batch.reminders.len(), named_occurrences(batch).count()),
    }
}

fn name(locations: &[Location], otherwise: &str) -> String {
    locations.first().map_or_else(|| otherwise.to_owned(), |location| untrusted::clean(&location.name))
}

/// What is about no certificate.
fn without_name(occurrence: &Occurrence) -> &'static str {
    match occurrence.detail {
        Detail::Digest { .. } => "all certificates",
        _ => occurrence.kind.short_name(),
    }
}

/// The same of what goes out next.
pub(in crate::cli) fn what_next(next: &Upcoming) -> String {
    match &next.content {
        UpcomingContent::Reminder(_) => name(next.locations(), "a certificate"),
        UpcomingContent::Occurrence(occurrence) => name(next.locations(), without_name(occurrence)),
    }
}

pub(in crate::cli) fn why_next(next: &Upcoming, zone: &Zone) -> String {
    match &next.content {
        UpcomingContent::Reminder(reminder) => reason_in_words(reminder, zone),
        UpcomingContent::Occurrence(occurrence) => news_in_words(occurrence, zone),
    }
}

fn why(at: OffsetDateTime, batch: &Batch, planned: &Planned) -> String {
    let held = window(batch, &planned.policies).filter(|_| batch.held_until.is_some());
    let mut held = held.map(|window| format!("; held by the window {window}")).unwrap_or_default();
    if planned.throttled.until(&batch.contact, batch.channel) == Some(at) {
        held.push_str("; its server asked for time");
    } else if planned.resting_until(batch) == Some(at) {
        held.push_str("; not taken the last time");
    }
    let named: Vec<&Occurrence> = named_occurrences(batch).collect();
    match (batch.reminders.as_slice(), named.as_slice()) {
        ([one], []) => return reason_in_words(one, &batch.zone) + &held,
        ([], [one]) => return news_in_words(one, &batch.zone) + &held,
        _ => {}
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let occurrences = named.iter().map(|occurrence| short_news(occurrence, &batch.zone));
    for reason in batch.reminders.iter().map(short).chain(occurrences) {
        *reasons.entry(reason).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.into_iter().map(|(reason, number)| format!("{number} {reason}")).collect();
    reasons.join(", ") + &held
}

/// The window that holds it: that of the first thing in it.
pub(in crate::cli) fn window<'a>(batch: &'a Batch, policies: &'a Policies) -> Option<&'a str> {
    let entry = || {
        let location = batch.occurrences.iter().find_map(|occurrence| occurrence.locations.first())?;
        policies.entry(location.entry.as_str())
    };
    let of_reminder = batch.reminders.first().map(|reminder| reminder.terms.window.as_str());
    of_reminder.or_else(|| entry().map(|entry| entry.policy.window.as_str()))
}

/// `renewed`, without the details.
fn short_news(occurrence: &Occurrence, zone: &Zone) -> String {
    let words = news_in_words(occurrence, zone);
    words.split_once(':').map_or(words.as_str(), |(mark, _)| mark).to_owned()
}

fn short(reminder: &Reminder) -> String {
    match reminder.why {
        ReminderReason::Opened { lead } => format!("at {}", length(lead)),
        ReminderReason::Milestone { left } => format!("at {}", length(left)),
        ReminderReason::Escalated { within } => format!("within {}", length(within)),
        ReminderReason::RenewalLate { .. } => "renewal late".to_owned(),
        ReminderReason::NotDeployed { is_predecessor: true } => "old one still served".to_owned(),
        ReminderReason::NotDeployed { is_predecessor: false } => "another one served".to_owned(),
        ReminderReason::Repeat { every_days, .. } if reminder.key.kind == EventKind::Expired => {
            format!("expired, every {every_days} d")
        }
        ReminderReason::Repeat { every_days, .. } => format!("every {every_days} d"),
        ReminderReason::Expired | ReminderReason::ExpiredUntold => "expired".to_owned(),
        ReminderReason::SnoozeEnded { .. } => "after a snooze".to_owned(),
    }
}
