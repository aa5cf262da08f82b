//! Notifications disabled: what somebody listened to and is told of no more.

use std::collections::{BTreeMap, BTreeSet};

use time::Duration;

use super::happenings::{Stage, one_an_entry, three_of};
use super::standing::last_seen;
use crate::certificate::Fingerprint;
use crate::event::{Detail, Happening, Kind, Sighting, Unwatched};
use crate::history::{History, PlaceRecord};
use crate::policy::{Channel, ContactName, Entry, EntryName, Policies};

/// A snooze beyond this is a switch that somebody may have forgotten.
const LONG_SNOOZE: Duration = Duration::days(30);
/// Deliveries that failed in so many runs in a row.
const FAILED_RUNS: u32 = 3;

/// Who is subscribed to anything, by which channels.
pub type Subscribers = BTreeMap<ContactName, BTreeSet<Channel>>;

/// Who is subscribed to anything of the certificates of each entry.
#[must_use]
pub fn subscriptions(policies: &Policies) -> BTreeMap<EntryName, Subscribers> {
    policies.entries.iter().map(|entry| (entry.name.clone(), subscribers(entry, policies))).collect()
}

fn subscribers(entry: &Entry, policies: &Policies) -> Subscribers {
    let policy = &entry.policy;
    let mut subscribers = Subscribers::new();
    if !entry.notifications {
        return subscribers;
    }
    let mut add = |names: &[ContactName], wanted: &BTreeSet<Channel>| {
        for contact in names.iter().filter_map(|name| policies.contacts.get(name)) {
            let channels: BTreeSet<Channel> = contact.channels().intersection(wanted).copied().collect();
            if !channels.is_empty() {
                subscribers.entry(contact.name.clone()).or_default().extend(channels);
            }
        }
    };
    if !policy.events.is_empty() {
        add(&policy.contacts, &policy.channels);
    }
    for step in &policy.escalation {
        add(&step.contacts, step.channels.as_ref().unwrap_or(&policy.channels));
    }
    subscribers
}

pub(super) fn happenings(stage: &Stage) -> Vec<Happening> {
    let mut happenings = if stage.is_whole() { unheard(stage) } else { Vec::new() };
    happenings.extend(undeliverable(stage));
    happenings.extend(long_snoozes(stage));
    happenings
}

/// Whoever hears of a place, or of the certificate that was in it, after this run.
struct Ears<'a> {
    by_place: BTreeMap<&'a str, BTreeSet<&'a str>>,
    by_certificate: BTreeMap<Fingerprint, BTreeSet<&'a str>>,
}

impl<'a> Ears<'a> {
    fn of(stage: &Stage<'a>) -> Self {
        let mut ears = Self { by_place: BTreeMap::new(), by_certificate: BTreeMap::new() };
        for standing in stage.scene.standings {
            let entry = standing.sighting.entry.as_str();
            ears.by_place.entry(&standing.place).or_default().insert(entry);
            ears.by_certificate.entry(standing.certificate.fingerprint).or_default().insert(entry);
        }
        for observation in stage.scene.observations {
            ears.by_place.entry(&observation.place).or_default().insert(observation.entry.as_str());
        }
        ears
    }

    /// The entries that watch it now.
    fn entries(&self, place: &str, record: &PlaceRecord) -> BTreeSet<&'a str> {
        let here = self.by_place.get(place).into_iter().flatten();
        here.chain(self.by_certificate.get(&record.fingerprint).into_iter().flatten()).copied().collect()
    }
}

/// What was watched and is watched no more, was switched off, or has lost a contact: a row a change.
fn unheard(stage: &Stage) -> Vec<Happening> {
    let history = stage.history();
    let ears = Ears::of(stage);
    let now = subscriptions(stage.scene.policies);
    let mut changes: BTreeMap<String, (Unwatched, Vec<&PlaceRecord>)> = BTreeMap::new();
    let mut note = |key: String, change: Unwatched, record| {
        changes.entry(key).or_insert_with(|| (change, Vec::new())).1.push(record);
    };
    for (place, record) in &history.places {
        let before = listened(record, history);
        let is_deleted = stage.fates.get(place.as_str()).is_some_and(|fate| fate.is_gone(record));
        if before.is_empty() || is_deleted {
            continue;
        }
        let entries = ears.entries(place, record);
        let subscribed: BTreeSet<&ContactName> =
            entries.iter().filter_map(|entry| now.get(*entry)).flat_map(BTreeMap::keys).collect();
        let is_off = |entry: &&str| stage.entries.get(*entry).is_some_and(|entry| !entry.notifications);
        if entries.is_empty() {
            note("removed".to_owned(), Unwatched::Removed, record);
        } else if subscribed.is_empty() && entries.iter().any(is_off) {
            note("switched-off".to_owned(), Unwatched::SwitchedOff, record);
        } else {
            for contact in before.keys().filter(|contact| !subscribed.contains(contact)) {
                let change = Unwatched::ContactDropped { contact: contact.as_str().to_owned() };
                note(format!("contact-dropped {contact}"), change, record);
            }
        }
    }
    changes.into_iter().map(|(key, (change, records))| row(stage, &key, change, &records)).collect()
}

/// Who listened to a place in the last whole run.
fn listened(record: &PlaceRecord, history: &History) -> Subscribers {
    let mut listened = Subscribers::new();
    for entry in std::iter::once(&record.entry).chain(&record.also) {
        for (contact, channels) in history.subscriptions.get(entry).into_iter().flatten() {
            listened.entry(contact.clone()).or_default().extend(channels);
        }
    }
    listened
}

fn row(stage: &Stage, key: &str, change: Unwatched, records: &[&PlaceRecord]) -> Happening {
    let certificates: BTreeSet<Fingerprint> = records.iter().map(|record| record.fingerprint).collect();
    let names = three_of(records.iter().map(|record| record.name.clone()));
    let mut sightings = Vec::new();
    for record in records {
        let sighting = last_seen(record, None);
        sightings.extend(record.also.iter().map(|entry| Sighting { entry: entry.to_string(), ..sighting.clone() }));
        sightings.push(sighting);
    }
    let certificate = records.first().filter(|_| certificates.len() == 1);
    let certificate = certificate.and_then(|record| stage.facts(record.fingerprint));
    let subject = format!("{key} {}", stage.now.unix_timestamp());
    let detail = Detail::Unwatched { change, names, count: certificates.len() };
    stage.observed(Kind::NotificationsDisabled, subject, certificate, one_an_entry(sightings), detail)
}

/// Contacts that a channel has not reached for three runs.
fn undeliverable(stage: &Stage) -> Vec<Happening> {
    let mut happenings = Vec::new();
    for (contact, channels) in &stage.history().refusals {
        for (channel, refusal) in channels.iter().filter(|(_, refusal)| refusal.runs >= FAILED_RUNS) {
            let listens = |entry: &&Entry| {
                let subscribers = subscribers(entry, stage.scene.policies);
                subscribers.get(contact).is_some_and(|channels| channels.contains(channel))
            };
            let heard: BTreeSet<&str> =
                stage.scene.policies.entries.iter().filter(listens).map(|entry| entry.name.as_str()).collect();
            let standing =
                stage.scene.standings.iter().filter(|standing| heard.contains(standing.sighting.entry.as_str()));
            let standing: Vec<_> = standing.collect();
            if standing.is_empty() {
                continue;
            }
            let certificates: BTreeSet<Fingerprint> =
                standing.iter().map(|standing| standing.certificate.fingerprint).collect();
            let change = Unwatched::Undeliverable {
                contact: contact.as_str().to_owned(),
                channel: channel.to_string(),
                reason: refusal.reason.clone(),
            };
            let names = three_of(standing.iter().map(|standing| standing.sighting.name.clone()));
            let sightings = one_an_entry(standing.iter().map(|standing| standing.sighting.clone()));
            let detail = Detail::Unwatched { change, names, count: certificates.len() };
            let subject = format!("undeliverable {channel} {contact}");
            happenings.push(stage.observed(Kind::NotificationsDisabled, subject, None, sightings, detail));
        }
    }
    happenings
}

/// Snoozes of more than 30 days that were set since the last run.
fn long_snoozes(stage: &Stage) -> Vec<Happening> {
    let history = stage.history();
    let is_news = |since| history.last_run.is_none_or(|last| since >= last);
    let mut happenings = Vec::new();
    for (fingerprint, snooze) in &history.snoozes {
        let is_long = snooze.until - snooze.since > LONG_SNOOZE && snooze.until > stage.now;
        let Some(facts) = stage.facts(*fingerprint).filter(|_| is_long && is_news(snooze.since)) else { continue };
        let standing = stage.scene.standings.iter().filter(|standing| standing.certificate.fingerprint == *fingerprint);
        let sightings: Vec<Sighting> = standing.map(|standing| standing.sighting.clone()).collect();
        if sightings.is_empty() {
            continue;
        }
        let names = three_of(sightings.iter().map(|sighting| sighting.name.clone()));
        let change = Unwatched::SnoozedLong { until: snooze.until };
        let detail = Detail::Unwatched { change, names, count: 1 };
        let subject = format!("snoozed {fingerprint} {}", snooze.since.unix_timestamp());
        happenings.push(stage.observed(Kind::NotificationsDisabled, subject, Some(facts), sightings, detail));
    }
    happenings
}
