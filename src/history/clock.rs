//! Moments that are later than the clock of this machine, because that was ahead once or is behind now.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::deliveries::{CLOSINGS, REMINDERS};
use super::{DeliveryLog, History, Moment, RenewedRecord};
use crate::certificate::Fingerprint;
use crate::event::EventKind;
use crate::policy::{Channel, ContactName};

/// By so much a recorded moment may be later than now: a run waits for another no longer.
const WAIT: Duration = Duration::minutes(1);
/// No robot or authority asks for more; what does was written by a clock that jumped.
const LONGEST_SILENCE: Duration = Duration::days(1);

/// By the name of its field, what a moment was and what it counts as.
pub type Ahead = BTreeMap<String, (OffsetDateTime, OffsetDateTime)>;

/// That somewhere a series has ended, as it was told to one recipient.
struct Closing {
    fingerprint: Fingerprint,
    kind: EventKind,
    contact: ContactName,
    channel: Channel,
}

/// What a moment is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Of something that was done.
    Past,
    /// The last one at which something was seen, which is never earlier than before.
    Latest,
    /// Until when something is not asked.
    Until,
}

/// Takes the sort of a moment, what makes the name of its field, and the moment.
type Visit<'v> = dyn FnMut(Sort, &dyn Fn() -> String, &mut OffsetDateTime) + 'v;

impl History {
    /// Lets every recorded moment later than `now` count as the moment at which that was found first, so that a clock that
    /// jumped sends nothing twice and silences no recipient for longer than an interval. What is saved is what was recorded.
    /// Whether one was found that only a clock that jumped explains, and not a run that had begun earlier and waited for
    /// this one; said once.
    pub fn clamp_to_now(&mut self, now: OffsetDateTime) -> bool {
        self.restore();
        let found = self.behind_since.map_or(now, |since| since.0.min(now));
        let mut is_behind = false;
        let mut ahead = Ahead::new();
        self.visit(&mut |sort, name, moment| {
            let (latest, counts_as) = match sort {
                Sort::Past | Sort::Latest => (now, found),
                Sort::Until => (now.saturating_add(LONGEST_SILENCE), now.saturating_add(LONGEST_SILENCE)),
            };
            if *moment > latest {
                is_behind |= sort != Sort::Until && *moment > now.saturating_add(WAIT);
                ahead.insert(name(), (*moment, counts_as));
                *moment = counts_as;
            }
        });
        let is_news = is_behind && self.behind_since.is_none();
        self.behind_since = is_behind.then_some(Moment(found));
        self.ahead = ahead;
        is_news
    }

    /// As it is to be saved: with the moments that were recorded.
    #[must_use]
    pub fn as_recorded(&self) -> Option<Self> {
        (!self.ahead.is_empty()).then(|| {
            let mut whole = self.clone();
            whole.restore();
            whole
        })
    }

    /// Takes back what `clamp_to_now` did to every moment that was not changed since.
    fn restore(&mut self) {
        let ahead = std::mem::take(&mut self.ahead);
        if ahead.is_empty() {
            return;
        }
        let closings = self.closings();
        self.visit(&mut |sort, name, moment| {
            let Some((recorded, counted_as)) = ahead.get(&name()) else { return };
            if sort == Sort::Latest {
                *moment = (*recorded).max(*moment);
            } else if moment == counted_as {
                *moment = *recorded;
            }
        });
        for (closing, told) in closings {
            self.put_after_reminders(&closing, told);
        }
    }

    /// What was told of the end of a series after its last reminder, and when.
    fn closings(&self) -> Vec<(Closing, OffsetDateTime)> {
        let mut closings = Vec::new();
        for (fingerprint, kinds) in &self.deliveries {
            for kind in CLOSINGS {
                for (contact, channels) in kinds.get(&kind).into_iter().flatten() {
                    for (channel, log) in channels {
                        let closing =
                            Closing { fingerprint: *fingerprint, kind, contact: contact.clone(), channel: *channel };
                        if self.last_reminder(&closing).is_some_and(|reminded| reminded <= log.last()) {
                            closings.push((closing, log.last()));
                        }
                    }
                }
            }
        }
        closings
    }

    fn last_reminder(&self, to: &Closing) -> Option<OffsetDateTime> {
        let kinds = self.deliveries.get(&to.fingerprint)?;
        let logs = REMINDERS.into_iter().filter_map(|kind| kinds.get(&kind)?.get(&to.contact)?.get(&to.channel));
        logs.map(DeliveryLog::last).max()
    }

    /// A closing message that was sent by a clock that was behind came after the reminders all the same: it does not
    /// leave its series open.
    fn put_after_reminders(&mut self, closing: &Closing, told: OffsetDateTime) {
        let Some(reminded) = self.last_reminder(closing).filter(|reminded| *reminded > told) else { return };
        let kinds = self.deliveries.get_mut(&closing.fingerprint);
        let log =
            kinds.and_then(|kinds| kinds.get_mut(&closing.kind)?.get_mut(&closing.contact)?.get_mut(&closing.channel));
        // One that was itself later than the clock has its own moment again.
        let Some(log) = log.filter(|log| log.last() == told) else { return };
        log.iter_mut().filter(|delivery| delivery.at == told).for_each(|delivery| delivery.at = reminded);
    }

    fn visit(&mut self, visit: &mut Visit<'_>) {
        self.visit_seen(visit);
        self.visit_channels(visit);
        self.visit_events(visit);
    }

    fn visit_seen(&mut self, visit: &mut Visit<'_>) {
        self.last_run.iter_mut().for_each(|at| visit(Sort::Latest, &|| "last run".to_owned(), at));
        for (name, place) in &mut self.places {
            visit(Sort::Latest, &|| format!("place {name}"), &mut place.last_seen);
            for (endpoint, served) in &mut place.served {
                visit(Sort::Latest, &|| format!("served {endpoint} {name}"), &mut served.last_seen);
            }
            place.away.iter_mut().for_each(|since| visit(Sort::Past, &|| format!("away {name}"), &mut since.0));
        }
        for (fingerprint, certificate) in &mut self.certificates {
            visit(Sort::Latest, &|| format!("certificate {fingerprint}"), &mut certificate.last_seen);
        }
        for (issuer, seen) in &mut self.issuers {
            visit(Sort::Latest, &|| format!("issuer {issuer}"), &mut seen.0);
        }
        for (fingerprint, found) in &mut self.revoked {
            visit(Sort::Past, &|| format!("revoked {fingerprint}"), &mut found.0);
        }
        for (fingerprint, snooze) in &mut self.snoozes {
            visit(Sort::Past, &|| format!("snooze {fingerprint}"), &mut snooze.since);
        }
        for (fingerprint, renewal) in &mut self.renewals {
            visit(Sort::Until, &|| format!("renewal {fingerprint}"), &mut renewal.ask_again);
        }
        for (domain, registration) in &mut self.registrations {
            visit(Sort::Until, &|| format!("registration {domain}"), &mut registration.ask_again);
        }
    }

    fn visit_channels(&mut self, visit: &mut Visit<'_>) {
        for (fingerprint, contacts) in &mut self.held {
            for (contact, channels) in contacts {
                for (channel, since) in channels {
                    visit(Sort::Past, &|| format!("held {fingerprint} {channel} {contact}"), &mut since.0);
                }
            }
        }
        for (contact, channels) in &mut self.refusals {
            for (channel, refusal) in channels {
                visit(Sort::Past, &|| format!("refusal {channel} {contact}"), &mut refusal.last_tried);
            }
        }
        for (contact, addresses) in &mut self.mail_refusals {
            for (address, refusal) in addresses {
                visit(Sort::Past, &|| format!("mail refusal {address} {contact}"), &mut refusal.last_tried);
            }
        }
        for (message, written) in &mut self.unanswered {
            visit(Sort::Past, &|| format!("unanswered {message}"), &mut written.0);
        }
        self.visit_posted(|name, at| visit(Sort::Past, &|| name.clone(), at));
        for (name, robot) in &mut self.robots {
            for (nth, sent) in robot.sent.iter_mut().enumerate() {
                visit(Sort::Past, &|| format!("sent {nth} {name}"), &mut sent.0);
            }
            robot.not_before.iter_mut().for_each(|until| visit(Sort::Until, &|| format!("robot {name}"), until));
        }
        for (contact, last) in &mut self.digests {
            visit(Sort::Past, &|| format!("digest slot {contact}"), &mut last.slot);
            visit(Sort::Past, &|| format!("digest {contact}"), &mut last.at);
            for (channel, since) in &mut last.since {
                visit(Sort::Past, &|| format!("digest since {channel} {contact}"), &mut since.0);
            }
        }
        for RenewedRecord { at, entry, name, until } in &mut self.renewed {
            visit(Sort::Past, &|| format!("renewed {until} {entry} {name}"), at);
        }
        for (key, problem) in &mut self.problems {
            visit(Sort::Past, &|| format!("problem {key}"), &mut problem.printed);
        }
    }

    fn visit_events(&mut self, visit: &mut Visit<'_>) {
        for (id, record) in &mut self.occurrences {
            let id = id.as_str();
            visit(Sort::Past, &|| format!("occurrence {id}"), &mut record.occurrence.at);
            record.occurrence.locations.visit_seen(|nth, seen| {
                visit(Sort::Latest, &|| format!("location {nth} {id}"), seen);
            });
            record.again.iter_mut().for_each(|again| visit(Sort::Past, &|| format!("again {id}"), &mut again.0));
            for (contact, channels) in &mut record.owed {
                for (channel, since) in channels {
                    visit(Sort::Past, &|| format!("owed {channel} {id} {contact}"), &mut since.0);
                }
            }
        }
        for (id, told) in &mut self.announced {
            visit(Sort::Past, &|| format!("announced {}", id.as_str()), &mut told.0);
        }
        for (fingerprint, record) in &mut self.undeployed {
            visit(Sort::Past, &|| format!("undeployed {fingerprint}"), &mut record.since);
        }
        for (place, findings) in &mut self.anomalies {
            for (finding, record) in findings {
                let name = |what: &str| format!("anomaly {what} {finding} {place}");
                visit(Sort::Past, &|| name("since"), &mut record.since);
                record.reported.iter_mut().for_each(|at| visit(Sort::Past, &|| name("reported"), at));
                record.gone.iter_mut().for_each(|at| visit(Sort::Past, &|| name("gone"), at));
                record.recovered.iter_mut().for_each(|it| visit(Sort::Past, &|| name("recovered"), &mut it.at));
            }
        }
        for (fingerprint, kinds) in &mut self.deliveries {
            for (kind, contacts) in kinds {
                for (contact, channels) in contacts {
                    for (channel, told) in channels {
                        let name = |nth| format!("delivery {nth} {fingerprint} {kind} {channel} {contact}");
                        visit_log(told, &name, visit);
                    }
                }
            }
        }
    }
}

fn visit_log(told: &mut DeliveryLog, name: &dyn Fn(usize) -> String, visit: &mut Visit<'_>) {
    for (nth, delivery) in told.iter_mut().enumerate() {
        visit(Sort::Past, &|| name(nth), &mut delivery.at);
    }
}
