//! One certificate, one contact, one channel, under one policy: the next moment at which a reminder is owed.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::frequency::{SendHistory, half_after, next_slot};
use super::window::in_time;
use super::{EffectivePolicy, ReminderReason};
use crate::certificate::Certificate;
use crate::event::{Event, EventKind, ServedInstead};
use crate::history::Snooze;
use crate::policy::{Frequency, Renewal, Window, Zone};

/// After the end, the policy's frequency holds for this long; then it is every 30 days.
const AFTER_EXPIRY: Duration = Duration::days(30);
const DAYS_AFTER_EXPIRY: u16 = 30;

/// What of a certificate's past counts for its next reminder by one channel to one contact.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SeriesHistory {
    pub expiration: Option<SendHistory>,
    pub expired: Option<SendHistory>,
    pub hosting_failure: Option<SendHistory>,
    /// Deliveries of those two that stand for none of theirs.
    pub uncounted: usize,
}

impl SeriesHistory {
    pub(super) fn turns(&self, kind: EventKind) -> Option<SendHistory> {
        if kind == EventKind::Expired {
            self.expired
        } else if kind == EventKind::HostingFailure {
            self.hosting_failure
        } else {
            self.expiration
        }
    }

    pub(super) fn note(&mut self, kind: EventKind, at: OffsetDateTime) {
        let turns = if kind == EventKind::Expired {
            &mut self.expired
        } else if kind == EventKind::HostingFailure {
            &mut self.hosting_failure
        } else {
            &mut self.expiration
        };
        *turns = Some(SendHistory::and(*turns, at));
    }
}

/// The claim of one contact by one channel under the policy of one entry.
#[derive(Clone, Debug)]
pub(super) struct PolicyMatch {
    pub terms: Arc<EffectivePolicy>,
    pub zone: Zone,
    /// From when this contact may be told of the coming end.
    pub opens: OffsetDateTime,
    /// The contact was added by an escalation within this time before the end.
    pub escalated: Option<Duration>,
    pub hears_expiration: bool,
    pub hears_expired: bool,
    pub hears_hosting_failure: bool,
}

/// What a track is applied to.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReminderInput<'a> {
    pub certificate: &'a Certificate,
    /// No place showed it in this run.
    pub is_stale: bool,
    /// What is served where it should be.
    pub served_instead: &'a [ServedInstead],
    pub snooze: Option<&'a Snooze>,
}

impl ReminderInput<'_> {
    /// The end is the last second of validity.
    pub(super) fn first_second_after_end(&self) -> OffsetDateTime {
        self.certificate.effective_end().saturating_add(Duration::SECOND)
    }

    /// When its snooze ends: at the end of the certificate at the latest, unless it was set after that.
    fn released(&self) -> Option<OffsetDateTime> {
        let end = self.certificate.effective_end();
        self.snooze.map(|snooze| if snooze.since <= end { snooze.until.min(end) } else { snooze.until })
    }

    /// A snooze holds what is owed before its end, and its release owes one more.
    fn after_snooze(&self, owed: Option<OffsetDateTime>, last: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
        let Some(released) = self.released() else { return owed };
        match owed {
            Some(owed) if owed >= released => Some(match last {
                Some(last) if last < released => released,
                _ => owed,
            }),
            Some(_) => Some(released),
            None => last.filter(|last| *last < released).map(|_| released),
        }
    }
}

impl PolicyMatch {
    pub(super) fn window(&self) -> &Window {
        &self.terms.window
    }

    /// The moment from which the next reminder of `kind` is owed, given what was told so far.
    pub(super) fn owed(&self, kind: EventKind, case: ReminderInput, memory: &SeriesHistory) -> Option<OffsetDateTime> {
        if kind == EventKind::Expired {
            self.owed_expired(case, memory)
        } else if kind == EventKind::HostingFailure {
            self.owed_hosting_failure(case, memory.hosting_failure)
        } else {
            self.owed_expiration(case, memory.expiration).filter(|_| self.hears_expiration)
        }
    }

    fn owed_expiration(&self, case: ReminderInput, told: Option<SendHistory>) -> Option<OffsetDateTime> {
        if case.certificate.has_no_end() {
            return None;
        }
        let opens = self.opens_in_time(case);
        let owed = match told {
            None => Some(opens),
            Some(turns) => {
                let milestone = self.milestones(case).find(|(_, at)| *at > turns.last).map(|(_, at)| at);
                milestone.into_iter().chain(self.slot_before_end(case, turns)).min()
            }
        };
        let owed = case.after_snooze(owed, told.map(|turns| turns.last))?.max(opens);
        (owed < case.certificate.effective_end()).then_some(owed)
    }

    /// From when this contact may be told of the coming end: at the last opening of the window before it, where that is
    /// earlier. An automatic renewal is not late before it is.
    fn opens_in_time(&self, case: ReminderInput) -> OffsetDateTime {
        let managed = &self.terms.opening.managed;
        let opens = self.in_time(case, self.opens);
        if managed.renewal == Renewal::Auto { opens.max(managed.late_from) } else { opens }
    }

    fn in_time(&self, case: ReminderInput, owed: OffsetDateTime) -> OffsetDateTime {
        in_time(self.window(), &self.zone, owed, case.certificate.effective_end())
    }

    /// The next slot; one that the window would hold beyond the end is owed at the last opening before it, unless a
    /// reminder went out in that already.
    fn slot_before_end(&self, case: ReminderInput, turns: SendHistory) -> Option<OffsetDateTime> {
        let Frequency::EveryDays(days) = self.terms.frequency else { return None };
        let slot = next_slot(turns, days, &self.zone);
        let at = self.in_time(case, slot);
        if at == slot {
            return Some(slot);
        }
        (at > turns.last).then(|| at.max(half_after(turns, days)))
    }

    /// That its automatic renewal is late, or that another is served where it should be, is told at the policy's
    /// frequency until the certificate ends.
    fn owed_hosting_failure(&self, case: ReminderInput, told: Option<SendHistory>) -> Option<OffsetDateTime> {
        let managed = &self.terms.opening.managed;
        let may_be_late = managed.renewal == Renewal::Auto && !case.certificate.has_no_end();
        let late_from = may_be_late.then_some(managed.late_from);
        let not_deployed_from = self.served_instead(case).map(|served| served.from).min();
        let since = late_from.into_iter().chain(not_deployed_from).min().filter(|_| self.hears_hosting_failure)?;
        let escalated = self.escalated.map(|within| case.certificate.effective_end().saturating_sub(within));
        let opens = escalated.map_or(since, |from| from.max(since));
        let owed = match told {
            None => Some(opens),
            Some(turns) => self.slot_before_end(case, turns),
        };
        let owed = case.after_snooze(owed, told.map(|turns| turns.last))?.max(opens);
        (owed < case.certificate.effective_end()).then_some(owed)
    }

    /// From when its contact may be told before the end: that it comes, that its renewal is late, or that another is served.
    pub(super) fn told_from(&self, event: &Event) -> Option<OffsetDateTime> {
        let (certificate, served_instead) = (&event.certificate, event.served_instead.as_slice());
        let case = ReminderInput { certificate, is_stale: false, served_instead, snooze: None };
        let end = self.hears_expiration.then_some(self.opens);
        end.into_iter().chain(self.owed_hosting_failure(case, None)).min()
    }

    pub(super) fn is_automatic(&self) -> bool {
        self.terms.opening.managed.renewal == Renewal::Auto
    }

    /// The entry of this track has it in a file, and another is served at `at` where that should be.
    pub(super) fn is_not_deployed(&self, case: ReminderInput, at: OffsetDateTime) -> bool {
        self.served_instead(case).any(|served| served.from <= at)
    }

    fn served_instead<'a>(&self, case: ReminderInput<'a>) -> impl Iterator<Item = &'a ServedInstead> {
        self.served_in_place_of(case.served_instead)
    }

    /// Of what is served in the place of a certificate, that of the entry of this track.
    pub(super) fn served_in_place_of<'a>(
        &self,
        served: &'a [ServedInstead],
    ) -> impl Iterator<Item = &'a ServedInstead> + use<'a> {
        let entry = self.terms.entry.clone();
        served.iter().filter(move |served| served.entry == entry)
    }

    fn owed_expired(&self, case: ReminderInput, memory: &SeriesHistory) -> Option<OffsetDateTime> {
        let ended = case.first_second_after_end();
        if case.certificate.has_no_end() {
            return None;
        }
        if !self.hears_expired && (memory.expired.is_some() || memory.expiration.is_some() || !self.hears_expiration) {
            return None;
        }
        let owed = match memory.expired {
            None => Some(ended),
            // Whether it has been renewed since cannot be known: it was told once.
            Some(_) if case.is_stale => return None,
            Some(turns) => Some(self.next_after_end(case, turns).1),
        };
        case.after_snooze(owed, memory.expired.map(|turns| turns.last)).map(|owed| owed.max(ended))
    }

    /// The next reminder after the end, and every how many days it is one: as the policy says in the first days.
    fn next_after_end(&self, case: ReminderInput, turns: SendHistory) -> (u16, OffsetDateTime) {
        let slow_from = case.first_second_after_end().saturating_add(AFTER_EXPIRY);
        if let Frequency::EveryDays(days) = self.terms.frequency {
            let slot = next_slot(turns, days, &self.zone);
            if slot < slow_from {
                return (days, slot);
            }
        }
        (DAYS_AFTER_EXPIRY, next_slot(turns, DAYS_AFTER_EXPIRY, &self.zone).max(slow_from))
    }

    /// Why the reminder of `kind` that is owed goes out at `at`: the tightest reason there is.
    pub(super) fn why(
        &self,
        kind: EventKind,
        case: ReminderInput,
        memory: &SeriesHistory,
        at: OffsetDateTime,
    ) -> ReminderReason {
        let snooze_ended = case.released().filter(|released| *released <= at);
        if kind == EventKind::Expired {
            return match memory.expired {
                None if !self.hears_expired => ReminderReason::ExpiredUntold,
                None => ReminderReason::Expired,
                Some(turns) => {
                    self.why_again(turns, snooze_ended, at, Frequency::EveryDays(self.next_after_end(case, turns).0))
                }
            };
        }
        if kind == EventKind::HostingFailure {
            return match memory.hosting_failure {
                None if self.is_not_deployed(case, at) => ReminderReason::NotDeployed {
                    is_predecessor: self.served_instead(case).any(|it| it.from <= at && it.is_predecessor),
                },
                None => ReminderReason::RenewalLate { since: self.terms.opening.managed.late_from },
                Some(turns) => self.why_again(turns, snooze_ended, at, self.terms.frequency),
            };
        }
        let tightest = self.milestones(case).filter(|(_, due)| *due <= at).last();
        match (memory.expiration, tightest) {
            (Some(turns), Some((left, due))) if due > turns.last => ReminderReason::Milestone { left },
            (Some(turns), _) => self.why_again(turns, snooze_ended, at, self.terms.frequency),
            (None, tightest) => self.why_first(tightest.map(|(left, _)| left)),
        }
    }

    fn why_first(&self, tightest: Option<Duration>) -> ReminderReason {
        match (self.escalated, tightest) {
            (Some(within), _) => ReminderReason::Escalated { within },
            (None, Some(left)) => ReminderReason::Milestone { left },
            (None, None) if self.opens_when_late() => ReminderReason::RenewalLate { since: self.opens },
            (None, None) => ReminderReason::Opened { lead: self.terms.opening.lead },
        }
    }

    fn why_again(
        &self,
        turns: SendHistory,
        snooze_ended: Option<OffsetDateTime>,
        at: OffsetDateTime,
        frequency: Frequency,
    ) -> ReminderReason {
        match (frequency, snooze_ended) {
            (Frequency::EveryDays(days), _) if next_slot(turns, days, &self.zone) <= at => {
                ReminderReason::Repeat { every_days: days, previous: turns.last }
            }
            (_, Some(ended)) => ReminderReason::SnoozeEnded { at: ended },
            (Frequency::EveryDays(days), None) => ReminderReason::Repeat { every_days: days, previous: turns.last },
            (Frequency::Once, None) => ReminderReason::Repeat { every_days: DAYS_AFTER_EXPIRY, previous: turns.last },
        }
    }

    fn opens_when_late(&self) -> bool {
        let managed = &self.terms.opening.managed;
        managed.renewal == Renewal::Auto && self.opens == managed.late_from
    }

    /// Those after the opening of this contact, with the moments from which they may go out, earliest first.
    fn milestones<'a>(&'a self, case: ReminderInput<'a>) -> impl Iterator<Item = (Duration, OffsetDateTime)> + 'a {
        let end = case.certificate.effective_end();
        let due = self.terms.milestones.iter().map(move |left| (*left, end.saturating_sub(*left)));
        let due = due.filter(|(_, at)| *at > self.opens).map(move |(left, at)| (left, self.in_time(case, at)));
        // One that was moved to an opening goes out no earlier than a wider one within that opening.
        due.scan(OffsetDateTime::UNIX_EPOCH, |latest, (left, at)| {
            *latest = at.max(*latest);
            Some((left, *latest))
        })
    }
}
