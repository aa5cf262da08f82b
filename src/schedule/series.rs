//! One certificate, one contact, one channel, over all policies that claim it: the next reminder.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::frequency::SendHistory;
use super::policy_match::{PolicyMatch, ReminderInput, SeriesHistory};
use super::window::{first_open, missed_an_opening};
use super::{Reminder, ReminderKey};
use crate::event::{Event, EventKind};
use crate::history::{History, Snooze};
use crate::policy::{Channel, ContactName, Renewal, Zone};

#[derive(Clone, Debug)]
pub(super) struct ReminderSeries<'a> {
    pub contact: ContactName,
    pub channel: Channel,
    /// By mail, the one recipient of this series.
    pub address: Option<String>,
    pub event: Arc<Event>,
    /// No place showed the certificate in this run.
    pub is_stale: bool,
    pub tracks: Vec<PolicyMatch>,
    /// The kinds that it tells in turn: those of the end, or that its renewal or its being served failed.
    pub kinds: &'static [EventKind],
    pub memory: SeriesHistory,
    pub snooze: Option<&'a Snooze>,
    /// From when on its recipient is told of another certificate instead that this one's renewal failed.
    pub failures_end: Option<OffsetDateTime>,
}

/// The next reminder of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct NextReminder<'a> {
    pub kind: EventKind,
    pub owed: OffsetDateTime,
    /// Not before `owed`, inside the window.
    pub send_at: OffsetDateTime,
    pub track: &'a PolicyMatch,
}

/// A reminder of the future.
pub(super) struct Planned {
    pub at: OffsetDateTime,
    pub reminder: Reminder,
    pub zone: Zone,
    /// Owed earlier, and waiting for the window.
    pub is_held: bool,
}

/// Before the end and after it, one line; a renewal that is late, or served nowhere, is another.
pub(super) const FAMILIES: [&[EventKind]; 2] =
    [&[EventKind::Expiration, EventKind::Expired], &[EventKind::HostingFailure]];

impl<'a> ReminderSeries<'a> {
    pub(super) fn new(
        (contact, channel, address): (ContactName, Channel, Option<String>),
        (event, is_stale): (Arc<Event>, bool),
        tracks: Vec<PolicyMatch>,
        kinds: &'static [EventKind],
        history: &'a History,
    ) -> Self {
        let fingerprint = event.certificate.fingerprint;
        let since = |kind, from| {
            let told = history.told(fingerprint, kind, &contact, channel)?;
            SendHistory::new(told, address.as_deref(), from)
        };
        let turns = |kind| since(kind, None);
        let uncounted = |kind, counted: Option<SendHistory>| {
            turns(kind).map_or(0, |all| all.count - counted.map_or(0, |counted| counted.count))
        };
        let ended = event.certificate.effective_end().saturating_add(Duration::SECOND);
        // What a clock that was ahead said of the end does not stand for the end.
        let expired = since(EventKind::Expired, Some(ended));
        let hosting_failure =
            hosting_failure(&event, &tracks).and_then(|from| since(EventKind::HostingFailure, Some(from)));
        let memory = SeriesHistory {
            expiration: turns(EventKind::Expiration),
            expired,
            hosting_failure,
            uncounted: uncounted(EventKind::Expired, expired) + uncounted(EventKind::HostingFailure, hosting_failure),
        };
        let snooze = history.snoozes.get(&fingerprint);
        Self { contact, channel, address, event, is_stale, tracks, kinds, memory, snooze, failures_end: None }
    }

    pub(super) fn recipient(&self) -> (ContactName, Channel, Option<String>) {
        (self.contact.clone(), self.channel, self.address.clone())
    }

    fn case(&self) -> ReminderInput<'_> {
        let Event { certificate, served_instead, .. } = &*self.event;
        ReminderInput { certificate, is_stale: self.is_stale, served_instead, snooze: self.snooze }
    }

    /// The next reminder from `from` on, given what was told so far. The earliest counts where
    /// policies differ; a reminder of the coming end that would go out after it is one of its being past.
    pub(super) fn next(&self, from: OffsetDateTime) -> Option<NextReminder<'_>> {
        let case = self.case();
        let turn = |kind: EventKind| {
            self.tracks
                .iter()
                .filter_map(|track| {
                    let owed = track.owed(kind, case, &self.memory)?;
                    let send_at = first_open(track.window(), &track.zone, owed.max(from));
                    Some(NextReminder { kind, owed, send_at, track })
                })
                .filter(|turn| kind == EventKind::Expired || turn.send_at <= case.certificate.effective_end())
                .filter(|turn| {
                    kind != EventKind::HostingFailure || self.failures_end.is_none_or(|end| turn.send_at < end)
                })
                .min_by_key(|turn| (turn.send_at, turn.owed))
        };
        self.kinds.iter().find_map(|kind| turn(*kind))
    }

    /// Puts the reminder of `turn` into words that need no more looking up.
    pub(super) fn reminder(&self, turn: &NextReminder) -> Reminder {
        let case = self.case();
        let turns = self.memory.turns(turn.kind);
        let mut after = self.clone();
        after.memory.note(turn.kind, turn.send_at);
        let event = self.event_of(turn);
        Reminder {
            key: ReminderKey {
                fingerprint: event.certificate.fingerprint,
                kind: turn.kind,
                contact: self.contact.clone(),
                channel: self.channel,
            },
            event,
            why: turn.track.why(turn.kind, case, &self.memory, turn.send_at),
            at: turn.send_at,
            nth: turns.map_or(1, |turns| turns.count + 1),
            uncounted: if turn.kind == EventKind::Expiration { 0 } else { self.memory.uncounted },
            previous: turns.map(|turns| turns.last),
            next: after.next(turn.send_at).map(|next| next.send_at).filter(|next| turn.send_at < *next),
            terms: Arc::clone(&turn.track.terms),
            told_now: Arc::default(),
            told_from: Arc::default(),
        }
    }

    fn event_of(&self, turn: &NextReminder) -> Arc<Event> {
        if self.event.kind == turn.kind {
            return Arc::clone(&self.event);
        }
        let mut event = Event { kind: turn.kind, ..(*self.event).clone() };
        let is_not_deployed = turn.track.is_not_deployed(self.case(), turn.send_at);
        event.served_instead.retain(|served| is_not_deployed && served.from <= turn.send_at);
        event.evidence = event.evidence_of(turn.kind).clone();
        Arc::new(event)
    }

    /// All that will go out up to `until`, if nothing changes.
    pub(super) fn timeline(mut self, now: OffsetDateTime, until: OffsetDateTime) -> Vec<Planned> {
        let mut timeline = Vec::new();
        let mut from = now;
        let mut last = None;
        // At the end of the calendar no slot is later than the one before it.
        let is_later =
            |turn: &NextReminder<'_>, last: Option<OffsetDateTime>| last.is_none_or(|last| last < turn.send_at);
        while let Some(turn) = self.next(from).filter(|turn| turn.send_at <= until && is_later(turn, last)) {
            let (at, kind) = (turn.send_at, turn.kind);
            let is_held = turn.owed.max(now) < at;
            timeline.push(Planned { at, reminder: self.reminder(&turn), zone: turn.track.zone.clone(), is_held });
            self.memory.note(kind, at);
            from = at;
            last = Some(at);
        }
        timeline
    }

    /// Another certificate is served where this one should be, and there is time left to load it.
    pub(super) fn is_in_grace(&self, now: OffsetDateTime) -> bool {
        self.event.served_instead.iter().any(|served| served.from > now)
    }

    /// The window that has held this line through a whole opening, if one has, and what its zone is called now.
    pub(super) fn missed_window(&self, held_since: OffsetDateTime, now: OffsetDateTime) -> Option<(String, String)> {
        let missed = |track: &&PolicyMatch| missed_an_opening(track.window(), &track.zone, held_since, now);
        self.tracks.iter().find(missed).map(|track| (track.window().as_str().to_owned(), track.zone.abbreviation(now)))
    }
}

/// From when on being told of a failure counts: the word that a certificate was not served when it was new does not
/// stand for the word that its renewal is late.
fn hosting_failure(event: &Event, tracks: &[PolicyMatch]) -> Option<OffsetDateTime> {
    if !event.served_instead.is_empty() {
        return Some(event.certificate.not_before);
    }
    let automatic = tracks.iter().map(|track| &track.terms.opening.managed);
    automatic.filter(|managed| managed.renewal == Renewal::Auto).map(|managed| managed.late_from).min()
}
