//! Reports on their way into the memory, and the one that is told at once.

use std::collections::{BTreeSet, HashMap};

use time::OffsetDateTime;

use super::{Counts, RunInput, RunProblem, faults, render_input};
use crate::certificate::Fingerprint;
use crate::channels::Form;
use crate::deliver::{self, Outcome, Transport};
use crate::detect::{self, KnownOccurrences};
use crate::event::{
    About, Detail, EventKind, Evidence, FindingId, Issued, Location, Occurrence, OccurrenceId, Report, file_of,
};
use crate::history::{ByChannel, Delivery, History, Moment, Recorder};
use crate::observe;
use crate::policy::{Channel, ContactName, Entry, Policies, Watch};
use crate::render::{Message, news_in_words};
use crate::schedule::{self, Batch, Recipient};

/// What became of one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intake {
    New {
        /// One for each certificate that it means.
        occurrences: Vec<Occurrence>,
        /// Who is owed it.
        recipients: BTreeSet<Recipient>,
    },
    /// The same was seen or told within the last days: no recipient is told it again.
    Known,
    /// All its recipients were reminded of the same condition within the last days, and it says no more than that.
    Reminded { recipients: BTreeSet<Recipient> },
    /// It lay here for so long that it is not told any more.
    TooOld,
}

/// Takes reports into the memory, in their order; the answers are in that order, too. It is done before a run compares what
/// it sees with the memory, so that a report and what it is about are one event.
pub fn record_reports(
    policies: &Policies,
    reports: &[Report],
    history: &mut History,
    now: OffsetDateTime,
) -> Vec<Intake> {
    history.note_addresses(policies);
    let mut known = KnownOccurrences::new(history);
    let told = detect::reported(reports, policies, history, now);
    let taken_in = reports
        .iter()
        .zip(told)
        .map(|(report, occurrences)| take_in_report(policies, (report, occurrences), &mut known, history, now));
    taken_in.collect()
}

fn take_in_report(
    policies: &Policies,
    (report, told): (&Report, Vec<Occurrence>),
    known: &mut KnownOccurrences,
    history: &mut History,
    now: OffsetDateTime,
) -> Intake {
    if now - report.at > schedule::GIVEN_UP_AFTER {
        return Intake::TooOld;
    }
    // What is watched here was asked for here.
    let is_own = |issued: &Issued| history.certificates.values().any(|known| issued.is(&known.facts));
    if report.issued.as_ref().is_some_and(is_own) {
        return Intake::Known;
    }
    let is_of_service = matches!(report.about, Some(About::AnyOf(_)));
    let (mut occurrences, mut all, mut reminded) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for occurrence in told {
        let is_taken = history.occurrences.contains_key(&occurrence.id);
        // Where no certificate is known, the words alone say whether a hook ran twice. A notice may be meant twice.
        let is_known_by_words = is_of_service || (occurrence.certificate.is_none() && report.about.is_some());
        let is_repeated = is_known_by_words && known.was_reported(&occurrence);
        if is_taken || is_repeated || known.known_as(&occurrence, history).is_some() {
            continue;
        }
        let recipients = schedule::recipients(&occurrence, policies, known, history);
        let (lately, recipients): (BTreeSet<_>, BTreeSet<_>) =
            recipients.into_iter().partition(|recipient| was_reminded(&occurrence, recipient, history));
        reminded.extend(lately);
        history.note_occurrence(occurrence.clone(), recipients.clone(), now);
        known.note(&occurrence);
        all.extend(recipients);
        occurrences.push(occurrence);
    }
    match (occurrences.is_empty(), all.is_empty() && !reminded.is_empty()) {
        (true, _) => Intake::Known,
        (false, true) => Intake::Reminded { recipients: reminded },
        (false, false) => Intake::New { occurrences, recipients: all },
    }
}

/// Of a late renewal recipients are reminded again and again: one who was reminded lately hears nothing new by a report,
/// unless it has words of its own.
fn was_reminded(occurrence: &Occurrence, (contact, channel): &Recipient, history: &History) -> bool {
    let Some(certificate) = &occurrence.certificate else { return false };
    let told = history.told(certificate.fingerprint, occurrence.kind, contact, *channel);
    let says_nothing_new = occurrence.kind == EventKind::HostingFailure && !occurrence.has_own_words();
    (says_nothing_new || occurrence.is_report_of_dates())
        && told.is_some_and(|told| detect::was_reminded_lately(told.last(), occurrence))
}

/// Takes in what a run saw. What was reported before is told once: with what was seen where no recipient has been told
/// yet, else by the report. A renewal that a report alone has told is told again with what was seen: the facts of the
/// new certificate. Whether it is new.
pub(super) fn take_in_seen(
    occurrence: Occurrence,
    policies: &Policies,
    known: &KnownOccurrences,
    history: &mut History,
    now: OffsetDateTime,
) -> bool {
    let mut recipients = schedule::recipients(&occurrence, policies, known, history);
    if let Detail::FindingOpened { finding: FindingId::Unreadable, .. } = occurrence.detail {
        return take_in_unreadable(occurrence, recipients, policies, known, history, now);
    }
    let Some(record) = known.known_as(&occurrence, history) else {
        return history.note_occurrence(occurrence, recipients, now);
    };
    let is_renewal = occurrence.kind == EventKind::Hosting && record.occurrence.is_reported_alone();
    if is_renewal || (record.told.is_empty() && !record.occurrence.has_own_words()) {
        let owed = record.owed.iter();
        recipients.extend(owed.flat_map(|(contact, channels)| channels.keys().map(|way| (contact.clone(), *way))));
        let occurrence = occurrence.with_words_of(&record.occurrence);
        let (id, was_told) = (record.occurrence.id.clone(), !record.told.is_empty());
        history.drop_unsent(&id);
        if !was_told {
            history.occurrences.remove(&id);
        }
        if is_renewal {
            return history.note_completed(occurrence, recipients, now);
        }
        return history.note_occurrence(occurrence, recipients, now);
    }
    false
}

/// Those who were told by a report that the file is gone are told with it that it cannot be read.
fn take_in_unreadable(
    occurrence: Occurrence,
    recipients: BTreeSet<Recipient>,
    policies: &Policies,
    known: &KnownOccurrences,
    history: &mut History,
    now: OffsetDateTime,
) -> bool {
    // A place that is still known may hold it yet.
    let is_gone = occurrence.locations.iter().all(|location| !history.places.contains_key(location.key()));
    let report = known.reported_gone(&occurrence, history).filter(|_| is_gone);
    let has_heard = |(contact, channel): &Recipient| {
        // Programs are told of each kind of event by itself.
        let is_for_people = matches!(channel.spec().form, Form::Mail | Form::Page(_));
        let has = |of: &ByChannel<Moment>| of.get(contact).is_some_and(|channels| channels.contains_key(channel));
        is_for_people && report.is_some_and(|report| has(&report.told) && !has(&report.owed))
    };
    let informed: Vec<Recipient> = recipients.iter().filter(|recipient| has_heard(recipient)).cloned().collect();
    let (id, words) = (occurrence.id.clone(), news_in_words(&occurrence, &policies.settings.zone));
    let is_new = history.note_occurrence(occurrence, recipients, now);
    for (contact, channel) in informed {
        let to = history.addresses.get(&contact).filter(|_| channel == Channel::Email).cloned().unwrap_or_default();
        history.note_told(&id, &contact, channel, Delivery { to, ..Delivery::new(now, words.clone()) });
    }
    is_new
}

/// A report of a renewal may come when the file already holds the new certificate: then what is told of it is what is
/// seen there. Only the files that the reports mean are read, and no endpoint is looked at.
#[must_use]
pub fn complete_renewals(
    policies: &Policies,
    occurrences: Vec<Occurrence>,
    options: &observe::Options,
    history: &mut History,
    now: OffsetDateTime,
) -> Vec<Occurrence> {
    let known = KnownOccurrences::new(history);
    let files = history.places.iter().filter(|(_, record)| !record.is_endpoint);
    let files: HeldIn = files.map(|(place, record)| ((record.fingerprint, &*record.source), place)).collect();
    let seen: Vec<Option<Occurrence>> =
        occurrences.iter().map(|occurrence| renewal_in_files(policies, occurrence, &files, options, now)).collect();
    let mut complete = |(occurrence, seen): (Occurrence, Option<Occurrence>)| {
        let Some(seen) = seen else { return occurrence };
        let told = Occurrence { id: seen.id.at(now), ..seen.clone() };
        if take_in_seen(seen, policies, &known, history, now) { told } else { occurrence }
    };
    occurrences.into_iter().zip(seen).map(&mut complete).collect()
}

/// The places of files by the certificate and the path that they were last seen with.
type HeldIn<'a> = HashMap<(Fingerprint, &'a str), &'a String>;

/// The renewal that `occurrence` reports, as the files show it that held the old certificate when they were last seen.
fn renewal_in_files(
    policies: &Policies,
    occurrence: &Occurrence,
    files: &HeldIn,
    options: &observe::Options,
    now: OffsetDateTime,
) -> Option<Occurrence> {
    let old = occurrence.certificate.as_ref().filter(|_| occurrence.kind == EventKind::Hosting)?;
    let held = |location: &&Location| !location.is_endpoint;
    occurrence.locations.iter().filter(held).find_map(|location| {
        let entry = policies.entry(location.entry.as_str())?;
        let place = files.get(&(old.fingerprint, &*location.place))?;
        let patterns = vec![file_of(place).into()];
        let watch = Watch::Files { patterns, exclude: Vec::new() };
        let mut file = Entry { watch, ..entry.clone() };
        file.options_mut().deploys_to = Vec::new();
        let looks = observe::entries(&[&file], options, now);
        let new = looks.iter().filter_map(|look| Some(&look.outcome.as_ref().ok()?.chain.leaf));
        let new = new.into_iter().find(|new| detect::succeeds(new, old, now))?;
        Some(Occurrence {
            id: OccurrenceId::new(EventKind::Hosting, old.fingerprint),
            evidence: Evidence::Observed,
            at: now,
            locations: vec![Location { seen: now, ..location.clone() }].into(),
            detail: Detail::Renewed { new: Box::new((**new).clone()) },
            ..occurrence.clone()
        })
    })
}

/// Tells what was just taken in, and nothing else, to whom the window allows it now. Looks at nothing.
///
/// # Errors
/// Only those of `recorder`. A message that failed is part of the answer.
pub fn tell<E>(
    job: RunInput,
    occurrences: &[Occurrence],
    history: &mut History,
    transport: &mut dyn Transport,
    recorder: &mut dyn Recorder<E>,
    now: OffsetDateTime,
) -> Result<SendReport, E> {
    history.note_addresses(job.policies);
    let schedule = schedule::due(&[], job.policies, history, now);
    let only = |batches: Vec<Batch>| -> Vec<Batch> {
        let ids: BTreeSet<&OccurrenceId> = occurrences.iter().map(|occurrence| &occurrence.id).collect();
        let kept = batches.into_iter().map(|mut batch| {
            batch.occurrences.retain(|occurrences| ids.contains(&occurrences.id));
            batch.resolved_alerts.clear();
            batch
        });
        kept.filter(|batch| !batch.occurrences.is_empty()).collect()
    };
    let (due, held) = (only(schedule.due), only(schedule.held));
    let mut problems = Vec::new();
    let messages: Vec<Message> = {
        let render_input = render_input(job, Counts::default(), history);
        due.iter().flat_map(|batch| faults::messages(batch, &render_input, &mut problems, now)).collect()
    };
    recorder.save(history)?;
    if messages.is_empty() {
        return Ok(SendReport { messages: Vec::new(), held, problems });
    }
    let outcomes = deliver::send_all(&messages, job.policies, history, transport, recorder, now)?;
    recorder.save(history)?;
    Ok(SendReport { messages: messages.into_iter().zip(outcomes).collect(), held, problems })
}

/// What became of what was to be told at once.
#[derive(Debug)]
pub struct SendReport {
    pub messages: Vec<(Message, Outcome)>,
    /// What waits for its window.
    pub held: Vec<Batch>,
    /// What the program itself failed at.
    pub problems: Vec<RunProblem>,
}

impl SendReport {
    /// Who has it now, by which channel.
    pub fn delivered(&self) -> impl Iterator<Item = (&ContactName, Channel)> {
        let delivered = self.messages.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Delivered { .. }));
        delivered.map(|(message, _)| (&message.contact, message.channel))
    }
}
