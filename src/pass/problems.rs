//! What a run must tell the person who started it: problems, and whether they are news.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::run_problem::RunProblem;
use super::{RunInput, ScanResult, unseen};
use crate::deliver::{self, LostBeat, Outcome, Warning};
use crate::event::{Detail, MonitoringChange, Occurrence};
use crate::history::{History, ProblemRecord};
use crate::policy::{Channel, ContactName};
use crate::render::{Message, shell_word};
use crate::schedule::Schedule;
use crate::text::untrusted::clean;

/// A problem that lasts is said again after this long.
const SAID_AGAIN_AFTER: Duration = Duration::DAY;

/// What a run did, as far as it can be a problem.
pub(super) struct RunState<'a> {
    pub schedule: &'a Schedule,
    pub messages: &'a [(Message, Outcome)],
    pub expired_unsent: &'a [(ContactName, Channel, Occurrence)],
    /// What recipients hear of no more, and what was deleted.
    pub disabled: &'a [Occurrence],
    pub clock_jumped: bool,
}

pub(super) fn of_run(
    job: RunInput,
    look: &ScanResult,
    course: &RunState,
    history: &History,
    now: OffsetDateTime,
) -> Vec<RunProblem> {
    let mut problems = unseen::problems(look, job, history, now);
    problems.extend(not_reached(look, job, history));
    problems.extend(look.answers.problems(look));
    problems.extend(undelivered(job, course.messages, history, now));
    problems.extend(course.expired_unsent.iter().map(|(contact, channel, occurrence)| {
        let what =
            occurrence.certificate.as_ref().map_or_else(String::new, |old| format!(" of `{}`", old.display_name()));
        let when = job.policies.settings.zone.minute(occurrence.at);
        let message = format!("{}{what} of {when} could not be told and is given up", occurrence.kind);
        let help =
            format!("see to the channel: certnotify test {} --channel {channel}", shell_word(&clean(contact.as_str())));
        warning(format!("contact `{contact}`, {channel}"), clean(&message), help)
    }));
    problems.extend(silenced(course.disabled));
    problems.extend(unseen::dropped(course.disabled, &job.policies.settings.zone));
    problems.extend(template_failed(course.messages.iter().map(|(message, _)| message)));
    problems.extend(remarks(course.messages));
    problems.extend(course.schedule.missed_windows.iter().map(|(window, zone)| {
        warning(
            format!("window `{window}` ({zone})"),
            "no run falls inside it: what is held for it has waited through a whole opening".to_owned(),
            "run certnotify within the window too, for example every hour: 17 * * * *".to_owned(),
        )
    }));
    if course.clock_jumped {
        problems.push(warning(
            "clock".to_owned(),
            "the memory holds times later than now; they were taken as now".to_owned(),
            "check the clock of this machine: timedatectl".to_owned(),
        ));
    }
    problems
}

/// What no recipient, or fewer, are told of from now on: what is to be said of several is said once.
fn silenced(disabled: &[Occurrence]) -> Vec<RunProblem> {
    let mut by_message: BTreeMap<(&str, String), (&str, usize)> = BTreeMap::new();
    for occurrence in disabled {
        let Detail::MonitoringStopped { change, names, count } = &occurrence.detail else { continue };
        let first = names.first().map_or("", String::as_str);
        by_message.entry(silence(change)).or_insert((first, 0)).1 += count;
    }
    let problem = |((message, help), (first, count)): ((&str, String), (&str, usize))| {
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        warning(format!("certificate `{}`{more}", clean(first)), message.to_owned(), help)
    };
    by_message.into_iter().map(problem).collect()
}

/// What is said of a change, and what helps.
fn silence(change: &MonitoringChange) -> (&'static str, String) {
    match change {
        MonitoringChange::Removed => {
            ("watched no more", "no entry of the policy file stands for it any more".to_owned())
        }
        MonitoringChange::SwitchedOff => {
            ("its notifications were switched off", "notifications = true switches them on".to_owned())
        }
        MonitoringChange::ContactDropped { contact } => {
            ("a contact who listened hears of it no more", format!("it was `{}`", clean(contact.as_str())))
        }
        MonitoringChange::Undeliverable { contact, address: Some(address), .. } => (
            "an address of a contact got no mail in three runs in a row",
            format!("correct or remove {} in `email` of contact `{}`", clean(address), clean(contact.as_str())),
        ),
        MonitoringChange::Undeliverable { contact, channel, .. } => (
            "a contact could not be told in three runs in a row",
            format!("see to the channel: certnotify test {} --channel {channel}", shell_word(&clean(contact.as_str()))),
        ),
        MonitoringChange::SnoozedLong { .. } => {
            ("it is snoozed for more than 30 days", "certnotify snooze --list shows until when".to_owned())
        }
    }
}

fn warning(place: String, message: String, help: String) -> RunProblem {
    RunProblem { place, message, help, is_news: true, ..RunProblem::default() }
}

/// All that the time for looking was too short for: what a run has seen is watched on by its last known dates.
fn not_reached(look: &ScanResult, job: RunInput, history: &History) -> Option<RunProblem> {
    let missed = || look.observations.iter().filter(|observation| !observation.is_reached);
    let count = missed().count();
    let known = missed().filter(|observation| history.places.contains_key(&*observation.place)).count();
    let watched = match known {
        0 => "no run has seen any of it yet".to_owned(),
        all if all == count => "each is watched on by its last known dates".to_owned(),
        some => format!("{some} of them are watched on by their last known dates"),
    };
    let named: Vec<String> = missed().take(3).map(|one| format!("`{}`", one.name)).collect();
    let more = match count.checked_sub(named.len()).filter(|more| *more > 0) {
        Some(more) => format!(" and {more} more"),
        None => String::new(),
    };
    let limit = job.policies.settings.time_limit.as_secs();
    (count > 0).then(|| RunProblem {
        place: "time-limit".to_owned(),
        message: format!(
            "{count} {} not looked at, because half of the {limit} s of this run were over: {}{more}",
            if count == 1 { "certificate was" } else { "certificates were" },
            named.join(", "),
        ),
        help: format!("{watched}; raise `time-limit` in [settings], or run with a shorter --timeout"),
        is_news: true,
        is_failure: true,
        topic: Some("not looked at".to_owned()),
        ..RunProblem::default()
    })
}

/// One problem for each channel that did not take all its messages.
fn undelivered(
    job: RunInput,
    messages: &[(Message, Outcome)],
    history: &History,
    now: OffsetDateTime,
) -> Vec<RunProblem> {
    let mut by_channel: BTreeMap<(&ContactName, Channel), RunProblem> = BTreeMap::new();
    for (message, outcome) in messages {
        let (said, help) = match outcome {
            Outcome::Delivered { receipt } if receipt.refused.is_empty() => continue,
            Outcome::Delivered { receipt } => {
                let contact = clean(message.contact.as_str());
                let help = format!("the others have it; {}", deliver::help_for_addresses(&receipt.refused, &contact));
                (deliver::cause_of_addresses(&receipt.refused).to_string(), help)
            }
            Outcome::Failed { reason, help } => (reason.to_string(), still_owed(message, help, help)),
            Outcome::Deferred { reason, .. } | Outcome::Unanswered { reason } | Outcome::NotTried { reason } => {
                let until = deliver::tried_again_at((message, outcome), job.policies, history, now);
                let again = deliver::when_again(until, &job.policies.settings.zone);
                (reason.to_string(), still_owed(message, &again, ""))
            }
        };
        let known = by_channel.entry((&message.contact, message.channel)).or_insert_with(|| RunProblem {
            place: format!("contact `{}`, {}", message.contact, message.channel),
            message: said.clone(),
            help: help.clone(),
            is_news: true,
            is_failure: true,
            ..RunProblem::default()
        });
        // Its addresses are recipients of their own, and may be owed different mails.
        if message.channel == Channel::Email {
            add_clause(&mut known.message, &said);
            add_clause(&mut known.help, &help);
        }
    }
    by_channel.into_values().collect()
}

/// What is left of a message that was not taken: it is owed still, and `again` says when it is tried again or what to
/// do; of one that only mentions people nothing is, and `help` is what to do.
#[must_use]
pub fn still_owed(message: &Message, again: &str, help: &str) -> String {
    let contact = &message.contact;
    if !message.only_mentions() {
        return format!("still owed to `{contact}`; {again}");
    }
    let missed = format!("`{contact}` has the message itself; the people to mention with it were not mentioned");
    if help.is_empty() || help == deliver::NEXT_RUN { missed } else { format!("{missed}; {help}") }
}

fn add_clause(text: &mut String, clause: &str) {
    if !text.contains(clause) {
        text.push_str("; ");
        text.push_str(clause);
    }
}

/// The place of what is wrong with the heartbeat.
const HEARTBEAT: &str = "heartbeat";

/// What is known of the heartbeat once the run is over: a warning, where a beat was lost.
pub fn note_heartbeat(lost: Option<&LostBeat>, history: &mut History, now: OffsetDateTime) -> Option<RunProblem> {
    let Some(lost) = lost else {
        history.problems.remove(HEARTBEAT);
        return None;
    };
    let mut problem = warning(HEARTBEAT.to_owned(), lost.reason.clone(), lost.help.clone());
    let known = history.problems.remove(HEARTBEAT);
    mark(&mut problem, known.as_ref(), history, now);
    Some(problem)
}

/// Of a file that a run leaves for other programs, at `place`: the problem, where it could not be written.
pub fn note_output(
    place: &str,
    failed: Option<String>,
    history: &mut History,
    now: OffsetDateTime,
) -> Option<RunProblem> {
    let known = history.problems.remove(place);
    let help = "see to the directory and its owner; the file is as it was, and everything else of the run was done";
    let mut problem = RunProblem { is_failure: true, ..warning(place.to_owned(), failed?, help.to_owned()) };
    mark(&mut problem, known.as_ref(), history, now);
    Some(problem)
}

/// One problem for each mistake of a template: the messages have the built-in words.
pub fn template_failed<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Vec<RunProblem> {
    let mut problems: Vec<RunProblem> = Vec::new();
    for complaint in messages.into_iter().flat_map(|message| &message.complaints) {
        let (place, message) = (complaint.place.clone(), complaint.message.clone());
        if !problems.iter().any(|known| known.place == place && known.message == message) {
            let help = complaint.help.clone();
            let is_failure = complaint.is_failure;
            problems.push(RunProblem { place, message, help, is_news: true, is_failure, ..RunProblem::default() });
        }
    }
    problems
}

/// What is to be mended although the messages were taken.
fn remarks(messages: &[(Message, Outcome)]) -> Vec<RunProblem> {
    let mut by_channel: BTreeMap<(&ContactName, Channel), RunProblem> = BTreeMap::new();
    for (message, outcome) in messages {
        if let Outcome::Delivered { receipt } = outcome
            && let Some(Warning { what, help }) = &receipt.remark
        {
            let place = format!("contact `{}`, {}, its address", message.contact, message.channel);
            let problem = warning(place, what.clone(), help.clone());
            by_channel.entry((&message.contact, message.channel)).or_insert(problem);
        }
    }
    by_channel.into_values().collect()
}

/// A problem is news when it is new or changed, and once a day while it lasts.
pub(super) fn mark_news(problems: &mut [RunProblem], history: &mut History, now: OffsetDateTime) {
    let before = std::mem::take(&mut history.problems);
    for problem in problems {
        mark(problem, before.get(problem.key.as_deref().unwrap_or(&problem.place)), history, now);
    }
    // The heartbeat is not known before the run is over; what comes and goes is said once a day, not each time.
    for (key, known) in before {
        if key == HEARTBEAT || now - known.printed < SAID_AGAIN_AFTER {
            history.problems.entry(key).or_insert(known);
        }
    }
}

fn mark(problem: &mut RunProblem, known: Option<&ProblemRecord>, history: &mut History, now: OffsetDateTime) {
    if problem.is_passing {
        problem.is_news = false;
        return;
    }
    let text = problem.topic.as_ref().unwrap_or(&problem.message);
    let known = known.filter(|known| known.text == *text);
    let printed = known.map(|known| known.printed).filter(|printed| now - *printed < SAID_AGAIN_AFTER);
    problem.is_news = printed.is_none();
    let record = ProblemRecord { text: text.clone(), printed: printed.unwrap_or(now) };
    history.problems.insert(problem.key.as_ref().unwrap_or(&problem.place).clone(), record);
}
