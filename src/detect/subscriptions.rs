//! Notifications disabled: what a recipient was subscribed to and is told of no more.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use time::{Duration, OffsetDateTime};

use super::context::{DetectContext, ObservedLeaf, dedup_by_entry, first_three};
use super::location_status::LocationStatus;
use super::places_meant::KnownPlace;
use super::presence::TrackedCertificate;
use super::tracked::last_seen_by_all;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, Location, MonitoringChange, Occurrence};
use crate::history::{History, PlaceRecord, Refusal, Snooze};
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

/// Whether the contact is subscribed to anything of the certificates of the entry.
#[must_use]
pub fn is_subscribed(contact: &ContactName, entry: &Entry, policies: &Policies) -> bool {
    subscribers(entry, policies).contains_key(contact)
}

fn subscribers(entry: &Entry, policies: &Policies) -> Subscribers {
    let policy = &entry.policy;
    let mut subscribers = Subscribers::new();
    if entry.options.is_silenced {
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
        add(&step.contacts, &step.channels);
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
    fn new(context: &DetectContext<'a>) -> Self {
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
    fn of_place(&self, place: &str) -> &[&'a str] {
        self.by_place.get(place).map(Vec::as_slice).unwrap_or_default()
    }

    /// The entries that watch the certificate anywhere now.
    fn of_certificate(&self, fingerprint: Fingerprint) -> &[&'a str] {
        self.by_certificate.get(&fingerprint).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What some entries come to together.
struct Audience<'a> {
    is_watching: bool,
    subscribed: BTreeSet<&'a ContactName>,
    /// One of them is switched off.
    is_off: bool,
}

impl<'a> Audience<'a> {
    fn new(entries: &[&str], now: &'a BTreeMap<EntryName, Subscribers>, context: &DetectContext<'_>) -> Self {
        let is_off = |entry: &&str| context.entries.get(*entry).is_some_and(|entry| entry.options.is_silenced);
        Self {
            is_watching: !entries.is_empty(),
            subscribed: entries.iter().filter_map(|entry| now.get(*entry)).flat_map(BTreeMap::keys).collect(),
            is_off: entries.iter().any(is_off),
        }
    }
}

/// What was watched and is watched no more, was switched off, or has lost a contact: a row for each change and its recipients.
fn unheard(context: &DetectContext) -> Vec<Occurrence> {
    let history = context.history();
    let now = subscriptions(context.input.policies);
    let mut changes: BTreeMap<String, (MonitoringChange, Vec<KnownPlace<'_>>)> = BTreeMap::new();
    let mut note = |key: String, change: MonitoringChange, known| {
        changes.entry(key).or_insert_with(|| (change, Vec::new())).1.push(known);
    };
    let hears_as_before = |(entry, before): (&EntryName, &Subscribers)| {
        now.get(entry).is_some_and(|now| before.keys().all(|contact| now.contains_key(contact)))
    };
    let unchanged: HashSet<&EntryName> =
        history.subscriptions.iter().filter(|it| hears_as_before(*it)).map(|(entry, _)| entry).collect();
    let is_heard_as_before = |record: &PlaceRecord| record.also.is_empty() && unchanged.contains(&record.entry);
    if all_have_stayed(context, is_heard_as_before) {
        return Vec::new();
    }
    let ears = SubscriberIndex::new(context);
    let mut new_dates = NewDates::new(context);
    let mut anywhere: HashMap<Fingerprint, Audience<'_>> = HashMap::new();
    for (place, record) in &history.places {
        if is_heard_as_before(record) && ears.has_stayed(place, record) {
            continue;
        }
        let before = listened(record, history);
        let is_deleted = context
            .location_status(place)
            .is_some_and(|status| *status == LocationStatus::TakenOver || status.is_gone(record, context.now));
        let here = Audience::new(ears.of_place(place), &now, context);
        // Thousands of places may have one certificate.
        let anywhere = anywhere
            .entry(record.fingerprint)
            .or_insert_with(|| Audience::new(ears.of_certificate(record.fingerprint), &now, context));
        let is_watched = here.is_watching || anywhere.is_watching;
        // It may be in an include that could not be read.
        let is_unknown = !is_watched && !context.input.policies.unread.is_empty();
        if before.is_empty() || is_deleted || is_unknown {
            continue;
        }
        let old_date = context.facts(record.fingerprint).filter(|old| !is_watched && old.is_date());
        if old_date.is_some_and(|old| new_dates.take(old, |entry| hears_as_before((entry, &before)))) {
            continue;
        }
        let is_subscribed = |contact| here.subscribed.contains(contact) || anywhere.subscribed.contains(contact);
        let is_silent = here.subscribed.is_empty() && anywhere.subscribed.is_empty();
        if !is_watched {
            note(format!("removed {}", listed(&before)), MonitoringChange::Removed, (place, record));
        } else if is_silent && (here.is_off || anywhere.is_off) {
            note(format!("switched-off {}", listed(&before)), MonitoringChange::SwitchedOff, (place, record));
        } else {
            for contact in before.keys().filter(|contact| !is_subscribed(*contact)) {
                let change = MonitoringChange::ContactDropped { contact: contact.clone() };
                note(format!("contact-dropped {contact}"), change, (place, record));
            }
        }
    }
    changes.into_iter().map(|(key, (change, places))| row(context, &key, change, &places)).collect()
}

/// Dates that were not remembered before this run, by their ends. A date has no place but its entry: a new one that ends
/// at the same moment and tells the same recipients is the entry by another name.
struct NewDates<'a>(HashMap<OffsetDateTime, Vec<&'a ObservedLeaf<'a>>>);

impl<'a> NewDates<'a> {
    fn new(context: &'a DetectContext<'a>) -> Self {
        let mut by_end: HashMap<OffsetDateTime, Vec<&ObservedLeaf<'_>>> = HashMap::new();
        for shown in context.shown.iter().filter(|shown| shown.before.is_none() && shown.leaf().is_date()) {
            by_end.entry(shown.leaf().not_after).or_default().push(shown);
        }
        Self(by_end)
    }

    /// Whether one of them is `old` by another name; it stands for no other one then.
    fn take(&mut self, old: &Certificate, hears: impl Fn(&EntryName) -> bool) -> bool {
        let Some(same_end) = self.0.get_mut(&old.not_after) else { return false };
        let is_it = |new: &&ObservedLeaf<'_>| new.leaf().kind == old.kind && hears(&new.observation.entry);
        let found = same_end.iter().position(is_it);
        found.map(|at| same_end.swap_remove(at)).is_some()
    }
}

/// Each group of recipients is told of its own certificates, and of no others.
fn listed(subscribers: &Subscribers) -> String {
    let ways = |(contact, channels): (&ContactName, &BTreeSet<Channel>)| {
        channels.iter().map(|channel| format!("{contact}/{channel}")).collect::<Vec<_>>()
    };
    subscribers.iter().flat_map(ways).collect::<Vec<_>>().join(" ")
}

/// Whether each remembered place is such a one and was seen for the entry that had it, as in most runs.
fn all_have_stayed(context: &DetectContext, is_such: impl Fn(&PlaceRecord) -> bool) -> bool {
    context.all_places(|shown, record| record.entry == shown.observation.entry && is_such(record))
}

/// Who listened to a place in the last whole run.
fn listened(record: &PlaceRecord, history: &History) -> Subscribers {
    let mut listened = Subscribers::new();
    for entry in record.entries() {
        for (contact, channels) in history.subscriptions.get(entry).into_iter().flatten() {
            listened.entry(contact.clone()).or_default().extend(channels);
        }
    }
    listened
}

fn row(context: &DetectContext, key: &str, change: MonitoringChange, places: &[KnownPlace<'_>]) -> Occurrence {
    let certificates: BTreeSet<Fingerprint> = places.iter().map(|(_, record)| record.fingerprint).collect();
    let names = first_three(places.iter().map(|(_, record)| record.name.to_string()));
    let mut locations = Vec::new();
    for (place, record) in places {
        locations.extend(last_seen_by_all(place, record));
    }
    let certificate = places.first().filter(|_| certificates.len() == 1);
    let certificate = certificate.and_then(|(_, record)| context.facts(record.fingerprint));
    let subject = format!("{key} {}", context.now.unix_timestamp());
    let detail = Detail::MonitoringStopped { change, names, count: certificates.len() };
    context.observed(EventKind::NotificationsDisabled, subject, certificate, dedup_by_entry(locations), detail)
}

/// What a channel has not brought for three runs.
struct Undelivered<'a> {
    contact: &'a ContactName,
    channel: Channel,
    /// One of several, where the others get their mail.
    address: Option<&'a String>,
    refusal: &'a Refusal,
}

/// Contacts that a channel has not reached for three runs, and addresses of a contact that get no mail while others do.
fn undeliverable(context: &DetectContext) -> Vec<Occurrence> {
    let undelivered = undelivered(context.history());
    if undelivered.is_empty() {
        return Vec::new();
    }
    let heard = heard_by(&undelivered, context);
    undelivered.iter().filter_map(|undelivered| not_reached(context, undelivered, &heard)).collect()
}

fn undelivered(history: &History) -> Vec<Undelivered<'_>> {
    let mut undelivered = Vec::new();
    for (contact, channels) in &history.refusals {
        for (channel, refusal) in channels.iter().filter(|(_, refusal)| refusal.runs >= FAILED_RUNS) {
            undelivered.push(Undelivered { contact, channel: *channel, address: None, refusal });
        }
    }
    for (contact, addresses) in &history.mail_refusals {
        let failing = addresses.iter().filter(|(_, refusal)| refusal.runs >= FAILED_RUNS);
        let is_whole = history.failed_runs(contact, Channel::Email) >= FAILED_RUNS;
        undelivered.extend(failing.take(if is_whole { 1 } else { usize::MAX }).map(|(address, refusal)| Undelivered {
            contact,
            channel: Channel::Email,
            address: Some(address).filter(|_| !is_whole),
            refusal,
        }));
    }
    undelivered
}

type HeardBy<'a> = HashMap<(&'a ContactName, Channel), Vec<&'a TrackedCertificate>>;

/// Of what each recipient is told that a channel has not reached.
fn heard_by<'a>(undelivered: &[Undelivered<'a>], context: &DetectContext<'a>) -> HeardBy<'a> {
    let mut missed: HashMap<&str, (&ContactName, BTreeSet<Channel>)> = HashMap::new();
    for Undelivered { contact, channel, .. } in undelivered {
        missed.entry(contact.as_str()).or_insert_with(|| (*contact, BTreeSet::new())).1.insert(*channel);
    }
    let mut by_entry: HashMap<&str, Vec<(&ContactName, Channel)>> = HashMap::new();
    for entry in &context.input.policies.entries {
        for (name, channels) in subscribers(entry, context.input.policies) {
            if let Some((contact, missed)) = missed.get(name.as_str()) {
                let missed = missed.intersection(&channels).map(|channel| (*contact, *channel));
                by_entry.entry(entry.name.as_str()).or_default().extend(missed);
            }
        }
    }
    let mut heard = HeardBy::new();
    for tracked in context.input.tracked {
        for recipient in by_entry.get(tracked.location.entry.as_str()).into_iter().flatten() {
            heard.entry(*recipient).or_default().push(tracked);
        }
    }
    heard
}

/// None where no certificate is told of by that channel.
fn not_reached(context: &DetectContext, undelivered: &Undelivered<'_>, heard: &HeardBy<'_>) -> Option<Occurrence> {
    let Undelivered { contact, channel, address, refusal } = *undelivered;
    let tracked = heard.get(&(contact, channel))?;
    let certificates: BTreeSet<Fingerprint> = tracked.iter().map(|tracked| tracked.certificate.fingerprint).collect();
    let change = MonitoringChange::Undeliverable {
        contact: contact.clone(),
        channel,
        address: address.cloned(),
        reason: refusal.reason.clone(),
        cause: refusal.cause.clone(),
    };
    let names = first_three(tracked.iter().map(|tracked| tracked.location.name.to_string()));
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
    let is_long = |snooze: &Snooze| snooze.until - snooze.since > LONG_SNOOZE && snooze.until > context.now;
    let snoozes = history.snoozes.iter().filter(|(_, snooze)| is_long(snooze) && is_news(snooze.since));
    let mut locations: BTreeMap<Fingerprint, Vec<Location>> =
        snoozes.clone().map(|(fingerprint, _)| (*fingerprint, Vec::new())).collect();
    if locations.is_empty() {
        return Vec::new();
    }
    for tracked in context.input.tracked {
        if let Some(locations) = locations.get_mut(&tracked.certificate.fingerprint) {
            locations.push(tracked.location.clone());
        }
    }
    let occurrence = |(fingerprint, snooze): (&Fingerprint, &Snooze)| {
        let facts = context.facts(*fingerprint)?;
        let locations = locations.get(fingerprint).filter(|locations| !locations.is_empty())?.clone();
        let names = first_three(locations.iter().map(|location| location.name.to_string()));
        let change = MonitoringChange::SnoozedLong { until: snooze.until };
        let detail = Detail::MonitoringStopped { change, names, count: 1 };
        let subject = format!("snoozed {fingerprint} {}", snooze.since.unix_timestamp());
        Some(context.observed(EventKind::NotificationsDisabled, subject, Some(facts), locations, detail))
    };
    snoozes.filter_map(occurrence).collect()
}
