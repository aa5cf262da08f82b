//! PagerDuty: an alert for each certificate, triggered again with each reminder and resolved when it is over.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::digest::Tier;
use super::formatter::Formatter;
use super::machine::{Extent, JsonBatch, facts, own, utc};
use super::message_context::MessageContext;
use super::occurrence_row::{Item, OccurrenceRow, told};
use super::untrusted::cap;
use super::wording::{self, Phrase};
use super::{Body, Message, RenderInput, hex, identifier, mail, named};
use crate::certificate::Fingerprint;
use crate::event::{Detail, EventKind, FindingId, Occurrence};
use crate::policy::{ContactName, Language, Zone};
use crate::schedule::ReminderKey;

/// In characters; the service takes no more.
const SUMMARY: usize = 1024;
const SOURCE: usize = 255;

/// What an alert is about: what it is known by as long as it is open.
#[derive(Clone, PartialEq, Eq)]
enum Alert {
    Certificate(Fingerprint),
    /// What comes and goes without the certificate, by its identifier.
    Occurrence(String),
}

impl Alert {
    fn of(occurrence: &Occurrence) -> Self {
        let of_certificate =
            occurrence.certificate.as_ref().map(|certificate| Self::Certificate(certificate.fingerprint));
        let own = || Self::Occurrence(occurrence.id.as_str().to_owned());
        match &occurrence.detail {
            // The reminder that it is not served stands among those of its certificate.
            Detail::Recovered { finding: FindingId::NotDeployed, .. } => of_certificate.unwrap_or_else(own),
            Detail::Recovered { .. } => Self::Occurrence(occurrence.id.recovered().as_str().to_owned()),
            Detail::PutRight { .. } => Self::Occurrence(occurrence.id.put_right().as_str().to_owned()),
            _ if occurrence.kind.ends_with_its_certificate() => of_certificate.unwrap_or_else(own),
            _ => own(),
        }
    }

    fn key(&self, contact: &ContactName) -> String {
        let subject = match self {
            Self::Certificate(fingerprint) => fingerprint.to_string(),
            Self::Occurrence(id) => id.clone(),
        };
        key(contact, &subject)
    }
}

/// The same for the same contact and subject, whatever else changes.
fn key(contact: &ContactName, subject: &str) -> String {
    format!("certnotify/{}", hex(&Sha256::digest(format!("certnotify-alert-v1\n{contact}\n{subject}"))[..16]))
}

/// One message an alert: the most urgent first, what is over last.
pub(super) fn messages(machine: &JsonBatch<'_>) -> Vec<Message> {
    let context = machine.context();
    let told = machine.items.iter().flat_map(split).map(|(alert, item)| one(&alert, &item, machine, &context));
    let resolved_alerts =
        machine.batch.resolved_alerts.iter().map(|fingerprint| resolved_alerts(*fingerprint, machine));
    told.chain(resolved_alerts).collect()
}

/// What a row tells, alert by alert.
fn split<'a>(item: &Item<'a>) -> Vec<(Alert, Item<'a>)> {
    let mut alerts: Vec<(Alert, Vec<&'a Occurrence>)> = Vec::new();
    if let Item::Due(row) = item {
        alerts.push((Alert::Certificate(row.first.key.fingerprint), Vec::new()));
    }
    for occurrence in item.occurrences() {
        let alert = Alert::of(occurrence);
        match alerts.iter_mut().find(|(known, _)| *known == alert) {
            Some((_, occurrences)) => occurrences.push(occurrence),
            None => alerts.push((alert, vec![occurrence])),
        }
    }
    let of_alert = |(nth, (alert, occurrences)): (usize, (Alert, Vec<&'a Occurrence>))| match item {
        Item::Due(row) if nth == 0 => {
            let mut row = row.clone();
            row.occurrences = occurrences;
            (alert, Item::Due(row))
        }
        _ => (alert, Item::OccurrenceFacts(OccurrenceRow { occurrences })),
    };
    alerts.into_iter().enumerate().map(of_alert).collect()
}

fn one(alert: &Alert, item: &Item<'_>, machine: &JsonBatch<'_>, context: &MessageContext<'_>) -> Message {
    let batch = machine.batch;
    let items = std::slice::from_ref(item);
    let id = identifier(&batch.contact, batch.channel, items, "");
    let key = alert.key(&batch.contact);
    let is_over = matches!(item, Item::OccurrenceFacts(occurrence_row) if occurrence_row.occurrences.iter().all(|it| it.kind == EventKind::Recovery));
    let is_repeat = machine.render_input.history.unanswered.contains_key(&id);
    let payload = if is_over { resolved(&key) } else { triggered(&key, item, is_repeat, context) };
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
