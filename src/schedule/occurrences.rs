//! Occurrences → who is owed them: recipients subscribed when a run sees them, and no others.

use std::collections::{BTreeSet, HashMap};

use time::{Duration, OffsetDateTime};

use crate::certificate::Certificate;
use crate::detect::KnownOccurrences;
use crate::event::{Detail, EventKind, EventNature, FindingId, MonitoringChange, Occurrence, OccurrenceId};
use crate::history::History;
use crate::policy::{Channel, Contact, ContactName, Entry, EntryName, Policies, PolicyChannels};

/// What could not be told for so long is given up.
pub const GIVEN_UP_AFTER: Duration = Duration::days(30);

/// A contact and a channel.
pub type Recipient = (ContactName, Channel);

/// Who is owed `occurrence`, which this run saw. Of the anomalies that were told, `known` has those that last.
#[must_use]
pub fn recipients(
    occurrence: &Occurrence,
    policies: &Policies,
    known: &KnownOccurrences,
    history: &History,
) -> BTreeSet<Recipient> {
    let mut recipients = by_detail(occurrence, policies, history);
    // The end of a series is told to those who were reminded, whatever they subscribed to.
    if matches!(occurrence.kind, EventKind::Hosting | EventKind::Deletion) {
        let reminders = [EventKind::Expiration, EventKind::Expired, EventKind::HostingFailure];
        recipients.extend(told_about(occurrence.certificate.as_ref(), &reminders, policies, history));
    }
    // Their series was closed: that the old certificate is back opens none.
    if let Detail::Replaced { by, .. } = &occurrence.detail {
        recipients.extend(told_about(Some(by), &[EventKind::Hosting], policies, history));
    }
    // Nor does it that the one which had renewed it in a file beside is gone.
    if let (Detail::Deleted, Some(gone)) = (&occurrence.detail, &occurrence.certificate) {
        let renewed = known.renewed_by(gone.fingerprint, history);
        recipients.extend(renewed.flat_map(|old| told_about(Some(old), &[EventKind::Hosting], policies, history)));
    }
    // What is reported of a condition is told to those who are reminded of the condition.
    if occurrence.kind == EventKind::HostingFailure {
        recipients.extend(told_about(occurrence.certificate.as_ref(), &[EventKind::HostingFailure], policies, history));
    }
    if recipients.is_empty() && is_told_in_any_case(occurrence) {
        recipients.extend(default_listeners(policies));
    }
    if !concerns_alerts(occurrence, known) {
        recipients.retain(|(_, channel)| !channel.keeps_alerts());
    }
    // What is open there is closed all the same.
    if is_switched_off(occurrence, policies) {
        recipients.retain(|(_, channel)| channel.keeps_alerts());
    }
    recipients
}

/// Those to whom what happened is told for itself; what is no end of another occurrence by channels for its severity.
fn by_detail(occurrence: &Occurrence, policies: &Policies, history: &History) -> BTreeSet<Recipient> {
    let mut recipients = match &occurrence.detail {
        Detail::Recovered { finding: FindingId::NotDeployed, .. } => {
            return told_of_the_failure(occurrence, policies, history);
        }
        Detail::Recovered { .. } => return told_of_the_anomaly(occurrence, policies, history),
        Detail::PutRight { .. } => return told_of(&occurrence.id.put_right(), policies, history),
        Detail::MonitoringStopped { change, .. } => former_listeners(occurrence, change, policies, history),
        Detail::Renewed { .. }
        | Detail::RenewedAsReported { .. }
        | Detail::Downloaded { .. }
        | Detail::Revoked { .. }
        | Detail::RenewalMovedForward { .. }
        | Detail::Deleted
        | Detail::Replaced { .. }
        | Detail::Shared { .. }
        | Detail::KeyReadable { .. }
        | Detail::FindingOpened { .. }
        | Detail::FindingBurst { .. }
        | Detail::AuthorityChanged { .. }
        | Detail::Announced { .. }
        | Detail::Upgraded { .. }
        | Detail::Digest { .. }
        | Detail::Reported { .. } => subscribed(occurrence, policies),
    };
    let severity = occurrence.severity();
    recipients.retain(|(contact, channel)| {
        policies.contacts.get(contact).is_none_or(|contact| contact.takes(*channel, severity))
    });
    recipients
}

/// Whether it says to a channel that keeps alerts what it is to do. That a certificate is renewed does not, for the old
/// one may still stand elsewhere: its alert is over when it does no more. Nor does the end of a part of what is wrong.
fn concerns_alerts(occurrence: &Occurrence, known: &KnownOccurrences) -> bool {
    match occurrence.kind {
        EventKind::Recovery => !known.lasts(&occurrence.id.recovered()),
        kind => kind != EventKind::Hosting,
    }
}

/// Each entry that watches a place of it has its notifications switched off: that alone is told.
fn is_switched_off(occurrence: &Occurrence, policies: &Policies) -> bool {
    if occurrence.kind == EventKind::NotificationsDisabled || occurrence.locations.is_empty() {
        return false;
    }
    let entries = concerned(occurrence, policies);
    !entries.is_empty() && entries.iter().all(|entry| entry.options.is_silenced)
}

/// No entry watches a report without a certificate, and no subscriber may be left to be told that none is left.
fn is_told_in_any_case(occurrence: &Occurrence) -> bool {
    occurrence.kind == EventKind::NotificationsDisabled
        || (occurrence.locations.is_empty() && matches!(occurrence.detail, Detail::Reported { .. }))
}

/// The contacts of the entries that show its certificate; of all entries where it is about none.
fn subscribed(occurrence: &Occurrence, policies: &Policies) -> BTreeSet<Recipient> {
    let mut recipients = BTreeSet::new();
    if occurrence.is_about_a_stranger() {
        return recipients;
    }
    for entry in concerned(occurrence, policies).into_iter().filter(|entry| !entry.options.is_silenced) {
        if entry.policy.events.contains(&occurrence.kind) {
            for contact in entry.policy.contacts.iter().filter_map(|name| policies.contacts.get(name)) {
                recipients.extend(ways(contact, &entry.policy.channels));
            }
        }
    }
    recipients
}

/// The entries that watch a place of it; all where it is about no certificate and no place.
fn concerned<'p>(occurrence: &Occurrence, policies: &'p Policies) -> Vec<&'p Entry> {
    match (&*occurrence.locations, &occurrence.certificate) {
        ([], None) => policies.entries.iter().collect(),
        (locations, _) => policies.entries_of(locations.iter().map(|location| &location.entry)),
    }
}

fn ways(contact: &Contact, channels: &PolicyChannels) -> impl Iterator<Item = Recipient> + use<> {
    let name = contact.name.clone();
    channels.of(contact).into_iter().map(move |channel| (name.clone(), channel))
}

fn told_about(
    certificate: Option<&Certificate>,
    kinds: &[EventKind],
    policies: &Policies,
    history: &History,
) -> BTreeSet<Recipient> {
    let Some(certificate) = certificate else { return BTreeSet::new() };
    let told = history.logs_of(certificate.fingerprint).filter(|(kind, ..)| kinds.contains(kind));
    let told = told.map(|(_, contact, channel, _)| (contact.clone(), channel));
    told.filter(|(contact, channel)| policies.reaches(contact, *channel)).collect()
}

/// A recovery is for the recipients who were told of what is over: the record of that says who.
fn told_of(over: &OccurrenceId, policies: &Policies, history: &History) -> BTreeSet<Recipient> {
    let told = history.occurrences.get(over).map(|record| &record.told);
    let told = told
        .into_iter()
        .flatten()
        .flat_map(|(contact, channels)| channels.keys().map(move |channel| (contact.clone(), *channel)));
    told.filter(|(contact, channel)| policies.reaches(contact, *channel)).collect()
}

/// Of what began at many places at once each recipient hears the end of their own, and a channel that keeps alerts
/// that of all.
fn told_of_the_anomaly(recovery: &Occurrence, policies: &Policies, history: &History) -> BTreeSet<Recipient> {
    let over = recovery.id.recovered();
    let mut told = told_of(&over, policies, history);
    let began = history.occurrences.get(&over).map(|record| &record.occurrence);
    if let Some(burst) = began.filter(|began| matches!(began.detail, Detail::FindingBurst { .. })) {
        let (lasting, these) = (heard_by(burst, policies), heard_by(recovery, policies));
        let earlier = history.recoveries_of(&over).flat_map(|record| record.told.keys().chain(record.owed.keys()));
        let earlier: BTreeSet<&ContactName> = earlier.collect();
        told.retain(|(contact, channel)| {
            // Their own last, or have ended before.
            let are_others = lasting.contains_key(contact) || earlier.contains(contact);
            channel.keeps_alerts() || these.contains_key(contact) || !are_others
        });
    }
    told
}

/// That a certificate is served at last is for those who were reminded that it was not.
fn told_of_the_failure(occurrence: &Occurrence, policies: &Policies, history: &History) -> BTreeSet<Recipient> {
    let Some(certificate) = &occurrence.certificate else { return BTreeSet::new() };
    let Some(failure) = history.undeployed.get(&certificate.fingerprint) else { return BTreeSet::new() };
    let told = history.reminded_since(certificate.fingerprint, EventKind::HostingFailure, failure.since);
    let told = told.map(|(contact, channel)| (contact.clone(), channel));
    told.filter(|(contact, channel)| policies.reaches(contact, *channel)).collect()
}

/// Subscribers before the change that still exist, by channels that work; else other recipients of the certificate.
fn former_listeners(
    occurrence: &Occurrence,
    change: &MonitoringChange,
    policies: &Policies,
    history: &History,
) -> BTreeSet<Recipient> {
    let broken = |(contact, channel): &Recipient| history.failed_runs(contact, *channel) >= 3;
    let entries: BTreeSet<&EntryName> = occurrence.locations.iter().map(|location| &location.entry).collect();
    let subscriptions = entries.into_iter().filter_map(|entry| history.subscriptions.get(entry));
    let dropped = match change {
        MonitoringChange::ContactDropped { contact } | MonitoringChange::Undeliverable { contact, .. } => {
            Some(contact.as_str())
        }
        MonitoringChange::Removed | MonitoringChange::SwitchedOff | MonitoringChange::SnoozedLong { .. } => None,
    };
    let former: BTreeSet<Recipient> = subscriptions
        .flatten()
        .filter(|(contact, _)| dropped.is_none_or(|dropped| contact.as_str() == dropped))
        .flat_map(|(contact, channels)| channels.iter().map(move |channel| (contact.clone(), *channel)))
        .filter(|listener| policies.reaches(&listener.0, listener.1) && !broken(listener))
        .collect();
    if !former.is_empty() {
        return former;
    }
    let others = concerned(occurrence, policies).into_iter();
    others
        .flat_map(|entry| entry.policy.contacts.iter().map(move |contact| (contact, &entry.policy.channels)))
        .filter_map(|(name, channels)| Some(ways(policies.contacts.get(name)?, channels)))
        .flatten()
        .filter(|listener| !broken(listener))
        .collect()
}

/// The default contact, by the channels of the built-in policy.
fn default_listeners(policies: &Policies) -> BTreeSet<Recipient> {
    let only = policies.contacts.keys().next().filter(|_| policies.contacts.len() == 1);
    let name = policies.settings.default_contact.as_ref().or(only);
    let contact = name.and_then(|name| policies.contacts.get(name));
    let channels = PolicyChannels::built_in();
    if let Some(contact) = contact {
        return ways(contact, &channels).collect();
    }
    // No contact was named for this: so all that any policy tells of something.
    let contacts = policies.entries.iter().flat_map(|entry| &entry.policy.contacts);
    contacts.filter_map(|name| policies.contacts.get(name)).flat_map(|contact| ways(contact, &channels)).collect()
}

/// Until when a snooze holds it: the conditions of its certificate, to the end of that at the latest.
pub(super) fn snoozed(occurrence: &Occurrence, history: &History) -> Option<OffsetDateTime> {
    let certificate = occurrence.certificate.as_ref().filter(|_| occurrence.kind.nature() == EventNature::Condition)?;
    let snooze = history.snoozes.get(&certificate.fingerprint)?;
    let ends_first = snooze.since <= certificate.not_after;
    Some(if ends_first { snooze.until.min(certificate.not_after) } else { snooze.until })
}

/// The entries by which each contact hears of it.
pub(super) fn heard_by<'p>(
    occurrence: &Occurrence,
    policies: &'p Policies,
) -> HashMap<&'p ContactName, Vec<&'p Entry>> {
    let mut heard: HashMap<&ContactName, Vec<&Entry>> = HashMap::new();
    for entry in concerned(occurrence, policies) {
        for contact in hearing(entry) {
            heard.entry(contact).or_default().push(entry);
        }
    }
    heard
}

/// Who is told of an entry, sooner or later.
pub(super) fn hearing(entry: &Entry) -> BTreeSet<&ContactName> {
    let escalated = entry.policy.escalation.iter().flat_map(|step| &step.contacts);
    entry.policy.contacts.iter().chain(escalated).collect()
}
