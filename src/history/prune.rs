//! What the memory may forget, so that it stays bounded.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use time::{Duration, OffsetDateTime};

use super::{DeliveryLog, History, bounds};
use crate::certificate::Fingerprint;
use crate::event::{Detail, MonitoringChange, Occurrence};

/// Of a certificate that nothing shows any more: after it was last seen, and after its end.
const CERTIFICATE: Duration = Duration::days(90);
/// Of a channel's refusal that no run tried again.
const REFUSAL: Duration = Duration::days(90);
/// Of a message that was never answered: by then nothing is owed of it.
const UNANSWERED: Duration = Duration::days(30);
/// Of an occurrence that no recipient is owed any more, since it happened and since it was told last: what is reported
/// and seen within 7 days is one.
const HAPPENING: Duration = Duration::days(30);
/// Of a printed problem: one that lasts is printed, and noted, once a day.
const PROBLEM: Duration = Duration::days(7);
/// Of what is told once for all, and of how much.
const ANNOUNCED: Duration = Duration::days(3 * 366);
const MOST_ANNOUNCED: usize = 2000;
/// Of an issuer that signs nothing watched any more, and of how many.
const ISSUER: Duration = Duration::days(2 * 366);
const MOST_ISSUERS: usize = 1000;
/// Of a robot's pace: no vendor counts longer.
const PACE: Duration = Duration::days(1);

impl History {
    /// Forgets what no later run can need. A certificate is forgotten with all its deliveries, and only when
    /// it is not among `shown` (the certificates that the places of today's entries showed last) and
    /// has been neither seen nor valid for 90 days.
    pub fn prune(&mut self, shown: &BTreeSet<Fingerprint>, now: OffsetDateTime) {
        let stays = |at: OffsetDateTime, period: Duration| now - at <= period;
        self.certificates.retain(|fingerprint, record| {
            stays(record.last_seen, CERTIFICATE)
                || stays(record.facts.not_after, CERTIFICATE)
                || shown.contains(fingerprint)
        });
        self.bound_certificates(shown);
        self.bound_occurrences();
        let certificates = &self.certificates;
        let known = |fingerprint: &Fingerprint| shown.contains(fingerprint) || certificates.contains_key(fingerprint);

        self.deliveries.retain(|fingerprint, kinds| {
            let told =
                kinds.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values).map(DeliveryLog::last).max();
            known(fingerprint) || told.is_some_and(|last| stays(last, CERTIFICATE))
        });
        self.places.retain(|_, place| stays(place.last_seen, CERTIFICATE) || known(&place.fingerprint));
        self.held.retain(|fingerprint, _| known(fingerprint));
        self.snoozes.retain(|fingerprint, _| known(fingerprint));
        self.revoked.retain(|fingerprint, _| known(fingerprint));
        self.renewals.retain(|fingerprint, _| known(fingerprint));
        self.registrations.retain(|_, registration| stays(registration.ask_again, CERTIFICATE));
        self.undeployed.retain(|fingerprint, _| known(fingerprint));
        for channels in self.left_over.values_mut() {
            for counted in channels.values_mut() {
                counted.retain(|fingerprint| known(fingerprint));
            }
            channels.retain(|_, counted| !counted.is_empty());
        }
        self.left_over.retain(|_, channels| !channels.is_empty());
        self.prune_news(now);
        self.prune_posted(now);
        self.announced.retain(|_, at| stays(at.0, ANNOUNCED));
        bounds::keep_latest(&mut self.announced, MOST_ANNOUNCED);
        self.issuers.retain(|_, at| stays(at.0, ISSUER));
        bounds::keep_latest(&mut self.issuers, MOST_ISSUERS);
        for channels in self.refusals.values_mut() {
            channels.retain(|_, refusal| stays(refusal.last_tried, REFUSAL));
        }
        self.refusals.retain(|_, channels| !channels.is_empty());
        for addresses in self.mail_refusals.values_mut() {
            addresses.retain(|_, refusal| stays(refusal.last_tried, REFUSAL));
        }
        self.mail_refusals.retain(|_, addresses| !addresses.is_empty());
        self.unanswered.retain(|_, written| stays(written.0, UNANSWERED));
        let unanswered = &self.unanswered;
        self.unanswered_runs.retain(|id, _| unanswered.contains_key(id));
        self.problems.retain(|_, problem| stays(problem.printed, PROBLEM));
        self.robots.retain(|_, robot| {
            robot.sent.retain(|sent| stays(sent.0, PACE));
            !robot.sent.is_empty() || robot.not_before.is_some_and(|until| until > now)
        });
    }

    /// An occurrence is kept while a recipient is owed it, while it lasts, and for as long as it may happen again.
    fn prune_news(&mut self, now: OffsetDateTime) {
        let lasting = bounds::lasting(&self.anomalies);
        let (refusals, by_mail, places) = (&self.refusals, &self.mail_refusals, &self.places);
        let standing = LazyCell::new(|| {
            let standing = places.values().map(|place| (&*place.source, place.fingerprint));
            standing.collect::<HashSet<_>>()
        });
        let lasts = |occurrence: &Occurrence| match &occurrence.detail {
            Detail::MonitoringStopped { change: MonitoringChange::Undeliverable { contact, .. }, .. } => {
                refusals.contains_key(contact.as_str()) || by_mail.contains_key(contact.as_str())
            }
            // As long as the other one stands there, the right one puts it right.
            Detail::Replaced { by, .. } => {
                let first = occurrence.locations.first();
                first.is_some_and(|first| standing.contains(&(&*first.place, by.fingerprint)))
            }
            _ => lasting.contains(&occurrence.id),
        };
        self.occurrences.retain(|_, record| {
            let told = record.told.values().flat_map(BTreeMap::values).map(|at| at.0).max();
            let last = told.map_or(record.last(), |told| told.max(record.last()));
            !record.owed.is_empty() || now - last <= HAPPENING || lasts(&record.occurrence)
        });
        let occurrences = &self.occurrences;
        for channels in self.occurrences_left_over.values_mut() {
            for counted in channels.values_mut() {
                counted.retain(|id| occurrences.contains_key(id));
            }
            channels.retain(|_, counted| !counted.is_empty());
        }
        self.occurrences_left_over.retain(|_, channels| !channels.is_empty());
    }
}
