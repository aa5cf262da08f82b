//! Notifications disabled: what a recipient was subscribed to and is told of no more.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use time::Duration;

use super::context::{DetectContext, dedup_by_entry, first_three};
use super::location_status::LocationStatus;
use super::tracked::last_seen;
use crate::certificate::Fingerprint;
use crate::event::{Detail, EventKind, Location, MonitoringChange, Occurrence};
use crate::history::{History, PlaceRecord, Refusal};
use crate::policy::{Channel, ContactName, Entry, EntryName, Policies, PolicyChannels};

/// A snooze beyond this is a switch that its operator may have forgotten.
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
    let mut add = |names: &[ContactName], wanted: &PolicyChannels| {
        for contact in names.iter().filter_map(|name| policies.contacts.get(name)) {
            let channels = wanted.of(contact);
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

pub(super) fn occurrences(context: &DetectContext) -> Vec<Occurrence> {
    let mut occurrences = if context.is_whole() { unheard(context) } else { Vec::new() };
    occurrences.extend(undeliverable(context));
    occurrences.extend(long_snoozes(context));
    occurrences
}

/// Recipients of a place, or of the certificate that was in it, after this run.
struct SubscriberIndex<'a> {
    by_place: HashMap<&'a str, Vec<&'a str>>,
    by_certificate: HashMap<Fingerprint, Vec<&'a str>>,
}

impl<'a> SubscriberIndex<'a> {
    fn of(context: &DetectContext<'a>) -> Self {
        let mut ears = Self { by_place: HashMap::new(), by_certificate: HashMap::new() };
        let note = |entries: &mut Vec<&'a str>, entry| {
            if entries.last() != Some(&entry) {
                entries.push(entry);
            }
        };
        for tracked_certificate in context.input.tracked {
            let entry = tracked_certificate.location.entry.as_str();
            note(ears.by_place.entry(&tracked_certificate.place).or_default(), entry);
            note(ears.by_certificate.entry(tracked_certificate.certificate.fingerprint).or_default(), entry);
        }
        for observation in context.input.observations {
            note(ears.by_place.entry(&observation.place).or_default(), observation.entry.as_str());
        }
        ears
    }

    /// Whether the entry that had it watches it now.
    fn has_stayed(&self, place: &str, record: &PlaceRecord) -> bool {
        self.by_place.get(place).is_some_and(|entries| entries.contains(&record.entry.as_str()))
    }

    /// The entries that watch it now.
    fn entries(&self, place: &str, record: &PlaceRecord) -> BTreeSet<&'a str> {
        let here = self.by_place.get(place).into_iter().flatten();
        here.chain(self.by_certificate.get(&record.fingerprint).into_iter().flatten()).copied().collect()
    }
}

/// What was watched and is watched no more, was switched off, or has lost a contact: a row a change.
fn unheard(context: &DetectContext) -> Vec<Occurrence> {
    let history = context.history();
    let ears = SubscriberIndex::of(context);
    let now = subscriptions(context.input.policies);
    let mut changes: BTreeMap<String, (MonitoringChange, Vec<&PlaceRecord>)> = BTreeMap::new();
    let mut note = |key: String, change: MonitoringChange, record| {
        changes.entry(key).or_insert_with(|| (change, Vec::new())).1.push(record);
    };
    let hears_as_before = |(entry, before): &(&EntryName, &Subscribers)| {
        now.get(*entry).is_some_and(|now| before.keys().all(|contact| now.contains_key(contact)))
    };
    let unchanged: HashSet<&EntryName> =
        history.subscriptions.iter().filter(hears_as_before).map(|(entry, _)| entry).collect();
    for (place, record) in &history.places {
        if record.also.is_empty() && unchanged.contains(&record.entry) && ears.has_stayed(place, record) {
            continue;
        }
        let before = listened(record, history);
        let is_deleted = context
            .location_statuses
            .get(place.as_str())
            .is_some_and(|status| *status == LocationStatus::TakenOver || status.is_gone(record, context.now));
        let entries = ears.entries(place, record);
        // It may be in an include that could not be read.
        let is_unknown = entries.is_empty() && !context.input.policies.unread.is_empty();
        if before.is_empty() || is_deleted || is_unknown {
            continue;
        }
        let subscribed: BTreeSet<&ContactName> =
            entries.iter().filter_map(|entry| now.get(*entry)).flat_map(BTreeMap::keys).collect();
        let is_off = |entry: &&str| context.entries.get(*entry).is_some_and(|entry| !entry.notifications);
        if entries.is_empty() {
            note("removed".to_owned(), MonitoringChange::Removed, record);
        } else if subscribed.is_empty() && entries.iter().any(is_off) {
            note("switched-off".to_owned(), MonitoringChange::SwitchedOff, record);
        } else {
            for contact in before.keys().filter(|contact| !subscribed.contains(contact)) {
                let change = MonitoringChange::ContactDropped { contact: contact.as_str().to_owned() };
                note(format!("contact-dropped {contact}"), change, record);
            }
        }
    }
    changes.into_iter().map(|(key, (change, records))| row(context, &key, change, &records)).collect()
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

fn row(context: &DetectContext, key: &str, change: MonitoringChange, records: &[&PlaceRecord]) -> Occurrence {
    let certificates: BTreeSet<Fingerprint> = records.iter().map(|record| record.fingerprint).collect();
    let names = first_three(records.iter().map(|record| record.name.clone()));
    let mut locations = Vec::new();
    for record in records {
        let location = last_seen(record, None);
        locations.extend(record.also.iter().map(|entry| Location { entry: entry.to_string(), ..location.clone() }));
        locations.push(location);
    }
    let certificate = records.first().filter(|_| certificates.len() == 1);
    let certificate = certificate.and_then(|record| context.facts(record.fingerprint));
    let subject = format!("{key} {}", context.now.unix_timestamp());
    let detail = Detail::MonitoringStopped { change, names, count: certificates.len() };
    context.observed(EventKind::NotificationsDisabled, subject, certificate, dedup_by_entry(locations), detail)
}

/// Contacts that a channel has not reached for three runs, and addresses of a contact that get no mail while others do.
fn undeliverable(context: &DetectContext) -> Vec<Occurrence> {
    let history = context.history();
    let mut occurrences = Vec::new();
    for (contact, channels) in &history.refusals {
        for (channel, refusal) in channels.iter().filter(|(_, refusal)| refusal.runs >= FAILED_RUNS) {
            occurrences.extend(not_reached(context, contact, *channel, None, refusal));
        }
    }
    for (contact, addresses) in &history.mail_refusals {
        let failing = || addresses.iter().filter(|(_, refusal)| refusal.runs >= FAILED_RUNS);
        if history.failed_runs(contact, Channel::Email) >= FAILED_RUNS {
            let first = failing().next();
            occurrences
                .extend(first.and_then(|(_, refusal)| not_reached(context, contact, Channel::Email, None, refusal)));
            continue;
        }
        for (address, refusal) in failing() {
            occurrences.extend(not_reached(context, contact, Channel::Email, Some(address), refusal));
        }
    }
    occurrences
}

/// None where no certificate is told of by that channel.
fn not_reached(
    context: &DetectContext,
    contact: &ContactName,
    channel: Channel,
    address: Option<&String>,
    refusal: &Refusal,
) -> Option<Occurrence> {
    let listens = |entry: &&Entry| {
        let subscribers = subscribers(entry, context.input.policies);
        subscribers.get(contact).is_some_and(|channels| channels.contains(&channel))
    };
    let heard: BTreeSet<&str> =
        context.input.policies.entries.iter().filter(listens).map(|entry| entry.name.as_str()).collect();
    let tracked: Vec<_> =
        context.input.tracked.iter().filter(|tracked| heard.contains(tracked.location.entry.as_str())).collect();
    if tracked.is_empty() {
        return None;
    }
    let certificates: BTreeSet<Fingerprint> = tracked.iter().map(|tracked| tracked.certificate.fingerprint).collect();
    let change = MonitoringChange::Undeliverable {
        contact: contact.as_str().to_owned(),
        channel: channel.to_string(),
        address: address.cloned(),
        reason: refusal.reason.clone(),
    };
    let names = first_three(tracked.iter().map(|tracked| tracked.location.name.clone()));
    let locations = dedup_by_entry(tracked.iter().map(|tracked| tracked.location.clone()));
    let detail = Detail::MonitoringStopped { change, names, count: certificates.len() };
    let mut subject = format!("undeliverable {channel} {contact}");
    subject.extend(address.map(|address| format!(" {address}")));
    Some(context.observed(EventKind::NotificationsDisabled, subject, None, locations, detail))
}

/// Snoozes of more than 30 days that were set since the last run.
fn long_snoozes(context: &DetectContext) -> Vec<Occurrence> {
    let history = context.history();
    let is_news = |since| history.last_run.is_none_or(|last| since >= last);
    let mut occurrences = Vec::new();
    for (fingerprint, snooze) in &history.snoozes {
        let is_long = snooze.until - snooze.since > LONG_SNOOZE && snooze.until > context.now;
        let Some(facts) = context.facts(*fingerprint).filter(|_| is_long && is_news(snooze.since)) else { continue };
        let tracked_certificate = context
            .input
            .tracked
            .iter()
            .filter(|tracked_certificate| tracked_certificate.certificate.fingerprint == *fingerprint);
        let locations: Vec<Location> =
            tracked_certificate.map(|tracked_certificate| tracked_certificate.location.clone()).collect();
        if locations.is_empty() {
            continue;
        }
        let names = first_three(locations.iter().map(|location| location.name.clone()));
        let change = MonitoringChange::SnoozedLong { until: snooze.until };
        let detail = Detail::MonitoringStopped { change, names, count: 1 };
        let subject = format!("snoozed {fingerprint} {}", snooze.since.unix_timestamp());
        occurrences.push(context.observed(EventKind::NotificationsDisabled, subject, Some(facts), locations, detail));
    }
    occurrences
}
