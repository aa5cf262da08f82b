//! What happened and is so no more when it is told: it waited for its window or its channel.

use crate::detect::is_subscribed;
use crate::event::{Detail, Location, MonitoringChange, Occurrence};
use crate::history::{History, PlaceRecord};
use crate::policy::{EntryName, Policies};

/// Whether the last run saw, or the policy file says, that it is so no more. What nothing is known of is so still.
pub(super) fn is_over(occurrence: &Occurrence, policies: &Policies, history: &History) -> bool {
    let holds = |holds: &dyn Fn(&Location, Option<&PlaceRecord>) -> bool| {
        let locations = &occurrence.locations;
        !locations.is_empty() && locations.iter().all(|location| holds(location, history.places.get(&*location.place)))
    };
    let is_watched = |entry: &EntryName| policies.entry(entry.as_str()).is_some_and(|entry| !entry.options.is_silenced);
    let certificate = occurrence.certificate.as_ref().map(|certificate| certificate.fingerprint);
    match &occurrence.detail {
        Detail::Deleted | Detail::Replaced { .. } => holds(&|_, record| {
            record.is_some_and(|record| Some(record.fingerprint) == certificate && record.missing == 0)
        }),
        Detail::KeyReadable { path, by_others } => holds(&|_, record| {
            let key = record.and_then(|record| record.key.as_deref()).filter(|key| key.path == *path);
            key.is_some_and(|key| !key.by_others && (*by_others || !key.by_group))
        }),
        Detail::MonitoringStopped { change, .. } => match change {
            MonitoringChange::Removed | MonitoringChange::SwitchedOff => {
                let watch = |record: &PlaceRecord| is_watched(&record.entry) || record.also.iter().any(is_watched);
                holds(&|_, record| record.is_some_and(watch))
            }
            MonitoringChange::ContactDropped { contact } => holds(&|location, _| {
                let entry = policies.entry(location.entry.as_str());
                entry.is_some_and(|entry| is_subscribed(contact, entry, policies))
            }),
            MonitoringChange::SnoozedLong { until } => {
                let snooze = certificate.and_then(|fingerprint| history.snoozes.get(&fingerprint));
                snooze.is_some_and(|snooze| snooze.until < *until)
            }
            MonitoringChange::Undeliverable { .. } => false,
        },
        Detail::Renewed { .. }
        | Detail::RenewedAsReported { .. }
        | Detail::Downloaded { .. }
        | Detail::Revoked { .. }
        | Detail::RenewalMovedForward { .. }
        | Detail::Shared { .. }
        | Detail::FindingOpened { .. }
        | Detail::FindingBurst { .. }
        | Detail::Recovered { .. }
        | Detail::PutRight { .. }
        | Detail::AuthorityChanged { .. }
        | Detail::Announced { .. }
        | Detail::Upgraded { .. }
        | Detail::Digest { .. }
        | Detail::Reported { .. } => false,
    }
}
