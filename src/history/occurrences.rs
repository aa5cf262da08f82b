//! What happened, who is owed it and who was told: how a run takes it in.

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, OffsetDateTime};

use super::deliveries::{CLOSINGS, REMINDERS};
use super::{ByChannel, Delivery, DeliveryLog, History, Moment, OccurrenceRecord, bounds};
use crate::certificate::Fingerprint;
use crate::event::{Detail, EventKind, EventNature, Evidence, Occurrence, OccurrenceId};
use crate::policy::{Channel, ContactName};

/// What happens again within this time of the last time is not told again: two nodes behind a load balancer may differ.
const ONCE_IN: Duration = Duration::DAY;

impl History {
    /// Takes in what a run saw happen and who is owed it, and says whether it is new. What was seen happen may happen
    /// again, and is told again. A condition that lasts is owed to recipients subscribed now and not told yet, and to no
    /// other recipient. What no recipient is owed is not kept.
    pub fn note_occurrence(
        &mut self,
        occurrence: Occurrence,
        recipients: impl IntoIterator<Item = (ContactName, Channel)>,
        now: OffsetDateTime,
    ) -> bool {
        if self.announced.contains_key(&occurrence.id) {
            return false;
        }
        let recipients: BTreeSet<(ContactName, Channel)> = recipients.into_iter().collect();
        if occurrence.kind == EventKind::Hosting && occurrence.evidence == Evidence::Observed {
            return self.note_renewal(occurrence, recipients, now);
        }
        let is_told_once = !matches!(occurrence.evidence, Evidence::Reported { .. })
            && (matches!(occurrence.kind, EventKind::CaChange | EventKind::Announcement)
                || matches!(occurrence.detail, Detail::Announced { .. }));
        if is_told_once {
            self.announced.insert(occurrence.id.clone(), Moment(now));
        }
        if may_happen_again(&occurrence) {
            if self.latest(&occurrence.id).is_some_and(|latest| self.is_known_already(&latest, now)) {
                self.note_again(&occurrence.id, now);
                return false;
            }
            let id = occurrence.id.at(now);
            return self.insert(Occurrence { id, ..occurrence }, recipients, now);
        }
        if let Some(record) = self.occurrences.get_mut(&occurrence.id)
            && occurrence.kind.nature() == EventNature::Occurrence
        {
            record.again = Some(Moment(now));
            return false;
        }
        self.insert(occurrence, recipients, now)
    }

    fn insert(
        &mut self,
        occurrence: Occurrence,
        recipients: BTreeSet<(ContactName, Channel)>,
        now: OffsetDateTime,
    ) -> bool {
        let known = self.occurrences.get(&occurrence.id);
        let mut owed = ByChannel::new();
        for (contact, channel) in recipients {
            let at = |of: &ByChannel<Moment>| of.get(&contact).and_then(|channels| channels.get(&channel)).copied();
            if known
                .is_some_and(|record| at(&record.told).is_some() && !self.misses_an_address(record, &contact, channel))
            {
                continue;
            }
            let since = known.and_then(|record| at(&record.owed)).unwrap_or(Moment(now));
            owed.entry(contact).or_insert_with(BTreeMap::new).insert(channel, since);
        }
        let at = known.map_or(occurrence.at, |record| record.occurrence.at);
        let (told, mailed_before) =
            known.map(|record| (record.told.clone(), record.mailed_before.clone())).unwrap_or_default();
        let told_by_mail = known.map_or_else(|| occurrence.exempt_addresses(), |record| record.told_by_mail.clone());
        let is_new = known.is_none();
        // That notifications are disabled is said on stderr once, whether or not a recipient is left to be told.
        if owed.is_empty() && told.is_empty() && occurrence.kind != EventKind::NotificationsDisabled {
            self.occurrences.remove(&occurrence.id);
            return is_new;
        }
        let id = occurrence.id.clone();
        // What lasts at a place from which its certificate is gone meanwhile is still about that.
        let certificate =
            occurrence.certificate.or_else(|| known.and_then(|record| record.occurrence.certificate.clone()));
        let occurrence = bounds::kept_of(Occurrence { at, certificate, ..occurrence });
        self.occurrences
            .insert(id, OccurrenceRecord { occurrence, owed, told, told_by_mail, mailed_before, again: None });
        is_new
    }

    /// A renewal closes the series of the old certificate for each recipient: it is told once, and once more where the
    /// recipient was reminded since, or where the old one had come back.
    fn note_renewal(
        &mut self,
        occurrence: Occurrence,
        mut recipients: BTreeSet<(ContactName, Channel)>,
        now: OffsetDateTime,
    ) -> bool {
        let Some(old) = occurrence.certificate.as_ref().map(|certificate| certificate.fingerprint) else {
            return self.insert(occurrence, recipients, now);
        };
        let series = OccurrenceId::new(EventKind::Hosting, old);
        if occurrence.id == series.come_back() {
            if let Some(record) = self.latest(&series).and_then(|id| self.occurrences.get_mut(&id))
                && now - record.last() < ONCE_IN
            {
                record.again = Some(Moment(now));
                return false;
            }
        } else {
            recipients.retain(|(contact, channel)| {
                !self.is_owed_renewal(old, contact, *channel) && !self.is_closed(old, contact, *channel)
            });
        }
        self.insert(Occurrence { id: series.at(now), ..occurrence }, recipients, now)
    }

    /// A renewal that a report has told, with what was seen of it.
    pub fn note_completed(
        &mut self,
        occurrence: Occurrence,
        recipients: BTreeSet<(ContactName, Channel)>,
        now: OffsetDateTime,
    ) -> bool {
        let id = occurrence.id.at(now);
        self.insert(Occurrence { id, ..occurrence }, recipients, now)
    }

    /// Whether a recipient was told that a certificate is renewed or gone, and was not reminded of it since.
    fn is_closed(&self, fingerprint: Fingerprint, contact: &ContactName, channel: Channel) -> bool {
        let last = |kind| self.told(fingerprint, kind, contact, channel).map(DeliveryLog::last);
        let closed = last(EventKind::Hosting);
        let reminded = REMINDERS.into_iter().filter_map(last).max();
        let by_report = |at: OffsetDateTime| {
            let reports = OccurrenceId::new(EventKind::Hosting, "reported ");
            let of_reports = self.occurrences.range(reports.clone()..);
            of_reports.take_while(|(id, _)| id.as_str().starts_with(reports.as_str())).any(|(_, record)| {
                record.occurrence.certificate.as_ref().is_some_and(|about| about.fingerprint == fingerprint)
                    && record.told.get(contact).and_then(|channels| channels.get(&channel)) == Some(&Moment(at))
            })
        };
        closed.is_some_and(|closed| reminded.is_none_or(|reminded| reminded <= closed) && !by_report(closed))
    }

    /// The certificates of which some recipient that the policy file still `reaches` was reminded, and neither told since that it is
    /// renewed or gone nor owed the former; and whether any was told that before.
    pub fn open_series(
        &self,
        reaches: impl Fn(&ContactName, Channel) -> bool,
    ) -> impl Iterator<Item = (Fingerprint, bool)> {
        self.deliveries.iter().filter_map(move |(fingerprint, kinds)| {
            let last = |kind, contact, channel: &Channel| {
                let told: Option<&ByChannel<DeliveryLog>> = kinds.get(&kind);
                told.and_then(|told| told.get(contact)?.get(channel)).map(DeliveryLog::last)
            };
            let reminded = REMINDERS.into_iter().filter_map(|kind| kinds.get(&kind)).flatten();
            let mut recipients =
                reminded.flat_map(|(contact, channels)| channels.keys().map(move |channel| (contact, channel)));
            let is_open = recipients.any(|(contact, channel)| {
                let reminded = REMINDERS.into_iter().filter_map(|kind| last(kind, contact, channel)).max();
                let closed = CLOSINGS.into_iter();
                let closed = closed.filter_map(|kind| last(kind, contact, channel)).max();
                closed.is_none_or(|closed| reminded.is_some_and(|reminded| reminded > closed))
                    && reaches(contact, *channel)
                    && !self.is_owed_renewal(*fingerprint, contact, *channel)
            });
            // That an alert is closed tells no one of a renewal.
            let tells =
                |channels: &BTreeMap<Channel, DeliveryLog>| channels.keys().any(|channel| !channel.keeps_alerts());
            let was_told = kinds.get(&EventKind::Hosting).is_some_and(|told| told.values().any(tells));
            is_open.then_some((*fingerprint, was_told))
        })
    }

    /// Whether a recipient waits for the word that a certificate is renewed.
    fn is_owed_renewal(&self, fingerprint: Fingerprint, contact: &ContactName, channel: Channel) -> bool {
        let is_owed = |record: &OccurrenceRecord| {
            record.owed.get(contact).is_some_and(|channels| channels.contains_key(&channel))
        };
        self.same(&OccurrenceId::new(EventKind::Hosting, fingerprint)).any(|(_, record)| is_owed(record))
    }

    /// The last time that this happened, as far as it is remembered.
    fn latest(&self, what: &OccurrenceId) -> Option<OccurrenceId> {
        let same = self.same(what).max_by_key(|(_, record)| record.occurrence.at);
        same.map(|(id, _)| id.clone())
    }

    /// Each time that this happened.
    pub fn same(&self, what: &OccurrenceId) -> impl Iterator<Item = (&OccurrenceId, &OccurrenceRecord)> {
        self.occurrences
            .range(what.clone()..)
            .take_while(move |(id, _)| id.as_str().starts_with(what.as_str()))
            .filter(move |(id, _)| id.without_time() == *what)
    }

    /// Remembers that it happened once more: each time that it did before, and each recovery, is kept as long.
    fn note_again(&mut self, what: &OccurrenceId, now: OffsetDateTime) {
        let times: Vec<OccurrenceId> = self.same(what).map(|(id, _)| id.clone()).collect();
        let recoveries: Vec<OccurrenceId> =
            times.iter().filter_map(|time| Some(self.recovery_of(time)?.id.clone())).collect();
        for id in times.iter().chain(&recoveries) {
            if let Some(record) = self.occurrences.get_mut(id) {
                record.again = Some(Moment(now));
            }
        }
    }

    /// Whether the last word on what happened again says so: within a day, or because a replacement was not put right.
    fn is_known_already(&self, latest: &OccurrenceId, now: OffsetDateTime) -> bool {
        let Some(record) = self.occurrences.get(latest) else { return false };
        if self.is_put_right(latest) {
            return false;
        }
        matches!(record.occurrence.detail, Detail::Replaced { .. }) || now - record.last() < ONCE_IN
    }

    /// Whether recipients were told, or are owed, that the right certificate stands again where this replaced it.
    #[must_use]
    pub fn is_put_right(&self, deletion: &OccurrenceId) -> bool {
        self.recovery_of(deletion).is_some()
    }

    /// That the right certificate was seen again where this had replaced it.
    #[must_use]
    pub fn recovery_of(&self, deletion: &OccurrenceId) -> Option<&Occurrence> {
        self.recoveries_of(deletion).next().map(|record| &record.occurrence)
    }

    /// The recoveries from what was told: what began at many places ends at one after another.
    pub fn recoveries_of(&self, over: &OccurrenceId) -> impl Iterator<Item = &OccurrenceRecord> {
        let recoveries = over.recoveries();
        let from = self.occurrences.range(recoveries.clone()..);
        from.take_while(move |(id, _)| id.as_str().starts_with(recoveries.as_str())).map(|(_, record)| record)
    }

    /// A condition is no longer so: recipients not told of it yet are not told.
    pub fn drop_unsent(&mut self, id: &OccurrenceId) {
        if let Some(record) = self.occurrences.get_mut(id) {
            record.owed.clear();
        }
    }

    /// Gives up what has been owed for longer than `period`, or of too much at one place; to whom, by which channel and what.
    pub fn expire_unsent(&mut self, period: Duration, now: OffsetDateTime) -> Vec<(ContactName, Channel, Occurrence)> {
        let mut expired_unsent = self.expire_excess();
        for record in self.occurrences.values_mut() {
            let OccurrenceRecord { owed, occurrence, .. } = record;
            for (contact, channels) in owed.iter_mut() {
                channels.retain(|channel, since| {
                    let stays = now - since.0 <= period;
                    if !stays {
                        expired_unsent.push((contact.clone(), *channel, occurrence.clone()));
                    }
                    stays
                });
            }
            owed.retain(|_, channels| !channels.is_empty());
        }
        expired_unsent
    }

    /// One occurrence was told to one contact by one channel; where it is about a certificate, that is a delivery too.
    pub fn note_told(&mut self, id: &OccurrenceId, contact: &ContactName, channel: Channel, delivery: Delivery) {
        let all = self.addresses.get(contact).cloned();
        self.note_told_of(id, (contact, channel), delivery, all.as_deref());
    }

    /// [`History::note_told`] to a contact that has `all` these addresses.
    pub(super) fn note_told_of(
        &mut self,
        id: &OccurrenceId,
        (contact, channel): (&ContactName, Channel),
        delivery: Delivery,
        all: Option<&[String]>,
    ) {
        let Some(record) = self.occurrences.get_mut(id) else { return };
        let to_all = record.note_recipients(contact, &delivery.to, all);
        if let Some(channels) = record.owed.get_mut(contact).filter(|_| to_all) {
            channels.remove(&channel);
        }
        record.owed.retain(|_, channels| !channels.is_empty());
        record.note_told_at(contact, channel, Moment(delivery.at));
        let (kind, is_reminder) = (record.occurrence.kind, record.occurrence.is_report_of_dates());
        // What a service says of an end stands for no reminder.
        let certificate = record.occurrence.certificate.as_ref().filter(|_| !is_reminder);
        if let Some(fingerprint) = certificate.map(|certificate| certificate.fingerprint) {
            self.note_delivery(fingerprint, kind, contact, channel, delivery);
        }
    }
}

impl OccurrenceRecord {
    /// When it happened, or happened once more.
    #[must_use]
    pub fn last(&self) -> OffsetDateTime {
        self.again.map_or(self.occurrence.at, |again| again.0)
    }
}

/// Seen by comparing looks: each time is an occurrence of its own.
fn may_happen_again(occurrence: &Occurrence) -> bool {
    occurrence.evidence == Evidence::Observed
        && matches!(occurrence.kind, EventKind::Deletion | EventKind::Sharing | EventKind::Revocation)
}
