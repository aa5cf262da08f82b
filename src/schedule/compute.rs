//! What is due, held and coming: the lines of all certificates, gathered into batches.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use time::OffsetDateTime;

use super::batches::{Addressee, Gathered, Listening, OwedOccurrence, recipients_of};
use super::closing;
use super::distant::is_distant;
use super::next_times::NextTimes;
use super::occurrences::Recipient;
use super::own_places::OwnEvents;
use super::policy_match::PolicyMatch;
use super::recipients::claims;
use super::series::{FAMILIES, ReminderSeries};
use super::upcoming::Upcoming;
use super::window::first_open;
use super::{Batch, Reminder, ToldFrom};
use crate::certificate::Fingerprint;
use crate::event::{Event, EventKind};
use crate::fault::{Fault, contained};
use crate::history::History;
use crate::policy::{Channel, ContactName, Policies, Zone};

/// The answer of the schedule for one moment.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// To be sent now, by contact and channel.
    pub due: Vec<Batch>,
    /// Owed, but outside the window.
    pub held: Vec<Batch>,
    /// The next that goes out, if nothing changes: first of all what is due.
    pub next: Option<Upcoming>,
    /// Windows, each with its zone, that opened and shut again while something was held for them: no run falls inside them.
    pub missed_windows: BTreeSet<(String, String)>,
    /// Certificates whose reminders could not be worked out, by the name of a location.
    pub faults: Vec<(String, Fault)>,
}

/// What is owed at `now`.
#[must_use]
pub fn due(events: &[Arc<Event>], policies: &Policies, history: &History, now: OffsetDateTime) -> Schedule {
    let mut schedule = Schedule::default();
    let (mut due, mut held) = (Gathered::default(), Gathered::default());
    let told_instead = ToldInstead::new(events);
    for event in events {
        let soonest = schedule.next.as_ref().map(|next| next.at);
        if is_distant(event, policies, (now, soonest)) {
            continue;
        }
        let judged = contained(|| Judged::new(event, &told_instead, policies, history, (now, soonest)));
        match judged {
            Ok(judged) => judged.gather(&mut schedule, &mut due, &mut held),
            Err(fault) => schedule.faults.push((name_of(event), fault)),
        }
    }
    for (told, listener) in owed(history, policies) {
        // At once, where the program itself fails at the window.
        let at = contained(|| told.may_be_told(&listener, policies, history, now)).unwrap_or(now);
        Upcoming::consider_occurrence(&mut schedule.next, &told.occurrence, &listener, at.max(now));
        let gathered = if at <= now { &mut due } else { &mut held };
        gathered.tell((at > now).then_some(at), listener, &told, policies);
    }
    // Resolve events ignore the window: they do not page.
    let resolved = contained(|| closing::resolved_alerts(policies, history, now));
    for ((contact, channel), fingerprint) in resolved.unwrap_or_default() {
        due.resolve(contact, channel, fingerprint);
    }
    schedule.due = due.into_batches(policies, history);
    schedule.held = held.into_batches(policies, history);
    if !schedule.due.is_empty() {
        note_other_recipients(&mut schedule.due, &by_certificate(events), policies, history, now);
    }
    schedule
}

/// The reminders of one certificate that are owed at `now`, without what happened. `events` are its own and those of
/// the certificates that should be served in its place.
#[must_use]
pub fn due_of(
    fingerprint: Fingerprint,
    events: &[Arc<Event>],
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
) -> Schedule {
    let told_instead = ToldInstead::new(events);
    let mut schedule = Schedule::default();
    let (mut due, mut held) = (Gathered::default(), Gathered::default());
    for event in events.iter().filter(|event| event.certificate.fingerprint == fingerprint) {
        let soonest = schedule.next.as_ref().map(|next| next.at);
        let judged = contained(|| Judged::new(event, &told_instead, policies, history, (now, soonest)));
        // A run tells what it could not work out.
        judged.unwrap_or_default().gather(&mut schedule, &mut due, &mut held);
    }
    schedule.due = due.into_batches(policies, history);
    schedule.held = held.into_batches(policies, history);
    schedule
}

/// Everything that will go out from `now` to `until` if nothing changes, in the order of time. A batch
/// that waits for its window is marked as held until the moment at which it goes out. Beside it what is owed now and
/// waits for a window that opens after `until`.
#[must_use]
pub fn plan(
    events: &[Arc<Event>],
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
    until: OffsetDateTime,
) -> (Vec<(OffsetDateTime, Batch)>, Vec<Batch>) {
    let mut by_time: BTreeMap<OffsetDateTime, Gathered> = BTreeMap::new();
    let mut held: BTreeSet<(OffsetDateTime, ContactName, Channel)> = BTreeSet::new();
    let mut held_beyond = Gathered::default();
    let told_instead = ToldInstead::new(events);
    let timeline = |event| {
        let lines = lines(event, &told_instead, policies, history);
        let (mut takes_turns, mut times) = (false, NextTimes::default());
        let of_line = |line: ReminderSeries<'_>| {
            takes_turns |= NextTimes::are_needed(&line);
            let next = line.next(now);
            let beyond = next.filter(|turn| turn.owed <= now && turn.send_at > until);
            let beyond = beyond.map(|turn| (turn.send_at, line.reminder(&turn), turn.track.zone.clone()));
            let (first, recipient) = (next.map(|turn| turn.send_at), line.recipient());
            let timeline = line.timeline(now, until);
            let after = timeline.last().and_then(|last| last.reminder.next);
            times.add(recipient.clone(), first.into_iter().chain(timeline.iter().map(|one| one.at)).chain(after));
            (recipient, beyond, timeline)
        };
        let mut lines: Vec<_> = lines.map(of_line).collect();
        if takes_turns {
            let times = times.sorted();
            for (recipient, _, timeline) in &mut lines {
                for one in timeline {
                    times.correct(recipient, &mut one.reminder);
                }
            }
        }
        lines
    };
    // A run tells what it could not work out.
    let timelines = events.iter().flat_map(|event| contained(|| timeline(event)).unwrap_or_default());
    for (recipient, beyond, timeline) in timelines {
        if let Some((at, reminder, zone)) = beyond {
            held_beyond.add(Some(at), recipient.clone(), reminder, &zone);
        }
        for planned in timeline {
            let key = &planned.reminder.key;
            if planned.is_held {
                held.insert((planned.at, key.contact.clone(), key.channel));
            }
            by_time.entry(planned.at).or_default().add(None, recipient.clone(), planned.reminder, &planned.zone);
        }
    }
    for (told, listener) in owed(history, policies) {
        // At once, where the program itself fails at the window.
        let at = contained(|| told.may_be_told(&listener, policies, history, now)).unwrap_or(now);
        if at > now {
            held.insert((at, listener.0.clone(), listener.1));
        }
        if at <= until {
            by_time.entry(at).or_default().tell(None, listener, &told, policies);
        } else {
            held_beyond.tell(Some(at), listener, &told, policies);
        }
    }
    let by_certificate = if by_time.is_empty() { HashMap::new() } else { by_certificate(events) };
    let mut plan = Vec::new();
    for (at, gathered) in by_time {
        let mut batches = gathered.into_batches(policies, history);
        note_other_recipients(&mut batches, &by_certificate, policies, history, at);
        for batch in &mut batches {
            batch.held_until = held.contains(&(at, batch.contact.clone(), batch.channel)).then_some(at);
        }
        plan.extend(batches.into_iter().map(|batch| (at, batch)));
    }
    (plan, held_beyond.into_batches(policies, history))
}

/// Every occurrence that a recipient is still owed, with each of those. One that left the policy file, or lost the
/// channel there, waits for its return.
pub(super) fn owed<'a>(
    history: &'a History,
    policies: &'a Policies,
) -> impl Iterator<Item = (OwedOccurrence<'a>, Recipient)> {
    let listening = Arc::new(Listening::new(policies));
    history.occurrences.values().filter(|record| !record.owed.is_empty()).flat_map(move |record| {
        let owed = OwedOccurrence::new(record, &listening);
        let ways = |(contact, channels): (&ContactName, &BTreeMap<Channel, _>)| {
            channels.keys().map(|channel| (contact.clone(), *channel)).collect::<Vec<_>>()
        };
        let reachable =
            record.owed.iter().flat_map(ways).filter(|(contact, channel)| policies.reaches(contact, *channel));
        reachable.map(move |recipient| (owed.clone(), recipient))
    })
}

pub(super) fn lines<'a>(
    event: &'a Arc<Event>,
    told_instead: &ToldInstead<'a>,
    policies: &'a Policies,
    history: &'a History,
) -> impl Iterator<Item = ReminderSeries<'a>> + use<'a> {
    let is_stale = event.locations.iter().all(|location| location.failing.is_some());
    let instead = told_instead.recipients(event, policies, history);
    let mut own_events = OwnEvents::new(event);
    claims(event, policies, history).into_iter().flat_map(move |(listener, tracks)| {
        // Of most certificates no failure can be told: none should be served, and a person renews them.
        let may_fail = !event.served_instead.is_empty() || tracks.iter().any(PolicyMatch::is_automatic);
        let families = FAMILIES.into_iter().filter(move |kinds| may_fail || **kinds != [EventKind::HostingFailure]);
        let failures_end = instead.get(&listener).copied();
        let event = own_events.of(|entry| tracks.iter().any(|track| track.terms.entry == *entry));
        let (contact, channel) = listener;
        let recipients = recipients_of(&contact, channel, policies);
        families.flat_map(move |kinds| {
            let (event, tracks) = (Arc::clone(&event), tracks.clone());
            let of = recipients.clone().into_iter();
            of.map(move |recipient| ReminderSeries {
                failures_end,
                ..ReminderSeries::new(recipient, (Arc::clone(&event), is_stale), tracks.clone(), kinds, history)
            })
        })
    })
}

/// By an old certificate that is still served: those in files that should be served in its place. Recipients of
/// the one in the file are not told that the renewal of the old one is late as well.
pub(super) struct ToldInstead<'a>(BTreeMap<Fingerprint, Vec<&'a Arc<Event>>>);

impl<'a> ToldInstead<'a> {
    pub(super) fn new(events: &'a [Arc<Event>]) -> Self {
        let mut by_old: BTreeMap<Fingerprint, Vec<&Arc<Event>>> = BTreeMap::new();
        for event in events {
            for served in &event.served_instead {
                by_old.entry(served.fingerprint).or_default().push(event);
            }
        }
        Self(by_old)
    }

    /// Recipients of the new one instead of `event`, an old one that stands in no file any more, and from when on.
    fn recipients(&self, event: &Event, policies: &Policies, history: &History) -> BTreeMap<Recipient, OffsetDateTime> {
        let new = self.0.get(&event.certificate.fingerprint).into_iter().flatten();
        let new = new.filter(|_| event.locations.iter().all(|location| location.is_endpoint));
        let mut recipients: BTreeMap<Recipient, OffsetDateTime> = BTreeMap::new();
        for new in new {
            for (listener, tracks) in claims(new, policies, history) {
                let hearing = tracks.iter().filter(|track| track.hears_hosting_failure);
                let served = hearing.flat_map(|track| track.served_in_place_of(&new.served_instead));
                if let Some(from) = served.map(|served| served.from).min() {
                    recipients.entry(listener).and_modify(|known| *known = from.min(*known)).or_insert(from);
                }
            }
        }
        recipients
    }
}

fn name_of(event: &Event) -> String {
    event.locations.first().map(|location| location.name.to_string()).unwrap_or_default()
}

/// A reminder on its way into a batch.
struct OwedReminder {
    held_until: Option<OffsetDateTime>,
    recipient: Addressee,
    reminder: Reminder,
    zone: Zone,
}

/// What one certificate comes to at one moment.
#[derive(Default)]
struct Judged {
    owed: Vec<OwedReminder>,
    missed_windows: Vec<(String, String)>,
    /// Its next one, where that comes sooner than the next of those before it.
    next: Option<Upcoming>,
}

impl Judged {
    fn new<'a>(
        event: &'a Arc<Event>,
        told_instead: &ToldInstead<'a>,
        policies: &'a Policies,
        history: &'a History,
        (now, soonest): (OffsetDateTime, Option<OffsetDateTime>),
    ) -> Self {
        let mut judged = Self::default();
        let mut takes_turns = false;
        for line in lines(event, told_instead, policies, history) {
            takes_turns |= NextTimes::are_needed(&line);
            let Some(turn) = line.next(now) else { continue };
            let held_until = (turn.send_at > now).then_some(turn.send_at);
            if held_until.is_none() || turn.owed <= now {
                let (recipient, zone) = (line.recipient(), turn.track.zone.clone());
                judged.owed.push(OwedReminder { held_until, recipient, reminder: line.reminder(&turn), zone });
            }
            if held_until.is_some() && turn.owed <= now {
                judged.missed_windows.extend(missed(&line, event, history, now));
            }
            if soonest.is_none_or(|soonest| turn.send_at < soonest) {
                Upcoming::consider_reminder(&mut judged.next, &line, now);
            }
        }
        if takes_turns && !judged.owed.is_empty() {
            let mut times = NextTimes::default();
            for line in lines(event, told_instead, policies, history) {
                times.add(line.recipient(), line.next(now).map(|turn| turn.send_at));
            }
            let times = times.sorted();
            for owed in &mut judged.owed {
                times.correct(&owed.recipient, &mut owed.reminder);
            }
        }
        judged
    }

    fn gather(self, schedule: &mut Schedule, due: &mut Gathered, held: &mut Gathered) {
        for owed in self.owed {
            let gathered = if owed.held_until.is_none() { &mut *due } else { &mut *held };
            gathered.add(owed.held_until, owed.recipient, owed.reminder, &owed.zone);
        }
        schedule.missed_windows.extend(self.missed_windows);
        schedule.next = self.next.or(schedule.next.take());
    }
}

fn missed(line: &ReminderSeries, event: &Event, history: &History, now: OffsetDateTime) -> Option<(String, String)> {
    let held = history.held.get(&event.certificate.fingerprint)?.get(&line.contact)?.get(&line.channel)?;
    line.missed_window(held.0, now)
}

type EventsByCertificate<'a> = HashMap<Fingerprint, Vec<&'a Arc<Event>>>;

fn by_certificate(events: &[Arc<Event>]) -> EventsByCertificate<'_> {
    let mut by_certificate = EventsByCertificate::new();
    for event in events {
        by_certificate.entry(event.certificate.fingerprint).or_default().push(event);
    }
    by_certificate
}

/// Tells each reminder who else is told of its certificate, now and later.
fn note_other_recipients(
    batches: &mut [Batch],
    events: &EventsByCertificate<'_>,
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
) {
    let mut now_told: BTreeMap<Fingerprint, BTreeSet<ContactName>> = BTreeMap::new();
    for reminder in batches.iter().flat_map(|batch| &batch.reminders) {
        now_told.entry(reminder.key.fingerprint).or_default().insert(reminder.key.contact.clone());
    }
    let mut later: BTreeMap<Fingerprint, BTreeMap<ContactName, OffsetDateTime>> = BTreeMap::new();
    for event in now_told.keys().filter_map(|fingerprint| events.get(fingerprint)).flatten() {
        let coming = later.entry(event.certificate.fingerprint).or_default();
        for ((contact, _), tracks) in claims(event, policies, history) {
            let opens = |track: &PolicyMatch| Some(first_open(track.window(), &track.zone, track.told_from(event)?));
            let opens = tracks.iter().filter_map(opens).min();
            if let Some(opens) = opens.filter(|_| event.kind != EventKind::Expired) {
                coming.entry(contact).and_modify(|earliest| *earliest = opens.min(*earliest)).or_insert(opens);
            }
        }
    }
    // Whom one channel tells already does not join when another does.
    for coming in later.values_mut() {
        coming.retain(|_, opens| *opens > now);
    }
    let now_told: BTreeMap<Fingerprint, Arc<BTreeSet<ContactName>>> =
        now_told.into_iter().map(|(fingerprint, told)| (fingerprint, Arc::new(told))).collect();
    let later: BTreeMap<Fingerprint, Arc<ToldFrom>> =
        later.into_iter().map(|(fingerprint, told)| (fingerprint, Arc::new(told.into()))).collect();
    for reminder in batches.iter_mut().flat_map(|batch| &mut batch.reminders) {
        reminder.told_now = now_told.get(&reminder.key.fingerprint).cloned().unwrap_or_default();
        reminder.told_from = later.get(&reminder.key.fingerprint).cloned().unwrap_or_default();
    }
}
