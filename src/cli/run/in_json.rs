//! `certnotify run --format json`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use certnotify::event::{Event, Occurrence, OccurrenceId};
use certnotify::pass::RunReport;
use certnotify::policy::{Channel, ContactName, Zone};
use certnotify::render::untrusted;
use certnotify::schedule::{Batch, ReminderKey, Upcoming};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::{output, plan};

/// The same as the printed summary.
pub(super) fn summary(report: &RunReport, next: Option<&Upcoming>, zone: &Zone, now: OffsetDateTime) -> Value {
    let events: BTreeMap<_, _> = report.events.iter().rev().map(|it| (it.certificate.fingerprint, it)).collect();
    let told = Told::new(&report.due);
    let sent = report.messages.iter().map(|(message, outcome)| {
        let reminders = message.reminders.iter().map(|(key, why)| {
            // That an alert is over stands in no batch as a reminder.
            let event = told.reminders.get(key).copied().or_else(|| events.get(&key.fingerprint).copied());
            let name = event.and_then(|event| event.locations.first()).map(|location| untrusted::clean(&location.name));
            plan::reminder_json(name.as_deref(), key, event.map(|event| event.evidence_of(key.kind)), why)
        });
        let occurrences = message.occurrences.iter().filter_map(|(id, why)| {
            Some(plan::news_json(told.occurrences.get(&(&message.contact, message.channel, id))?, why))
        });
        json!({
            "send_at": output::rfc3339(now), "held_until": null, "contact": message.contact, "channel": message.channel,
            "reminders": reminders.chain(occurrences).collect::<Vec<_>>(), "outcome": outcome.as_str(), "detail": outcome.detail(),
        })
    });
    let held = report.held.iter().map(|batch| {
        let mut message = plan::batch_json(batch.held_until.unwrap_or(now), batch, zone);
        message["outcome"] = json!("held");
        message["detail"] = json!(null);
        message
    });
    json!({
        "version": 1,
        "at": output::rfc3339(now),
        "counts": {
            "looked_at": report.counts.looked_at, "due": report.counts.due,
            "not_seen": report.counts.not_seen, "need_nothing": report.counts.need_nothing,
            "have_findings": report.counts.have_findings,
        },
        "messages": sent.chain(held).collect::<Vec<_>>(),
        "next": next.map(|next| json!({
            "send_at": output::rfc3339(next.at), "contacts": next.contacts,
            "certificate": next.locations().first().map(|location| untrusted::clean(&location.name)),
            "why": plan::why_next(next, zone), "channels": next.channels,
        })),
        "problems": report.problems.iter().map(|problem| json!({
            "where": problem.place, "message": problem.message, "help": problem.help, "failure": problem.is_failure,
        })).collect::<Vec<_>>(),
    })
}

/// What the messages of a run tell, as each recipient is told it: by the places that it hears of.
#[derive(Default)]
struct Told<'a> {
    reminders: HashMap<&'a ReminderKey, &'a Arc<Event>>,
    occurrences: HashMap<(&'a ContactName, Channel, &'a OccurrenceId), &'a Occurrence>,
}

impl<'a> Told<'a> {
    fn new(due: &'a [Batch]) -> Self {
        let mut told = Self::default();
        for batch in due {
            told.reminders.extend(batch.reminders.iter().map(|reminder| (&reminder.key, &reminder.event)));
            let occurrences = batch.occurrences.iter();
            told.occurrences.extend(occurrences.map(|it| ((&batch.contact, batch.channel, &it.id), &**it)));
        }
        told
    }
}
