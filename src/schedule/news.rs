//! Happenings → who is owed them: whoever is subscribed when a run sees them, and nobody else.

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, OffsetDateTime};

use super::window::first_open;
use crate::event::{Detail, FindingId, Happening, Kind, Nature, Unwatched};
use crate::history::{HappeningRecord, History};
use crate::policy::{Channel, Contact, ContactName, Entry, Policies};

/// What could not be told for so long is given up.
pub const GIVEN_UP_AFTER: Duration = Duration::days(30);

/// Somebody and a way to reach them.
pub type Listener = (ContactName, Channel);

/// Who is owed `happening`, which this run saw.
#[must_use]
pub fn listeners(happening: &Happening, policies: &Policies, history: &History) -> BTreeSet<Listener> {
    let mut listeners = match &happening.detail {
        Detail::Recovered { finding: FindingId::NotDeployed, .. } => told_of_the_failure(happening, policies, history),
        Detail::Recovered { .. } => told_of_the_anomaly(happening, policies, history),
        Detail::Unwatched { change, .. } => former_listeners(happening, change, policies, history),
        _ => subscribed(happening, policies),
    };
    if happening.kind == Kind::Hosting {
        listeners.extend(reminded_of_the_old_one(happening, policies, history));
    }
    if listeners.is_empty() && is_told_in_any_case(happening) {
        listeners.extend(default_listeners(policies));
    }
    if !concerns_alerts(happening, history) {
        listeners.retain(|(_, channel)| !channel.keeps_alerts());
    }
    listeners
}

/// Whether it says to a channel that keeps alerts what it is to do. That a certificate is renewed does not, for the old
/// one may still stand elsewhere: its alert is over when it does no more. Nor does the end of a part of what is wrong.
fn concerns_alerts(happening: &Happening, history: &History) -> bool {
    match happening.kind {
        Kind::Hosting => false,
        Kind::Recovery => {
            let anomaly = happening.id.recovered();
            let mut wrong = history.anomalies.values().flat_map(BTreeMap::values);
            !wrong.any(|record| record.told_as.as_ref() == Some(&anomaly))
        }
        _ => true,
    }
}

/// Nobody watches over a report without a certificate, and nobody may be left to hear of the end of all hearing.
fn is_told_in_any_case(happening: &Happening) -> bool {
    happening.kind == Kind::NotificationsDisabled
        || (happening.sightings.is_empty() && matches!(happening.detail, Detail::Reported { .. }))
}

/// The contacts of the entries that show its certificate; of all entries where it is about none.
fn subscribed(happening: &Happening, policies: &Policies) -> BTreeSet<Listener> {
    let mut listeners = BTreeSet::new();
    if happening.is_about_a_stranger() {
        return listeners;
    }
    for entry in policies.entries.iter().filter(|entry| entry.notifications && concerns(happening, entry)) {
        if entry.policy.events.contains(&happening.kind) {
            for contact in entry.policy.contacts.iter().filter_map(|name| policies.contacts.get(name)) {
                listeners.extend(ways(contact, &entry.policy.channels));
            }
        }
    }
    listeners
}

fn concerns(happening: &Happening, entry: &Entry) -> bool {
    if happening.sightings.is_empty() {
        return happening.certificate.is_none();
    }
    happening.sightings.iter().any(|sighting| sighting.entry == entry.name.as_str())
}

fn ways(contact: &Contact, channels: &BTreeSet<Channel>) -> impl Iterator<Item = Listener> + use<> {
    let name = contact.name.clone();
    let ways: Vec<Channel> = contact.channels().intersection(channels).copied().collect();
    ways.into_iter().map(move |channel| (name.clone(), channel))
}

fn reminded_of_the_old_one(happening: &Happening, policies: &Policies, history: &History) -> BTreeSet<Listener> {
    let Some(old) = &happening.certificate else { return BTreeSet::new() };
    let kinds = history.deliveries.get(&old.fingerprint);
    let reminders = kinds
        .into_iter()
        .flatten()
        .filter(|(kind, _)| matches!(kind, Kind::Expiration | Kind::Expired | Kind::HostingFailure));
    let told = reminders
        .flat_map(|(_, contacts)| contacts)
        .flat_map(|(contact, channels)| channels.keys().map(move |channel| (contact.clone(), *channel)));
    told.filter(|listener| still_reachable(listener, policies)).collect()
}

pub(super) fn still_reachable((contact, channel): &Listener, policies: &Policies) -> bool {
    policies.contacts.get(contact).is_some_and(|contact| contact.channels().contains(channel))
}

/// A recovery is for whoever was told of the anomaly: the record of the anomaly says who.
fn told_of_the_anomaly(happening: &Happening, policies: &Policies, history: &History) -> BTreeSet<Listener> {
    let told = history.happenings.get(&happening.id.recovered()).map(|record| &record.told);
    let told = told
        .into_iter()
        .flatten()
        .flat_map(|(contact, channels)| channels.keys().map(move |channel| (contact.clone(), *channel)));
    told.filter(|listener| still_reachable(listener, policies)).collect()
}

/// That a certificate is served at last is for whoever was reminded that it was not.
fn told_of_the_failure(happening: &Happening, policies: &Policies, history: &History) -> BTreeSet<Listener> {
    let Some(certificate) = &happening.certificate else { return BTreeSet::new() };
    let Some(failure) = history.undeployed.get(&certificate.fingerprint) else { return BTreeSet::new() };
    let told = history.reminded_since(certificate.fingerprint, Kind::HostingFailure, failure.since);
    let told = told.map(|(contact, channel)| (contact.clone(), channel));
    told.filter(|listener| still_reachable(listener, policies)).collect()
}

/// Whoever listened before the change and still exists, by ways that work; else who else hears of the certificate.
fn former_listeners(
    happening: &Happening,
    change: &Unwatched,
    policies: &Policies,
    history: &History,
) -> BTreeSet<Listener> {
    let broken = |(contact, channel): &Listener| {
        let failed = history.refusals.get(contact).and_then(|channels| channels.get(channel));
        failed.is_some_and(|refusal| refusal.runs >= 3)
    };
    let entries: BTreeSet<&str> = happening.sightings.iter().map(|sighting| sighting.entry.as_str()).collect();
    let subscriptions = history.subscriptions.iter().filter(|(entry, _)| entries.contains(entry.as_str()));
    let dropped = match change {
        Unwatched::ContactDropped { contact } | Unwatched::Undeliverable { contact, .. } => Some(contact.as_str()),
        _ => None,
    };
    let former: BTreeSet<Listener> = subscriptions
        .flat_map(|(_, contacts)| contacts)
        .filter(|(contact, _)| dropped.is_none_or(|dropped| contact.as_str() == dropped))
        .flat_map(|(contact, channels)| channels.iter().map(move |channel| (contact.clone(), *channel)))
        .filter(|listener| still_reachable(listener, policies) && !broken(listener))
        .collect();
    if !former.is_empty() {
        return former;
    }
    let others = policies.entries.iter().filter(|entry| concerns(happening, entry));
    others
        .flat_map(|entry| entry.policy.contacts.iter().map(move |contact| (contact, &entry.policy.channels)))
        .filter_map(|(name, channels)| Some(ways(policies.contacts.get(name)?, channels)))
        .flatten()
        .filter(|listener| !broken(listener))
        .collect()
}

/// The default contact, by mail and inbox.
fn default_listeners(policies: &Policies) -> BTreeSet<Listener> {
    let only = policies.contacts.keys().next().filter(|_| policies.contacts.len() == 1);
    let name = policies.settings.default_contact.as_ref().or(only);
    let contact = name.and_then(|name| policies.contacts.get(name));
    let channels = BTreeSet::from([Channel::Email, Channel::Inbox]);
    if let Some(contact) = contact {
        return ways(contact, &channels).collect();
    }
    // Nobody was named for this: so everybody whom any policy tells of something.
    let contacts = policies.entries.iter().flat_map(|entry| &entry.policy.contacts);
    contacts.filter_map(|name| policies.contacts.get(name)).flat_map(|contact| ways(contact, &channels)).collect()
}

/// The first moment from `now` on at which `listener` may be told of `happening`: inside the window of one of the
/// policies that make them listen.
pub(super) fn may_be_told(
    record: &HappeningRecord,
    (name, _): &Listener,
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
) -> OffsetDateTime {
    let now = snoozed(&record.happening, history).map_or(now, |until| until.max(now));
    let zone_of_contact = policies.contacts.get(name).and_then(|contact| contact.zone.as_ref());
    let windows =
        policies.entries.iter().filter(|entry| concerns(&record.happening, entry) && hears(entry, name)).map(|entry| {
            let zone = zone_of_contact.or(entry.policy.zone.as_ref()).unwrap_or(&policies.settings.zone);
            first_open(&entry.policy.window, zone, now)
        });
    windows.min().unwrap_or(now)
}

/// Until when a snooze holds it: the conditions of its certificate, to the end of that at the latest.
fn snoozed(happening: &Happening, history: &History) -> Option<OffsetDateTime> {
    let certificate = happening.certificate.as_ref().filter(|_| happening.kind.nature() == Nature::Condition)?;
    let snooze = history.snoozes.get(&certificate.fingerprint)?;
    let ends_first = snooze.since <= certificate.not_after;
    Some(if ends_first { snooze.until.min(certificate.not_after) } else { snooze.until })
}

fn hears(entry: &Entry, name: &ContactName) -> bool {
    let escalated = entry.policy.escalation.iter().flat_map(|step| &step.contacts);
    entry.policy.contacts.iter().chain(escalated).any(|contact| contact == name)
}
