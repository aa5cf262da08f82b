//! The line of data flow in one function; every command is a prefix of it.

mod answers;
mod confinement;
mod corrections;
mod counts;
mod digest_lists;
mod digests;
mod faults;
mod left_over;
mod memory;
mod planning;
mod problems;
mod reports;
mod run_problem;
mod trial;
mod unseen;

pub use answers::{Answers, ask};
pub use confinement::{confinement, programs};
pub use counts::Counts;
use counts::counts;
pub use memory::{Recorded, record_events};
pub use planning::plan;
use problems::RunState;
pub use problems::{note_heartbeat, note_output, still_owed, template_failed};
pub use reports::{Intake, SendReport, complete_renewals, record_reports, tell};
pub use run_problem::RunProblem;
pub use trial::{TestSend, trial};

pub use crate::deliver::{Throttled, resting_until};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use crate::deliver::{self, Outcome, Transport};
use crate::detect::{self, TrackedCertificate, UnseenPlaces};
use crate::event::{Event, EventKind, FindingId, Occurrence};
use crate::fault::contained;
use crate::history::{History, Moment, Recorder, RegistrationRecord};
use crate::observation::Observation;
use crate::observe;
use crate::policy::{Channel, ContactName, DeadlineCap, Entry, Policies};
use crate::render::{Message, RenderInput};
use crate::schedule::{self, Batch, Schedule, Upcoming};

/// What is to be looked at, and from where messages say they come.
#[derive(Clone, Copy, Debug)]
pub struct RunInput<'a> {
    pub policies: &'a Policies,
    /// The entries that were picked; the others count by what is remembered of them.
    pub picked: &'a [&'a Entry],
    /// The name of this machine.
    pub machine: &'a str,
}

/// The first part of the line: what stands where, and what follows from it.
#[derive(Clone, Debug)]
pub struct ScanResult {
    pub observations: Vec<Observation>,
    pub tracked: Vec<TrackedCertificate>,
    pub unseen: UnseenPlaces,
    pub events: Vec<Arc<Event>>,
    /// What registries were asked and answered, by domain.
    pub registrations: BTreeMap<String, RegistrationRecord>,
    /// Of authorities, where they were asked.
    pub answers: Answers,
    /// What the program itself failed at.
    pub faults: Vec<RunProblem>,
}

/// What a run came to.
#[derive(Debug)]
pub struct RunReport {
    pub counts: Counts,
    pub events: Vec<Arc<Event>>,
    /// Every message with its outcome, in the order of the first tries.
    pub messages: Vec<(Message, Outcome)>,
    /// What the messages were made of: what each contact is told, with the places as it knows them.
    pub due: Vec<Batch>,
    pub held: Vec<Batch>,
    /// What would go out next if nothing had been due.
    pub next: Option<Upcoming>,
    /// Certificates that the policy's days would remind of now, and the cap does not yet.
    pub capped: Vec<LeadCapped>,
    pub problems: Vec<RunProblem>,
}

/// A certificate that half of its life keeps silent though the policy's days have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadCapped {
    pub name: String,
    pub asked: Duration,
    pub cap: DeadlineCap,
    pub lead: Duration,
}

/// Looks at everything that was picked.
#[must_use]
pub fn look(job: RunInput, options: &observe::Options, history: &History, now: OffsetDateTime) -> ScanResult {
    let registries =
        observe::Registries { servers: &job.policies.settings.rdap_servers, known: &history.registrations };
    let known = history.certificates.iter();
    let known = known.map(|(fingerprint, record)| (*fingerprint, Arc::clone(&record.facts))).collect();
    let options = observe::Options { known: Some(&known), ..*options };
    let (mut observations, registrations) =
        observe::all(job.picked, registries, observe::Prospects::new(job.policies, &history.renewals), &options, now);
    observations.extend(observe::unlisted(job.picked, &observations, history, &options));
    ScanResult { registrations, ..judge(job, observations, history, now) }
}

/// Works out what follows from observations that were made.
#[must_use]
pub fn judge(job: RunInput, observations: Vec<Observation>, history: &History, now: OffsetDateTime) -> ScanResult {
    let all: Vec<&Entry> = job.policies.entries.iter().collect();
    let unseen = UnseenPlaces::new(&all, &observations, history);
    let tracked = detect::tracked(&all, &observations, &unseen, history, now);
    let (events, faults) = faults::events(&tracked, now);
    let picked: BTreeSet<&str> = job.picked.iter().map(|entry| entry.name.as_str()).collect();
    let mut served_instead =
        contained(|| detect::served_instead(job.picked, &observations, history)).unwrap_or_default();
    let accepting = job.policies.entries.iter().filter(|entry| entry.options.accept.contains(&FindingId::Superseded));
    let accepting: BTreeSet<&str> = accepting.map(|entry| entry.name.as_str()).collect();
    let events = events.into_iter().filter_map(|mut event| {
        event.superseded_by = event.superseded_by.take().filter(|_| {
            let mut files = event.locations.iter().filter(|location| !location.is_endpoint);
            files.any(|location| !accepting.contains(location.entry.as_str()))
        });
        event.served_instead = served_instead.remove(&event.certificate.fingerprint).unwrap_or_default();
        event.locations.retain(|location| picked.contains(location.entry.as_str()));
        (!event.locations.is_empty()).then(|| Arc::new(event))
    });
    let (registrations, answers) = (BTreeMap::new(), Answers::default());
    ScanResult { events: events.collect(), observations, tracked, unseen, registrations, answers, faults }
}

/// The messages of one batch, as they would be sent.
#[must_use]
pub fn messages(job: RunInput, history: &History, batch: &Batch, counts: Counts, now: OffsetDateTime) -> Vec<Message> {
    faults::messages(batch, &render_input(job, counts, history), &mut Vec::new(), now)
}

/// How many certificates there are of each sort at `now`, if nothing changes: the same for all messages of a moment.
#[must_use]
pub fn counts_at(job: RunInput, look: &ScanResult, history: &History, now: OffsetDateTime) -> Counts {
    counts(look, &schedule::due(&look.events, job.policies, history, now), job.policies, history, now)
}

/// The second part of the line: what is due is sent, and recorded as soon as its channel accepted it.
/// `recorder` keeps the memory: the whole of it before the first message, so that nothing is sent that
/// cannot be recorded, and in the end; in between what each message changed.
///
/// # Errors
/// Only those of `recorder`. A message that failed is part of the report.
pub fn one_pass<E>(
    job: RunInput,
    look: &ScanResult,
    history: &mut History,
    transport: &mut dyn Transport,
    recorder: &mut dyn Recorder<E>,
    now: OffsetDateTime,
) -> Result<RunReport, E> {
    let clock_jumped = history.clamp_to_now(now);
    let Recorded { disabled, mut faults } = record_events(job, look, history, now);
    let Owed { schedule, expired_unsent, counts } = owed(job, look, history, now);
    let messages = rendered(job, &schedule, counts, history, &mut faults, now);
    let corrections = corrections::owed(job, counts, history, now);
    if !messages.is_empty() || !corrections.is_empty() {
        recorder.save(history)?;
    }
    let messages = delivered(job, messages, history, transport, recorder, now)?;
    let uncorrected = deliver::correct_all(corrections, job.policies, history, transport, recorder, now)?;
    left_over::note(&schedule, &messages, history);
    let state = RunState {
        schedule: &schedule,
        messages: &messages,
        expired_unsent: &expired_unsent,
        disabled: &disabled,
        clock_jumped,
    };
    let mut problems = problems::of_run(job, look, &state, history, now);
    problems.extend(faults::unscheduled(&schedule));
    problems.append(&mut faults);
    problems.extend(corrections::problems(uncorrected));
    problems::mark_news(&mut problems, history, now);
    close(look, history, now);
    recorder.save_soon(history)?;
    Ok(RunReport {
        counts,
        events: look.events.clone(),
        messages,
        due: schedule.due,
        next: schedule.next,
        held: schedule.held,
        capped: capped(job, look, history, now),
        problems,
    })
}

/// What the schedule asks of a run.
struct Owed {
    schedule: Schedule,
    /// What was never sent and is given up.
    expired_unsent: Vec<(ContactName, Channel, Occurrence)>,
    counts: Counts,
}

/// Works out what is owed now, and keeps since when the rest has been held.
fn owed(job: RunInput, look: &ScanResult, history: &mut History, now: OffsetDateTime) -> Owed {
    let expired_unsent = note_owed(job, look, history, now);
    let mut schedule = schedule::due(&look.events, job.policies, history, now);
    digests::consider(&mut schedule.next, job.policies, history, now);
    note_held(&schedule, history, now);
    let counts = counts(look, &schedule, job.policies, history, now);
    Owed { schedule, expired_unsent, counts }
}

/// Takes the digests whose time has come, and gives up what could not be told for too long: to whom, by which channel, what.
pub fn note_owed(
    job: RunInput,
    look: &ScanResult,
    history: &mut History,
    now: OffsetDateTime,
) -> Vec<(ContactName, Channel, Occurrence)> {
    digests::note_digests(job, look, history, now);
    history.expire_unsent(schedule::GIVEN_UP_AFTER, now)
}

fn rendered(
    job: RunInput,
    schedule: &Schedule,
    counts: Counts,
    history: &History,
    faults: &mut Vec<RunProblem>,
    now: OffsetDateTime,
) -> Vec<Message> {
    let input = render_input(job, counts, history);
    schedule.due.iter().flat_map(|batch| faults::messages(batch, &input, faults, now)).collect()
}

/// Each message with what became of it. The memory is on the disk before.
fn delivered<E>(
    job: RunInput,
    messages: Vec<Message>,
    history: &mut History,
    transport: &mut dyn Transport,
    recorder: &mut dyn Recorder<E>,
    now: OffsetDateTime,
) -> Result<Vec<(Message, Outcome)>, E> {
    let outcomes = deliver::send_all(&messages, job.policies, history, transport, recorder, now)?;
    Ok(messages.into_iter().zip(outcomes).map(|(message, outcome)| (as_taken(message, &outcome), outcome)).collect())
}

/// What was taken of it: the service may have refused more rows.
fn as_taken(mut message: Message, outcome: &Outcome) -> Message {
    let Outcome::Delivered { receipt } = outcome else { return message };
    match receipt.fewer {
        Some(nth) if nth < message.fewer.len() => message.fewer.swap_remove(nth),
        _ => message,
    }
}

/// Notes that this run is over, and forgets what no run needs any more.
fn close(look: &ScanResult, history: &mut History, now: OffsetDateTime) {
    history.last_run = Some(now);
    history.written_by = Some(env!("CARGO_PKG_VERSION").to_owned());
    let standing = look.tracked.iter().map(|tracked_certificate| tracked_certificate.certificate.fingerprint);
    history.prune(&standing.collect(), now);
}

/// What goes out next after what a run has sent: what failed is still owed.
#[must_use]
pub fn next(
    job: RunInput,
    look: &ScanResult,
    report: &RunReport,
    history: &History,
    throttled: &Throttled,
    now: OffsetDateTime,
) -> Option<Upcoming> {
    let rests_none = history.refusals.is_empty() && history.mail_refusals.is_empty() && throttled.is_empty();
    // Where nothing was due, nothing has changed.
    if report.due.is_empty() && rests_none {
        return report.next.clone();
    }
    let mut failed: BTreeMap<(&ContactName, Channel), Option<OffsetDateTime>> = BTreeMap::new();
    for (message, outcome) in report.messages.iter().filter(|(_, outcome)| !outcome.is_complete()) {
        let again = deliver::tried_again_at((message, outcome), job.policies, history, now);
        // `None`, the next run, is the earliest.
        let known = failed.entry((&message.contact, message.channel)).or_insert(again);
        *known = again.min(*known);
    }
    let retried = |is_due: bool, contact: &ContactName, channel| {
        if is_due {
            failed.get(&(contact, channel)).copied().flatten()
        } else {
            deliver::rests((contact, channel), job.policies, history, throttled, now)
        }
    };
    let mut next = schedule::next(&look.events, job.policies, history, &retried, now);
    digests::consider(&mut next, job.policies, history, now);
    next
}

fn render_input<'a>(job: RunInput<'a>, counts: Counts, history: &'a History) -> RenderInput<'a> {
    RenderInput {
        policies: job.policies,
        machine: job.machine,
        need_nothing: counts.need_nothing,
        not_seen: counts.remembered,
        history,
    }
}

/// Keeps since when each reminder has been held, and forgets those that are held no more.
fn note_held(schedule: &Schedule, history: &mut History, now: OffsetDateTime) {
    let mut before = std::mem::take(&mut history.held);
    for reminder in schedule.held.iter().flat_map(|batch| &batch.reminders) {
        let key = &reminder.key;
        let since = before
            .get_mut(&key.fingerprint)
            .and_then(|contacts| contacts.get_mut(&key.contact))
            .and_then(|channels| channels.remove(&key.channel));
        let contacts = history.held.entry(key.fingerprint).or_default();
        contacts.entry(key.contact.clone()).or_default().insert(key.channel, since.unwrap_or(Moment(now)));
    }
}

fn capped(job: RunInput, look: &ScanResult, history: &History, now: OffsetDateTime) -> Vec<LeadCapped> {
    let capped = look.events.iter().filter(|event| event.kind == EventKind::Expiration).filter_map(|event| {
        let location = event.locations.first()?;
        let entry = job.policies.entry(location.entry.as_str())?;
        if !detect::is_asked(entry, &event.certificate, now) {
            return None;
        }
        let window = history.renewal_window(event.certificate.fingerprint);
        let opening = detect::opening(entry, &event.certificate, &location.place, window);
        let silenced = now < event.certificate.effective_end().saturating_sub(opening.lead);
        silenced.then(|| LeadCapped {
            name: location.name.to_string(),
            asked: opening.asked,
            cap: opening.cap,
            lead: opening.lead,
        })
    });
    capped.collect()
}
