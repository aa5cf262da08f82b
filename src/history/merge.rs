//! Two memories made into one: the latest look of each place, and every delivery once.

use std::cmp::{Ordering, Reverse};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use time::OffsetDateTime;

use super::{
    AnomalyRecord, ByChannel, CertificateRecord, ChannelRecord, DeliveryLog, History, Moment, OccurrenceRecord,
    PlaceRecord, Refusal,
};
use crate::certificate::Fingerprint;
use crate::event::FindingId;
use crate::policy::{Channel, ContactName};

impl History {
    /// Takes in what `other` remembers. The order of several does not matter, and neither does taking one in twice: the
    /// latest look of each place counts, deliveries are united, and what was told is owed no more. Moments later than the
    /// clock must stand as they were recorded.
    pub fn merge(&mut self, other: Self) {
        let order = other.last_run.cmp(&self.last_run);
        self.merge_shards(&other);
        merge_anomalies(self, &other);
        join(&mut self.subscriptions, other.subscriptions, |known, new| match order {
            Ordering::Less => {}
            Ordering::Equal => join(known, new, BTreeSet::extend),
            Ordering::Greater => *known = new,
        });
        if order.is_gt() || (order.is_eq() && other.written_by > self.written_by) {
            self.written_by = other.written_by;
        }
        self.last_run = self.last_run.max(other.last_run);
        self.behind_since = earlier(self.behind_since, other.behind_since);
        join(&mut self.announced, other.announced, keep_least);
        join(&mut self.places, other.places, |known, new| take_later(known, new, look));
        join(&mut self.certificates, other.certificates, merge_certificate);
        join(&mut self.deliveries, other.deliveries, |known, new| {
            join(known, new, |known, new| join_channels(known, new, |log, new| log.merge(&new)));
        });
        join(&mut self.occurrences, other.occurrences, merge_occurrence);
        join(&mut self.held, other.held, |known, new| join_channels(known, new, keep_least));
        join(&mut self.issuers, other.issuers, keep_greatest);
        join_channels(&mut self.left_over, other.left_over, unite);
        join_channels(&mut self.occurrences_left_over, other.occurrences_left_over, BTreeSet::extend);
        let take_later_refusal = |known: &mut Refusal, new| take_later(known, new, |it| (it.last_tried, it.runs));
        join(&mut self.mail_refusals, other.mail_refusals, |known, new| join(known, new, take_later_refusal));
        join_channels(&mut self.refusals, other.refusals, take_later_refusal);
        self.merge_posted(other.posted);
        join(&mut self.problems, other.problems, |known, new| take_later(known, new, |problem| problem.printed));
        join(&mut self.registrations, other.registrations, |known, new| {
            take_later(known, new, |registration| registration.ask_again);
        });
        join(&mut self.renewals, other.renewals, |known, new| take_later(known, new, |renewal| renewal.ask_again));
        join(&mut self.revoked, other.revoked, keep_least);
        join(&mut self.robots, other.robots, |known, new| merge_pace(known, &new));
        // A release shortens a snooze and leaves its beginning.
        join(&mut self.snoozes, other.snoozes, |known, new| {
            take_later(known, new, |snooze| (snooze.since, Reverse(snooze.until)));
        });
        join(&mut self.unanswered, other.unanswered, keep_greatest);
        join(&mut self.unanswered_runs, other.unanswered_runs, keep_greatest);
        join(&mut self.undeployed, other.undeployed, |known, new| {
            known.since = known.since.min(new.since);
            known.well = known.well.min(new.well);
        });
        join(&mut self.digests, other.digests, |known, new| take_later(known, new, |last| (last.slot, last.at)));
        self.note_renewed(other.renewed);
        self.renewed.sort();
        self.settle();
    }

    /// What was delivered waits no more, and a channel that took something since fails no more.
    fn settle(&mut self) {
        let mut last: BTreeMap<(&ContactName, Channel), OffsetDateTime> = BTreeMap::new();
        let mut last_by_mail: BTreeMap<(&ContactName, &str), OffsetDateTime> = BTreeMap::new();
        for (fingerprint, kinds) in &self.deliveries {
            let mut held = self.held.get_mut(fingerprint);
            for (contact, channels) in kinds.values().flatten() {
                for (channel, told) in channels {
                    let at = told.last();
                    let known = last.entry((contact, *channel)).or_insert(at);
                    *known = (*known).max(at);
                    for delivery in told.iter() {
                        for address in &delivery.to {
                            let known = last_by_mail.entry((contact, address)).or_insert(delivery.at);
                            *known = (*known).max(delivery.at);
                        }
                    }
                    if let Some(held) = held.as_mut().and_then(|held| held.get_mut(contact)) {
                        held.retain(|waiting, since| waiting != channel || since.0 >= at);
                    }
                }
            }
        }
        for (contact, channels) in self.occurrences.values().flat_map(|record| &record.told) {
            for (channel, at) in channels {
                let known = last.entry((contact, *channel)).or_insert(at.0);
                *known = (*known).max(at.0);
            }
        }
        for (contact, channels) in &mut self.refusals {
            channels
                .retain(|channel, refusal| last.get(&(contact, *channel)).is_none_or(|at| *at < refusal.last_tried));
        }
        for (contact, addresses) in &mut self.mail_refusals {
            addresses.retain(|address, refusal| {
                last_by_mail.get(&(contact, address.as_str())).is_none_or(|at| *at < refusal.last_tried)
            });
        }
        self.refusals.retain(|_, channels| !channels.is_empty());
        self.mail_refusals.retain(|_, addresses| !addresses.is_empty());
        for contacts in self.held.values_mut() {
            contacts.retain(|_, channels| !channels.is_empty());
        }
        self.held.retain(|_, contacts| !contacts.is_empty());
    }
}

impl DeliveryLog {
    /// Takes in the deliveries of `other`. Those of one run to the same address are the same one.
    fn merge(&mut self, other: &Self) {
        if self == other {
            return;
        }
        let mut all: Vec<_> = self.iter().chain(other.iter()).cloned().collect();
        // Those that name their addresses come first in their run: the others stand for the same.
        all.sort_by(|one, other| {
            (one.at, one.to.is_empty(), &one.to, &one.why).cmp(&(other.at, other.to.is_empty(), &other.to, &other.why))
        });
        let mut merged: Option<Self> = None;
        let (mut run, mut reached) = (None, BTreeSet::new());
        for mut delivery in all {
            if run != Some(delivery.at) {
                run = Some(delivery.at);
                reached.clear();
            } else if delivery.to.is_empty() {
                continue;
            } else {
                delivery.to.retain(|address| !reached.contains(address));
                if delivery.to.is_empty() {
                    continue;
                }
            }
            reached.extend(delivery.to.iter().cloned());
            match &mut merged {
                Some(log) => log.push(delivery),
                None => merged = Some(Self::new(delivery)),
            }
        }
        if let Some(merged) = merged {
            *self = merged;
        }
    }
}

fn join<K: Ord, V>(known: &mut BTreeMap<K, V>, other: BTreeMap<K, V>, mut both: impl FnMut(&mut V, V)) {
    for (key, value) in other {
        match known.entry(key) {
            Entry::Occupied(mut entry) => both(entry.get_mut(), value),
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
        }
    }
}

fn join_channels<T>(known: &mut ByChannel<T>, other: ByChannel<T>, mut both: impl FnMut(&mut T, T)) {
    join(known, other, |known, new| join(known, new, &mut both));
}

fn keep_least<T: Ord>(known: &mut T, new: T) {
    if new < *known {
        *known = new;
    }
}

fn keep_greatest<T: Ord>(known: &mut T, new: T) {
    if new >= *known {
        *known = new;
    }
}

/// In another order only where there are more.
fn unite(known: &mut Vec<Fingerprint>, new: Vec<Fingerprint>) {
    let all: BTreeSet<_> = known.iter().copied().chain(new).collect();
    if all.len() > known.len() {
        *known = all.into_iter().collect();
    }
}

fn earlier(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    one.into_iter().chain(other).min()
}

/// The one that is later by `order`; of two that are not, always the same one.
fn take_later<T: Serialize, O: Ord>(known: &mut T, new: T, order: impl Fn(&T) -> O) {
    let is_later = match order(&new).cmp(&order(known)) {
        Ordering::Equal => written(&new) > written(known),
        ordering => ordering.is_gt(),
    };
    if is_later {
        *known = new;
    }
}

fn written<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// How far a look went: one that found nothing leaves the last one, and is counted.
fn look(place: &PlaceRecord) -> (OffsetDateTime, u32, Option<Moment>) {
    (place.last_seen, place.missing, place.away)
}

fn merge_certificate(known: &mut CertificateRecord, new: CertificateRecord) {
    let names = known.names.iter().chain(new.names.iter()).cloned().collect();
    take_later(known, new, |record| record.last_seen);
    known.names = names;
}

fn merge_occurrence(known: &mut OccurrenceRecord, new: OccurrenceRecord) {
    let done = |owed: &mut ByChannel<Moment>, other: &OccurrenceRecord| {
        for (contact, channels) in owed.iter_mut() {
            channels.retain(|channel, since| {
                let at = |of: &ByChannel<Moment>| of.get(contact).and_then(|channels| channels.get(channel)).copied();
                at(&other.owed).is_some() || at(&other.told).is_none_or(|told| told < *since)
            });
        }
        owed.retain(|_, channels| !channels.is_empty());
    };
    let (mut owed, mut other_owed) = (known.owed.clone(), new.owed.clone());
    done(&mut owed, &new);
    done(&mut other_owed, known);
    join_channels(&mut owed, other_owed, keep_least);
    known.owed = owed;
    let by_mail = [&*known, &new].into_iter().flat_map(OccurrenceRecord::tellings);
    let by_mail = by_mail.filter(|(_, channel, _)| *channel == Channel::Email);
    let mut mailed: BTreeMap<ContactName, BTreeSet<Moment>> = BTreeMap::new();
    for (contact, _, at) in by_mail {
        mailed.entry(contact.clone()).or_default().insert(at);
    }
    join_channels(&mut known.told, new.told, keep_greatest);
    mailed.retain(|_, times| {
        // The last one is what `told` has.
        times.pop_last();
        !times.is_empty()
    });
    known.mailed_before = mailed;
    join(&mut known.told_by_mail, new.told_by_mail, BTreeSet::extend);
    known.again = known.again.max(new.again);
    take_later(&mut known.occurrence, new.occurrence, |occurrence| Reverse(occurrence.at));
}

/// A message that both counted is one.
fn merge_pace(known: &mut ChannelRecord, new: &ChannelRecord) {
    let count = |sent: &[Moment]| {
        let mut counts: BTreeMap<Moment, usize> = BTreeMap::new();
        for at in sent {
            let count = counts.entry(*at).or_default();
            *count = count.saturating_add(1);
        }
        counts
    };
    let mut counts = count(&known.sent);
    join(&mut counts, count(&new.sent), keep_greatest);
    known.sent = counts.into_iter().flat_map(|(at, count)| std::iter::repeat_n(at, count)).collect();
    known.not_before = known.not_before.max(new.not_before);
}

/// What is wrong at a place is what the later look found; what is known of a finding beyond that is united.
fn merge_anomalies(history: &mut History, other: &History) {
    let mut merged = std::mem::take(&mut history.anomalies);
    for (place, record) in &other.places {
        if history.places.contains_key(place) && !other.anomalies.contains_key(place) {
            let last = last_look(history, merged.get(place), place);
            if Some(record.last_seen) > last {
                merged.remove(place);
            }
        }
    }
    for (place, findings) in &other.anomalies {
        let is_known = merged.contains_key(place) || history.places.contains_key(place);
        let mine = last_look(history, merged.get(place), place);
        let theirs = last_look(other, Some(findings), place);
        let known = merged.entry(place.clone()).or_default();
        let (is_later, is_same) = (theirs > mine, theirs == mine);
        if is_known && is_later {
            known.retain(|finding, _| findings.contains_key(finding));
        }
        for (finding, record) in findings {
            match known.entry(*finding) {
                Entry::Occupied(mut entry) => merge_anomaly(entry.get_mut(), record.clone()),
                Entry::Vacant(entry) if !is_known || is_later || is_same => {
                    entry.insert(record.clone());
                }
                Entry::Vacant(_) => {}
            }
        }
    }
    merged.retain(|_, findings| !findings.is_empty());
    history.anomalies = merged;
}

/// When a place was looked at last, as far as its records tell.
fn last_look(
    history: &History,
    findings: Option<&BTreeMap<FindingId, AnomalyRecord>>,
    place: &str,
) -> Option<OffsetDateTime> {
    let moments =
        |record: &AnomalyRecord| [Some(record.since), record.reported, record.gone].into_iter().flatten().max();
    let of_findings = findings.into_iter().flat_map(BTreeMap::values).filter_map(moments).max();
    history.places.get(place).map(|record| record.last_seen).max(of_findings)
}

fn merge_anomaly(known: &mut AnomalyRecord, new: AnomalyRecord) {
    let since = known.since.min(new.since);
    let told_as = known.told_as.clone().max(new.told_as.clone());
    let reported = known.reported.max(new.reported);
    take_later(known, new, |record| (record.gone, record.reported, record.runs));
    known.since = since;
    known.reported = reported;
    if known.told_as.is_none() {
        known.told_as = told_as;
    }
}
