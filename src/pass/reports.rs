//! Reports on their way into the memory, and the one that is told at once.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::{Counts, Job, surroundings};
use crate::deliver::{self, Courier, Outcome};
use crate::detect;
use crate::event::{Happening, HappeningId, Kind, Report};
use crate::history::History;
use crate::policy::{Channel, ContactName, Policies};
use crate::render::{self, Message};
use crate::schedule::{self, Batch, Listener};

/// What became of one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intake {
    New {
        /// One for each certificate that it means.
        happenings: Vec<Happening>,
        /// Who is owed it.
        listeners: BTreeSet<Listener>,
    },
    /// The same was seen or told within the last days: nobody is told it again.
    Known,
    /// It lay here for so long that nobody is told of it any more.
    TooOld,
}

/// Takes reports into the memory, in their order; the answers are in that order, too. It is done before a run compares what
/// it sees with the memory, so that a report and what it is about are one event.
pub fn take_in_reports(
    policies: &Policies,
    reports: &[Report],
    history: &mut History,
    now: OffsetDateTime,
) -> Vec<Intake> {
    reports.iter().map(|report| take_in_report(policies, report, history, now)).collect()
}

fn take_in_report(policies: &Policies, report: &Report, history: &mut History, now: OffsetDateTime) -> Intake {
    if now - report.at > schedule::GIVEN_UP_AFTER {
        return Intake::TooOld;
    }
    let (mut happenings, mut all) = (Vec::new(), BTreeSet::new());
    for happening in detect::reported(report, policies, history, now) {
        let is_taken = history.happenings.contains_key(&happening.id);
        if is_taken || detect::known_as(&happening, history).is_some() {
            continue;
        }
        let mut listeners = schedule::listeners(&happening, policies, history);
        listeners.retain(|listener| !was_reminded(&happening, listener, history));
        history.note_happening(happening.clone(), listeners.clone(), now);
        all.extend(listeners);
        happenings.push(happening);
    }
    if happenings.is_empty() { Intake::Known } else { Intake::New { happenings, listeners: all } }
}

/// Of a late renewal people are reminded again and again: whoever was, lately, hears nothing new by a report.
fn was_reminded(happening: &Happening, (contact, channel): &Listener, history: &History) -> bool {
    let Some(certificate) = &happening.certificate else { return false };
    let told = history.told(certificate.fingerprint, happening.kind, contact, *channel);
    happening.kind == Kind::HostingFailure
        && told.is_some_and(|told| detect::was_reminded_lately(told.last(), happening))
}

/// Takes in what a run saw. What was reported before is told once: by the report, or, where nobody has been told yet and
/// the report has no words of its own, by what was seen, which says more. Whether it is new.
pub(super) fn take_in_seen(
    happening: Happening,
    policies: &Policies,
    history: &mut History,
    now: OffsetDateTime,
) -> bool {
    let mut listeners = schedule::listeners(&happening, policies, history);
    let known = detect::known_as(&happening, history);
    if let Some(record) = known {
        if record.told.is_empty() && !record.happening.has_own_words() {
            let owed = record.owed.iter();
            listeners.extend(owed.flat_map(|(contact, channels)| channels.keys().map(|way| (contact.clone(), *way))));
            let id = record.happening.id.clone();
            history.happenings.remove(&id);
        } else {
            // It stays known, so that no later run takes it for new.
            listeners.clear();
        }
    }
    history.note_happening(happening, listeners, now)
}

/// Tells what was just taken in, and nothing else, to whom the window allows it now. Looks at nothing.
///
/// # Errors
/// Only those of `save`. A message that failed is part of the answer.
pub fn tell<E>(
    job: Job,
    happenings: &[Happening],
    history: &mut History,
    courier: &mut dyn Courier,
    save: &mut dyn FnMut(&History) -> Result<(), E>,
    now: OffsetDateTime,
) -> Result<Told, E> {
    let agenda = schedule::due(&[], job.policies, history, now);
    let only = |batches: Vec<Batch>| -> Vec<Batch> {
        let ids: BTreeSet<&HappeningId> = happenings.iter().map(|happening| &happening.id).collect();
        let kept = batches.into_iter().map(|mut batch| {
            batch.news.retain(|news| ids.contains(&news.id));
            batch.over.clear();
            batch
        });
        kept.filter(|batch| !batch.news.is_empty()).collect()
    };
    let (due, held) = (only(agenda.due), only(agenda.held));
    let messages: Vec<Message> = {
        let surroundings = surroundings(job, Counts::default(), history);
        due.iter().flat_map(|batch| render::messages(batch, &surroundings, now)).collect()
    };
    save(history)?;
    let outcomes = deliver::send_all(&messages, job.policies, history, courier, save, now)?;
    Ok(Told { messages: messages.into_iter().zip(outcomes).collect(), held })
}

/// What became of what was to be told at once.
#[derive(Debug)]
pub struct Told {
    pub messages: Vec<(Message, Outcome)>,
    /// What waits for its window.
    pub held: Vec<Batch>,
}

impl Told {
    /// Who has it now, by which channel.
    pub fn delivered(&self) -> impl Iterator<Item = (&ContactName, Channel)> {
        let delivered = self.messages.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Delivered { .. }));
        delivered.map(|(message, _)| (&message.contact, message.channel))
    }
}
