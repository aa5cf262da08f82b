//! What happened and is so no more when it is told: it waited for its window or its channel.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::urgency::is_urgent;
use super::wording::Phrase;
use crate::certificate::Fingerprint;
use crate::detect::is_subscribed;
use crate::event::{Detail, EventKind, Location, MonitoringChange, Occurrence};
use crate::history::{History, PlaceRecord};
use crate::policy::{EntryName, Policies};

/// When a message is made, and what is known then of all that it tells.
#[derive(Clone, Copy)]
pub(super) struct Then<'a> {
    pub(super) now: OffsetDateTime,
    pub(super) policies: &'a Policies,
    pub(super) history: &'a History,
}

impl Then<'_> {
    /// It asks for action still.
    pub(super) fn is_urgent(self, occurrence: &Occurrence) -> bool {
        is_urgent(occurrence) && outcome(occurrence, self).is_none()
    }
}

/// What has become of it, as the last run saw it or as the policy file is. What nothing is known of is so still.
pub(super) fn outcome(occurrence: &Occurrence, then: Then<'_>) -> Option<Phrase> {
    let now = Now { occurrence, history: then.history };
    let certificate = occurrence.certificate.as_ref().map(|certificate| certificate.fingerprint);
    let is_over = match &occurrence.detail {
        Detail::Deleted | Detail::Replaced { .. } => now.shows(|shown| Some(shown) == certificate),
        Detail::KeyReadable { path, by_others } => now.holds(|_, record| {
            let key = record.and_then(|record| record.key.as_deref()).filter(|key| key.path == *path);
            key.is_some_and(|key| !key.by_others && (*by_others || !key.by_group))
        }),
        Detail::Shared { places } => now.is_apart(places.len()),
        Detail::MonitoringStopped { change, count, .. } => now.is_monitored(change, *count, then.policies),
        Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } => {
            let is_another = now.shows(|shown| shown != new.fingerprint && Some(shown) != certificate);
            return is_another.then_some(now.another_stands());
        }
        Detail::Revoked { .. } | Detail::RenewalMovedForward { .. } => return now.another(certificate),
        Detail::Reported { .. } => {
            let kinds = [EventKind::Revocation, EventKind::Expiration, EventKind::Expired, EventKind::HostingFailure];
            return now.another(certificate.filter(|_| kinds.contains(&occurrence.kind)));
        }
        Detail::Downloaded { .. }
        | Detail::FindingOpened { .. }
        | Detail::FindingBurst { .. }
        | Detail::Recovered { .. }
        | Detail::PutRight { .. }
        | Detail::AuthorityChanged { .. }
        | Detail::Announced { .. }
        | Detail::Upgraded { .. }
        | Detail::Digest { .. } => false,
    };
    is_over.then_some(Phrase::SoNoMore)
}

/// The places of what happened, as they are now.
struct Now<'a> {
    occurrence: &'a Occurrence,
    history: &'a History,
}

impl Now<'_> {
    /// Whether it holds at each of them.
    fn holds(&self, holds: impl Fn(&Location, Option<&PlaceRecord>) -> bool) -> bool {
        let locations = &self.occurrence.locations;
        let record = |location: &Location| self.history.places.get(location.key());
        !locations.is_empty() && locations.iter().all(|location| holds(location, record(location)))
    }

    /// Whether each of them showed such a certificate in the last run.
    fn shows(&self, is_it: impl Fn(Fingerprint) -> bool) -> bool {
        self.holds(|_, record| record.is_some_and(|record| record.missing == 0 && is_it(record.fingerprint)))
    }

    /// Each of them shows another certificate than this one.
    fn another(&self, than: Option<Fingerprint>) -> Option<Phrase> {
        let than = than?;
        self.shows(|shown| shown != than).then_some(self.another_stands())
    }

    fn another_stands(&self) -> Phrase {
        if self.occurrence.is_about_dates() { Phrase::AnotherDate } else { Phrase::AnotherStands }
    }

    /// Whether no two of the places show the same certificate or key any more. Of each entry one place is known: where
    /// there are more, the others may.
    fn is_apart(&self, places: usize) -> bool {
        let mut held = BTreeSet::new();
        let mut holds_alone = |record: &PlaceRecord| {
            let shown = Some(record).filter(|record| record.missing == 0);
            let shown = shown.and_then(|record| self.history.certificate_at(record));
            shown.is_none_or(|shown| shown.identities().all(|identity| held.insert(identity)))
        };
        let locations = &self.occurrence.locations;
        let mut records = locations.iter().map(|location| self.history.places.get(location.key()));
        locations.len() >= places && records.all(|record| record.is_some_and(&mut holds_alone))
    }

    /// Whether the change was taken back.
    fn is_monitored(&self, change: &MonitoringChange, count: usize, policies: &Policies) -> bool {
        let is_on = |entry: &EntryName| policies.entry(entry.as_str()).is_some_and(|entry| !entry.options.is_silenced);
        match change {
            MonitoringChange::Removed | MonitoringChange::SwitchedOff => {
                let watch = |record: &PlaceRecord| is_on(&record.entry) || record.also.iter().any(is_on);
                // Of the members of an entry that were taken out one place is known: the others may still be out.
                let knows_all = *change == MonitoringChange::SwitchedOff || self.occurrence.locations.len() >= count;
                knows_all && self.holds(|_, record| record.is_some_and(watch))
            }
            MonitoringChange::ContactDropped { contact } => self.holds(|location, _| {
                let entry = policies.entry(location.entry.as_str());
                entry.is_some_and(|entry| is_subscribed(contact, entry, policies))
            }),
            MonitoringChange::SnoozedLong { until } => {
                let certificate = self.occurrence.certificate.as_ref();
                let snooze = certificate.and_then(|certificate| self.history.snoozes.get(&certificate.fingerprint));
                snooze.is_some_and(|snooze| snooze.until < *until)
            }
            MonitoringChange::Undeliverable { contact, channel, address, .. } => {
                // The run that saw it had tried before; a later one reached the contact.
                let has_run_since = self.history.last_run.is_some_and(|last| last >= self.occurrence.at);
                has_run_since
                    && match address {
                        Some(address) => self.history.mail_refusal(contact, address).is_none(),
                        None => self.history.failed_runs(contact, *channel) == 0,
                    }
            }
        }
    }
}
