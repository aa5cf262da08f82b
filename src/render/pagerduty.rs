//! PagerDuty: an alert for each certificate, triggered again with each reminder and resolved when it is over.

use serde_json::{Value, json};

use super::alert::{self, Alert, key, split};
use super::batch_input::BatchInput;
use super::formatter::Formatter;
use super::machine::{Extent, facts, own, utc};
use super::occurrence_row::Item;
use super::untrusted::cap;
use super::urgency::Tier;
use super::wording::{Phrase, Sentence};
use super::{Body, Message, mail};
use crate::event::EventKind;

/// In characters; the service takes no more.
const SUMMARY: usize = 1024;
const SOURCE: usize = 255;

/// One message an alert: the most urgent first, what is over last.
pub(super) fn messages(input: &BatchInput<'_>) -> Vec<Message> {
    let formatter = input.formatter.in_chat(str::to_owned);
    let told = input.items.iter().flat_map(split).map(|(alert, item)| {
        let of_alert = input.of(std::slice::from_ref(&item));
        let (id, key) = (of_alert.id(), alert.key(formatter.contact));
        // Each alert has a message of its own, which tells the same again.
        let is_repeat = formatter.render_input.history.unanswered.contains_key(&id);
        let payload = if alert::is_over(&item, &formatter) {
            resolved(&key)
        } else {
            triggered(&key, &item, is_repeat, &formatter)
        };
        let text = text(&payload);
        of_alert.message(id, Body::alone(payload), text)
    });
    let over = input.batch.resolved_alerts.iter().map(|fingerprint| {
        let payload = resolved(&Alert::Certificate(*fingerprint).key(formatter.contact));
        let (text, why) = (text(&payload), "its alert is over: it stands unrenewed nowhere any more");
        input.over(*fingerprint, Body::alone(payload), text, why)
    });
    told.chain(over).collect()
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

fn triggered(key: &str, item: &Item<'_>, is_repeat: bool, formatter: &Formatter<'_>) -> Value {
    let now = formatter.clock.now;
    let (locations, kind) = (item.locations(), item.kind());
    let first = locations.first();
    let served = first.filter(|location| location.is_endpoint).map(|location| own(&location.place, SOURCE));
    let mut details = facts(item, Extent::WHOLE, formatter);
    details["machine"] = json!(own(formatter.render_input.machine, SOURCE));
    details["policy_file"] = json!(formatter.policy_file());
    details["remark"] = json!(is_repeat.then(|| formatter.words.phrase(Phrase::MayBeARepeat)));
    trigger(
        key,
        formatter,
        &json!({
            "summary": cap(&mail::subject(std::slice::from_ref(item), formatter), SUMMARY),
            "source": served.unwrap_or_else(|| own(formatter.render_input.machine, SOURCE)),
            "severity": severity(item.tier(formatter.then()), kind),
            "timestamp": utc(now),
            "component": first.map(|location| own(&location.name, SOURCE)),
            "class": kind,
            "custom_details": details,
        }),
    )
}

fn trigger(key: &str, formatter: &Formatter<'_>, payload: &Value) -> Value {
    let client = format!("certnotify {}", env!("CARGO_PKG_VERSION"));
    let client = format!("{client} on {}", own(formatter.render_input.machine, SOURCE));
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
pub(super) fn test_body(formatter: &Formatter<'_>) -> Value {
    let words = formatter.words;
    let machine = own(formatter.render_input.machine, SOURCE);
    trigger(
        &key(formatter.contact, "test"),
        formatter,
        &json!({
            "summary": words.phrase(Phrase::TestTitle),
            "source": machine,
            "severity": "info",
            "timestamp": utc(formatter.clock.now),
            "custom_details": {
                "text": words.say(Sentence::Test { contact: &own(formatter.contact.as_str(), SOURCE), channel: "pagerduty" }),
                "machine": machine,
            },
        }),
    )
}
