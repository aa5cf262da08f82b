//! Where a run goes on although the program itself fails at one certificate or message: without that one, and it is told.

use time::OffsetDateTime;

use super::{RunInput, RunProblem, ScanResult};
use crate::cause::FailureCause;
use crate::detect::{self, DetectInput, DetectedOccurrences, TrackedCertificate, UnseenPlaces};
use crate::event::{Event, FindingId};
use crate::fault::{Fault, Sifted, sifted};
use crate::history::History;
use crate::observation::{Failure, Observation};
use crate::render::{self, Message, RenderInput};
use crate::schedule::{Batch, Schedule};
use crate::text::untrusted::clean;

fn problem(place: String, what: &str, fault: &Fault) -> RunProblem {
    RunProblem {
        place,
        message: format!("{what}: {fault}"),
        help: Fault::HELP.to_owned(),
        is_news: true,
        is_failure: true,
        topic: Some(what.to_owned()),
        ..RunProblem::default()
    }
}

fn certificate(name: &str) -> String {
    format!("certificate `{}`", clean(name))
}

/// All certificates together: what no single one is to blame for.
const ALL: &str = "certificates";

/// The events of all that stand, without those that cannot be judged.
pub(super) fn events(tracked: &[TrackedCertificate], now: OffsetDateTime) -> (Vec<Event>, Vec<RunProblem>) {
    const WHAT: &str = "its end cannot be worked out";
    let picked = |active: &[usize]| active.iter().map(|nth| tracked[*nth].clone()).collect::<Vec<_>>();
    let Sifted { outcome, faulty } = sifted(tracked.len(), |active| {
        if active.len() == tracked.len() { detect::events(tracked, now) } else { detect::events(&picked(active), now) }
    });
    let of_one = faulty.iter().map(|(nth, fault)| problem(certificate(&tracked[*nth].location.name), WHAT, fault));
    let mut problems: Vec<RunProblem> = of_one.collect();
    let events = outcome.unwrap_or_else(|fault| {
        problems.push(problem(ALL.to_owned(), "their ends cannot be worked out", &fault));
        Vec::new()
    });
    (events, problems)
}

/// What happened since the last run. A place that cannot be compared with the memory counts as not looked at.
pub(super) fn happened(
    job: RunInput,
    look: &ScanResult,
    history: &History,
    now: OffsetDateTime,
) -> (DetectedOccurrences, Vec<RunProblem>) {
    let compared = |observations: &[Observation]| {
        let (policies, picked, tracked) = (job.policies, job.picked, look.tracked.as_slice());
        let of_these;
        let unseen = if std::ptr::eq(observations, look.observations.as_slice()) {
            &look.unseen
        } else {
            let all: Vec<_> = policies.entries.iter().collect();
            of_these = UnseenPlaces::new(&all, observations, history);
            &of_these
        };
        detect::occurrences(&DetectInput { policies, picked, observations, tracked, unseen, history }, now)
    };
    let mut problems = Vec::new();
    let happened = of_looks(&look.observations, compared, &mut problems).unwrap_or_else(|| {
        let (anomalies, undeployed) = (history.anomalies.clone(), history.undeployed.clone());
        DetectedOccurrences { anomalies, undeployed, ..DetectedOccurrences::default() }
    });
    (happened, problems)
}

fn of_looks<T>(
    all: &[Observation],
    compared: impl Fn(&[Observation]) -> T,
    problems: &mut Vec<RunProblem>,
) -> Option<T> {
    let Sifted { outcome, faulty } =
        sifted(
            all.len(),
            |active| {
                if active.len() == all.len() { compared(all) } else { compared(&only(all, active)) }
            },
        );
    let what = "what happened to it cannot be worked out";
    problems.extend(faulty.iter().map(|(nth, fault)| problem(certificate(&all[*nth].name), what, fault)));
    outcome
        .map_err(|fault| problems.push(problem(ALL.to_owned(), "what happened to them cannot be worked out", &fault)))
        .ok()
}

/// The looks with these numbers; the others as if the time for looking had been over before.
fn only(all: &[Observation], active: &[usize]) -> Vec<Observation> {
    let mut active = active.iter().copied().peekable();
    let look = |(nth, observation): (usize, &Observation)| {
        if active.next_if_eq(&nth).is_some() {
            return observation.clone();
        }
        let failure = Failure::new(FindingId::Unreadable, FailureCause::NotReached);
        Observation { is_reached: false, outcome: Err(Box::new(failure)), ..observation.clone() }
    };
    all.iter().enumerate().map(look).collect()
}

/// The messages of a batch. What they cannot name is left out of them, told to whom the run reports, and stays due.
pub(super) fn messages(
    batch: &Batch,
    render_input: &RenderInput<'_>,
    problems: &mut Vec<RunProblem>,
    now: OffsetDateTime,
) -> Vec<Message> {
    written(batch, |batch| render::messages(batch, render_input, now), problems)
}

fn written<T>(batch: &Batch, render: impl Fn(&Batch) -> Vec<T>, problems: &mut Vec<RunProblem>) -> Vec<T> {
    let count = batch.reminders.len() + batch.occurrences.len();
    let Sifted { outcome, faulty } =
        sifted(count, |active| if active.len() == count { render(batch) } else { render(&part(batch, active)) });
    let to = format!("contact `{}`, {}", batch.contact, batch.channel);
    problems.extend(faulty.iter().map(|(nth, fault)| {
        let place = name(batch, *nth).map_or_else(|| to.clone(), certificate);
        problem(place, &format!("the message to `{}` by {} cannot name it", batch.contact, batch.channel), fault)
    }));
    outcome.unwrap_or_else(|fault| {
        problems.push(problem(to, "its message cannot be written", &fault));
        Vec::new()
    })
}

/// The reminders and occurrences with these numbers; occurrences are counted after the reminders.
fn part(batch: &Batch, active: &[usize]) -> Batch {
    let (first, then): (Vec<usize>, Vec<usize>) = active.iter().partition(|nth| **nth < batch.reminders.len());
    let reminders = first.into_iter().map(|nth| batch.reminders[nth].clone()).collect();
    let occurrences = then.into_iter().map(|nth| batch.occurrences[nth - batch.reminders.len()].clone()).collect();
    Batch { reminders, occurrences, ..batch.clone() }
}

fn name(batch: &Batch, nth: usize) -> Option<&str> {
    let locations = match batch.reminders.get(nth) {
        Some(reminder) => &reminder.event.locations,
        None => &batch.occurrences.get(nth - batch.reminders.len())?.locations,
    };
    locations.first().map(|location| &*location.name)
}

/// Certificates whose reminders could not be worked out.
pub(super) fn unscheduled(schedule: &Schedule) -> impl Iterator<Item = RunProblem> {
    let what = "its reminders cannot be worked out";
    schedule.faults.iter().map(move |(name, fault)| problem(certificate(name), what, fault))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use time::macros::datetime;

    use super::*;
    use crate::event::{Detail, EventKind, Evidence, Location, Occurrence, OccurrenceId};
    use crate::policy::{Channel, ContactName, EntryName, Zone};

    const NOW: OffsetDateTime = datetime!(2026-11-27 9:00 UTC);

    fn deletion_of(name: &str) -> Arc<Occurrence> {
        let location = Location {
            entry: crate::names::EntryName::new(name),
            name: name.into(),
            place: format!("/etc/ssl/{name}.pem").into(),
            remembered_as: None,
            address: None,
            seen: NOW,
            failing: None,
            is_endpoint: false,
        };
        Arc::new(Occurrence {
            id: OccurrenceId::new(EventKind::Deletion, name),
            kind: EventKind::Deletion,
            evidence: Evidence::Observed,
            at: NOW,
            certificate: None,
            locations: vec![location].into(),
            detail: Detail::Deleted,
        })
    }

    fn look_at(name: &str) -> Observation {
        Observation {
            entry: EntryName::new(name),
            name: name.into(),
            place: name.into(),
            source: name.into(),
            is_endpoint: true,
            on_disk: None,
            is_reached: true,
            outcome: Err(Box::new(Failure::new(FindingId::Unreachable, FailureCause::NotReached))),
        }
    }

    #[test]
    fn a_message_goes_out_without_the_one_certificate_that_it_cannot_name() {
        let batch = Batch {
            contact: ContactName::new("ops"),
            channel: Channel::Email,
            to: Vec::new(),
            zone: Zone::UTC,
            reminders: Vec::new(),
            occurrences: ["a", "b", "c", "d"].map(deletion_of).into(),
            occurrences_left_over: std::collections::BTreeSet::new(),
            resolved_alerts: Vec::new(),
            held_until: None,
        };
        let names = |batch: &Batch| {
            let names = batch.occurrences.iter().map(|occurrence| occurrence.locations[0].name.to_string());
            let names: Vec<String> = names.collect();
            assert!(!names.contains(&"c".to_owned()));
            names
        };
        let mut problems = Vec::new();
        assert_eq!(written(&batch, names, &mut problems), ["a", "b", "d"]);
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(problem.is_failure && problem.is_news);
        assert_eq!(problem.place, "certificate `c`");
        assert!(
            problem.message.starts_with("the message to `ops` by email cannot name it: a fault in certnotify itself")
        );

        problems.clear();
        assert!(written(&batch, |_| -> Vec<()> { panic!("always") }, &mut problems).is_empty());
        assert_eq!(problems[0].place, "contact `ops`, email");
    }

    #[test]
    fn a_place_that_cannot_be_compared_with_the_memory_counts_as_not_looked_at() {
        let looks = ["a", "b", "c"].map(look_at);
        let reached = |looks: &[Observation]| {
            let reached = looks.iter().filter(|look| look.is_reached).map(|look| look.name.to_string());
            let reached: Vec<String> = reached.collect();
            assert!(!reached.contains(&"a".to_owned()));
            reached
        };
        let mut problems = Vec::new();
        assert_eq!(of_looks(&looks, reached, &mut problems).unwrap(), ["b", "c"]);
        assert_eq!(problems.iter().map(|problem| problem.place.as_str()).collect::<Vec<_>>(), ["certificate `a`"]);
    }
}
