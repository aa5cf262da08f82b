//! PagerDuty: an alert for each certificate, triggered again with each reminder and resolved when it is over.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::alert::{self, Alert, key, split};
use super::formatter::Formatter;
use super::machine::{Extent, JsonBatch, facts, own, utc};
use super::message_context::MessageContext;
use super::occurrence_row::{Item, told};
use super::untrusted::cap;
use super::urgency::Tier;
use super::wording::{self, Phrase};
use super::{Body, Message, RenderInput, identifier, mail, named};
use crate::certificate::Fingerprint;
use crate::event::EventKind;
use crate::policy::{ContactName, Language, Zone};
use crate::schedule::ReminderKey;

/// In characters; the service takes no more.
const SUMMARY: usize = 1024;
const SOURCE: usize = 255;

/// One message an alert: the most urgent first, what is over last.
pub(super) fn messages(machine: &JsonBatch<'_>) -> Vec<Message> {
    let context = machine.context();
    let told = machine.items.iter().flat_map(split).map(|(alert, item)| one(&alert, &item, machine, &context));
    let resolved_alerts =
        machine.batch.resolved_alerts.iter().map(|fingerprint| resolved_alerts(*fingerprint, machine));
    told.chain(resolved_alerts).collect()
}

fn one(alert: &Alert, item: &Item<'_>, machine: &JsonBatch<'_>, context: &MessageContext<'_>) -> Message {
    let batch = machine.batch;
    let items = std::slice::from_ref(item);
    let id = identifier(&batch.contact, batch.channel, items, "");
    let key = alert.key(&batch.contact);
    let is_repeat = machine.render_input.history.unanswered.contains_key(&id);
    let payload = if alert::is_over(item) { resolved(&key) } else { triggered(&key, item, is_repeat, context) };
    let reminders = match item {
        Item::Due(row) => named(row.reminders.iter().copied()),
        Item::OccurrenceFacts(_) => Vec::new(),
    };
    Message {
        contact: batch.contact.clone(),
        channel: batch.channel,
        to: Vec::new(),
        id,
        text: text(&payload),
        body: Body::Chat { payload, plainer: None },
        certificates: usize::from(!reminders.is_empty()),
        reminders,
        occurrences: told(items.iter()),
        complaints: Vec::new(),
    }
}

/// The certificate stands unrenewed nowhere any more.
fn resolved_alerts(fingerprint: Fingerprint, machine: &JsonBatch<'_>) -> Message {
    let (contact, channel) = (machine.batch.contact.clone(), machine.batch.channel);
    let payload = resolved(&Alert::Certificate(fingerprint).key(&contact));
    let key = ReminderKey { fingerprint, kind: EventKind::Hosting, contact: contact.clone(), channel };
    Message {
        to: Vec::new(),
        id: identifier(&contact, channel, &[], &format!("over {fingerprint}")),
        contact,
        channel,
        text: text(&payload),
        body: Body::Chat { payload, plainer: None },
        reminders: vec![(key, "its alert is over: it stands unrenewed nowhere any more".to_owned())],
        occurrences: Vec::new(),
        certificates: 1,
        complaints: Vec::new(),
    }
}

/// What becomes of which alert, as its list shows it.
pub(super) fn text(event: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (action, payload) = (word(&event["event_action"]), &event["payload"]);
    match payload["summary"].as_str() {
        Some(summary) => format!("{action}, {}: {summary}", word(&payload["severity"])),
        None => format!("{action}: {}", word(&event["dedup_key"])),
    }
}

fn resolved(key: &str) -> Value {
    json!({ "event_action": "resolve", "dedup_key": key })
}

fn triggered(key: &str, item: &Item<'_>, is_repeat: bool, context: &MessageContext<'_>) -> Value {
    let now = context.formatter.clock.now;
    let locations = match item {
        Item::Due(row) => row.locations(),
        Item::OccurrenceFacts(occurrence_row) => occurrence_row.locations(),
    };
    let first = locations.first();
    let served = first.filter(|location| location.is_endpoint).map(|location| own(&location.place, SOURCE));
    let kind = match item {
        Item::Due(row) => row.first.key.kind,
        Item::OccurrenceFacts(occurrence_row) => occurrence_row.occurrences[0].kind,
    };
    let mut details = facts(item, Extent::WHOLE, context);
    details["machine"] = json!(own(context.render_input.machine, SOURCE));
    details["policy_file"] = json!(context.policy_file());
    details["remark"] = json!(is_repeat.then(|| context.formatter.words.phrase(Phrase::MayBeARepeat)));
    trigger(
        key,
        context,
        &json!({
            "summary": cap(&mail::subject(std::slice::from_ref(item), context), SUMMARY),
            "source": served.unwrap_or_else(|| own(context.render_input.machine, SOURCE)),
            "severity": severity(item.tier(now), kind),
            "timestamp": utc(now),
            "component": first.map(|location| own(&location.name, SOURCE)),
            "class": kind,
            "custom_details": details,
        }),
    )
}

fn trigger(key: &str, context: &MessageContext<'_>, payload: &Value) -> Value {
    let client = format!("certnotify {}", env!("CARGO_PKG_VERSION"));
    let client = format!("{client} on {}", own(context.render_input.machine, SOURCE));
    json!({ "event_action": "trigger", "dedup_key": key, "client": client, "payload": payload })
}

/// What must be mended now, soon, and some time.
const fn severity(tier: Tier, kind: EventKind) -> &'static str {
    match (tier, kind) {
        (Tier::Expired, _) | (_, EventKind::Revocation) => "critical",
        (Tier::Within7 | Tier::Urgent, _) => "error",
        (Tier::Within30, _) => "warning",
        (Tier::Later | Tier::Calm, _) => "info",
    }
}

/// One alert for all tests of a contact.
pub(super) fn test_body(
    contact: &ContactName,
    language: Language,
    zone: &Zone,
    render_input: &RenderInput<'_>,
    now: OffsetDateTime,
) -> Value {
    let words = wording::of(language);
    let context = MessageContext {
        formatter: Formatter::of_chat(words, (zone, render_input), str::to_owned, now),
        render_input,
        contact,
    };
    let machine = own(render_input.machine, SOURCE);
    trigger(
        &key(contact, "test"),
        &context,
        &json!({
            "summary": words.phrase(Phrase::TestTitle),
            "source": machine,
            "severity": "info",
            "timestamp": utc(now),
            "custom_details": { "text": words.test_text(&own(contact.as_str(), SOURCE), "pagerduty"), "machine": machine },
        }),
    )
}
