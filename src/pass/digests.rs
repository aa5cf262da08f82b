//! Digests: what each contact that wants one is told once at each of its times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::digest_lists::{Due, Lists};
use super::{RunInput, ScanResult};
use crate::event::{Detail, Digest, EventKind, Evidence, List, Locations, Occurrence, OccurrenceId, Severity};
use crate::history::{DigestRecord, History, Moment, RenewedRecord};
use crate::policy::{Channel, Contact, ContactName, DigestTime, EntryName, Policies, PolicyChannels, Zone};
use crate::schedule::{Batch, Recipient, Upcoming};

/// Two digests of a contact are further apart than this: another time or another zone on the day of one makes no second.
const APART: Duration = Duration::hours(12);

/// A contact that is told what comes.
struct Subscriber<'a> {
    contact: &'a Contact,
    /// When, on the clocks of which zone.
    times: Vec<(&'a DigestTime, &'a Zone)>,
    channels: BTreeSet<Channel>,
    /// What `channels` was last extended by.
    last: Option<&'a PolicyChannels>,
}

impl<'a> Subscriber<'a> {
    const fn new(contact: &'a Contact) -> Self {
        Self { contact, times: Vec::new(), channels: BTreeSet::new(), last: None }
    }

    /// The last moment at which it was time, and how that is written.
    fn last_slot(&self, now: OffsetDateTime) -> Option<(OffsetDateTime, &'a DigestTime, &'a Zone)> {
        let slots = self.times.iter().filter_map(|(digest, zone)| Some((digest.last(zone, now)?, *digest, *zone)));
        slots.max_by_key(|(slot, ..)| *slot)
    }

    /// The next moment at which it is time, later than `now` and not soon after `last`.
    fn next_slot(&self, now: OffsetDateTime, last: Option<OffsetDateTime>) -> Option<(OffsetDateTime, &'a DigestTime)> {
        let from = last.map_or(now, |last| now.max(last.saturating_add(APART).saturating_sub(Duration::SECOND)));
        let slots = self.times.iter().filter_map(|(digest, zone)| Some((digest.next(zone, from)?, *digest)));
        slots.min_by_key(|(slot, _)| *slot)
    }

    /// By every channel of its policies but those that ring only for what is worse.
    fn by(&self) -> impl Iterator<Item = Channel> + '_ {
        let takes = |channel: &Channel| self.contact.takes(*channel, Severity::Ok) && !channel.keeps_alerts();
        self.channels.iter().copied().filter(takes)
    }

    fn hears_by(&mut self, channels: &'a PolicyChannels) {
        if self.last != Some(channels) {
            self.channels.extend(channels.of(self.contact));
            self.last = Some(channels);
        }
    }
}

/// Every contact that is told what comes, by its own key or that of a policy.
fn subscribers(policies: &Policies) -> BTreeMap<&ContactName, Subscriber<'_>> {
    let mut subscribers: BTreeMap<&ContactName, Subscriber<'_>> = BTreeMap::new();
    let is_asked = policies.contacts.values().any(|contact| contact.digest.is_some())
        || policies.entries.iter().any(|entry| entry.policy.digest.is_some());
    if !is_asked {
        return subscribers;
    }
    for entry in policies.entries.iter().filter(|entry| !entry.options.is_silenced) {
        let policy = &entry.policy;
        let own = policy.contacts.iter().map(|name| (name, &policy.channels, policy.digest.as_ref()));
        // What a policy says is for its own contacts; others are added to it by and by.
        let steps = policy.escalation.iter();
        let added = steps.flat_map(|step| step.contacts.iter().map(|name| (name, &step.channels, None)));
        for (name, channels, of_policy) in own.chain(added) {
            let Some(contact) = policies.contacts.get(name) else { continue };
            let digest = contact.digest.as_ref().or(of_policy).filter(|digest| !digest.is_none());
            let Some(digest) = digest else { continue };
            let zone = policy.zone.as_ref().filter(|_| contact.digest.is_none());
            let zone = contact.zone.as_ref().or(zone).unwrap_or(&policies.settings.zone);
            let subscriber = subscribers.entry(&contact.name).or_insert_with(|| Subscriber::new(contact));
            subscriber.hears_by(channels);
            if !subscriber.times.contains(&(digest, zone)) {
                subscriber.times.push((digest, zone));
            }
        }
    }
    subscribers
}

/// Keeps what was renewed, for the digests to come.
pub(super) fn note_renewals(
    occurrences: &[Occurrence],
    policies: &Policies,
    history: &mut History,
    now: OffsetDateTime,
) {
    let is_asked = policies.contacts.values().any(|contact| contact.digest.is_some())
        || policies.entries.iter().any(|entry| entry.policy.digest.is_some());
    if !is_asked {
        return;
    }
    let renewals = occurrences.iter().flat_map(|occurrence| {
        let new = match &occurrence.detail {
            Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } => Some(new),
            _ => None,
        };
        new.into_iter().flat_map(|new| {
            occurrence.locations.iter().map(|location| RenewedRecord {
                at: now,
                entry: EntryName::new(location.entry.as_str()),
                name: location.name.to_string(),
                until: new.not_after,
            })
        })
    });
    history.note_renewed(renewals);
}

/// Takes the digests whose time has come into the memory, with the recipients that are owed them. One that a channel has not
/// taken until the next is given up for it, and the next one tells its renewals.
pub(super) fn note_digests(job: RunInput, look: &ScanResult, history: &mut History, now: OffsetDateTime) {
    if job.picked.len() != job.policies.entries.len() {
        return;
    }
    let subscribers = subscribers(job.policies);
    let mut due: Vec<Due<'_>> = Vec::new();
    let mut unsent = None;
    for subscriber in subscribers.values() {
        let Some((slot, digest, zone)) = subscriber.last_slot(now) else { continue };
        let name = &subscriber.contact.name;
        let is_new = if let Some(last) = history.digests.get(name) {
            slot - last.slot >= APART
        } else {
            // A file that asks for it on a Tuesday means the next Monday, and not the one before.
            history.digests.insert(name.clone(), DigestRecord { at: now, since: BTreeMap::new(), slot });
            zone.wall(slot).date() == zone.wall(now).date()
        };
        if is_new {
            let unsent = unsent.get_or_insert_with(|| history.unsent_digests());
            let since = since(subscriber, unsent, history);
            due.push(Due { contact: subscriber.contact, written: &digest.written, slot, since });
        }
    }
    if !due.is_empty() {
        owe(&due, job, look, history, now);
    }
    history.shorten_digests();
    let is_whole = job.policies.unread.is_empty();
    history.prune_digests(&|contact| !is_whole || subscribers.contains_key(contact), now);
}

/// From when on a digest tells renewals, by channel: from the last one that went out.
fn since(
    subscriber: &Subscriber<'_>,
    unsent: &BTreeMap<ContactName, BTreeSet<Channel>>,
    history: &History,
) -> BTreeMap<Channel, Moment> {
    let name = &subscriber.contact.name;
    let Some(last) = history.digests.get(name) else { return BTreeMap::new() };
    let since = |channel: Channel| {
        let is_unsent = unsent.get(name).is_some_and(|channels| channels.contains(&channel));
        last.since.get(&channel).filter(|_| is_unsent).copied().unwrap_or(Moment(last.at))
    };
    subscriber.by().map(|channel| (channel, since(channel))).collect()
}

fn owe(due: &[Due<'_>], job: RunInput, look: &ScanResult, history: &mut History, now: OffsetDateTime) {
    let mut occurrences: Vec<(Occurrence, BTreeSet<Recipient>)> = Vec::new();
    let lists = Lists::new(due, job, look, history, now);
    for (nth, due) in due.iter().enumerate() {
        let mut by_since: BTreeMap<Moment, BTreeSet<Channel>> = BTreeMap::new();
        for (channel, since) in &due.since {
            by_since.entry(*since).or_default().insert(*channel);
        }
        for (since, channels) in by_since {
            let recipients = channels.into_iter().map(|channel| (due.contact.name.clone(), channel)).collect();
            occurrences.push((occurrence(due, since, lists.digest(nth, since.0), now), recipients));
        }
    }
    history.drop_unsent_digests(&due.iter().map(|due| due.contact.name.as_str()).collect());
    for due in due {
        let record = DigestRecord { at: now, since: due.since.clone(), slot: due.slot };
        history.digests.insert(due.contact.name.clone(), record);
    }
    for (occurrence, recipients) in occurrences {
        history.note_occurrence(occurrence, recipients, now);
    }
}

fn occurrence(due: &Due<'_>, since: Moment, digest: Digest, now: OffsetDateTime) -> Occurrence {
    let subject = format!("digest {} {} {}", due.contact.name, due.slot.unix_timestamp(), since.0.unix_timestamp());
    Occurrence {
        id: OccurrenceId::new(EventKind::Notice, subject),
        kind: EventKind::Notice,
        evidence: Evidence::Derived,
        at: now,
        certificate: None,
        locations: Locations::default(),
        detail: Detail::Digest { digest: Box::new(digest) },
    }
}

/// The digests after `now` and up to `until`, each without its lists: those are made when it goes out.
pub(super) fn planned(
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
    until: OffsetDateTime,
) -> Vec<(OffsetDateTime, Batch)> {
    let mut planned = Vec::new();
    for subscriber in subscribers(policies).values() {
        let mut last = history.digests.get(&subscriber.contact.name).map(|last| last.slot);
        let mut from = now;
        while let Some((slot, digest)) = subscriber.next_slot(from, last).filter(|(slot, _)| *slot <= until) {
            let outline = outline(subscriber, digest, slot);
            for channel in subscriber.by() {
                planned.push((slot, Batch::from_one(subscriber.contact, channel, outline.clone(), policies)));
            }
            (from, last) = (slot, Some(slot));
        }
    }
    planned
}

fn outline(subscriber: &Subscriber<'_>, digest: &DigestTime, slot: OffsetDateTime) -> Occurrence {
    let due = Due { contact: subscriber.contact, written: &digest.written, slot, since: BTreeMap::new() };
    let digest = Digest {
        contact: subscriber.contact.name.clone(),
        written: digest.written.clone(),
        coming: List::default(),
        renewed: List::default(),
        unseen: List::default(),
        is_planned: true,
    };
    occurrence(&due, Moment(slot), digest, slot)
}

/// Puts the next digest in the place of what goes out `next`, where that comes later.
pub(super) fn consider(next: &mut Option<Upcoming>, policies: &Policies, history: &History, now: OffsetDateTime) {
    for subscriber in subscribers(policies).values() {
        let last = history.digests.get(&subscriber.contact.name).map(|last| last.slot);
        let Some((slot, digest)) = subscriber.next_slot(now, last) else { continue };
        let outlined = Arc::new(outline(subscriber, digest, slot));
        for channel in subscriber.by() {
            let recipient = (subscriber.contact.name.clone(), channel);
            Upcoming::consider_occurrence(next, &outlined, &recipient, slot);
        }
    }
}
