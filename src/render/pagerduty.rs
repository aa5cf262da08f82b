//! PagerDuty: an alert for each certificate, triggered again with each reminder and resolved when it is over.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::digest::Tier;
use super::machine::{Extent, Machine, facts, own, utc};
use super::sender::Sender;
use super::teller::Teller;
use super::tidings::{Item, Tidings, told};
use super::untrusted::cap;
use super::wording::{self, Phrase};
use super::{Body, Message, Surroundings, hex, identifier, mail, named};
use crate::certificate::Fingerprint;
use crate::event::{Detail, FindingId, Happening, Kind};
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
    Happening(String),
}

impl Alert {
    fn of(happening: &Happening) -> Self {
        let of_certificate =
            happening.certificate.as_ref().map(|certificate| Self::Certificate(certificate.fingerprint));
        let own = || Self::Happening(happening.id.as_str().to_owned());
        match &happening.detail {
            // The reminder that it is not served stands among those of its certificate.
            Detail::Recovered { finding: FindingId::NotDeployed, .. } => of_certificate.unwrap_or_else(own),
            Detail::Recovered { .. } => Self::Happening(happening.id.recovered().as_str().to_owned()),
            _ if happening.kind.ends_with_its_certificate() => of_certificate.unwrap_or_else(own),
            _ => own(),
        }
    }

    fn key(&self, contact: &ContactName) -> String {
        let subject = match self {
            Self::Certificate(fingerprint) => fingerprint.to_string(),
            Self::Happening(id) => id.clone(),
        };
        key(contact, &subject)
    }
}

/// The same for the same contact and subject, whatever else changes.
fn key(contact: &ContactName, subject: &str) -> String {
    format!("certnotify/{}", hex(&Sha256::digest(format!("certnotify-alert-v1\n{contact}\n{subject}"))[..16]))
}

/// One message an alert: the most urgent first, what is over last.
pub(super) fn messages(machine: &Machine<'_>) -> Vec<Message> {
    let sender = machine.sender();
    let told = machine.items.iter().flat_map(split).map(|(alert, item)| one(&alert, &item, machine, &sender));
    let over = machine.batch.over.iter().map(|fingerprint| over(*fingerprint, machine));
    told.chain(over).collect()
}

/// What a row tells, alert by alert.
fn split<'a>(item: &Item<'a>) -> Vec<(Alert, Item<'a>)> {
    let mut alerts: Vec<(Alert, Vec<&'a Happening>)> = Vec::new();
    if let Item::Due(row) = item {
        alerts.push((Alert::Certificate(row.first.key.fingerprint), Vec::new()));
    }
    for happening in item.news() {
        let alert = Alert::of(happening);
        match alerts.iter_mut().find(|(known, _)| *known == alert) {
            Some((_, news)) => news.push(happening),
            None => alerts.push((alert, vec![happening])),
        }
    }
    let of_alert = |(nth, (alert, news)): (usize, (Alert, Vec<&'a Happening>))| match item {
        Item::Due(row) if nth == 0 => {
            let mut row = row.clone();
            row.news = news;
            (alert, Item::Due(row))
        }
        _ => (alert, Item::News(Tidings { news })),
    };
    alerts.into_iter().enumerate().map(of_alert).collect()
}

fn one(alert: &Alert, item: &Item<'_>, machine: &Machine<'_>, sender: &Sender<'_>) -> Message {
    let batch = machine.batch;
    let items = std::slice::from_ref(item);
    let id = identifier(&batch.contact, batch.channel, items, "");
    let key = alert.key(&batch.contact);
    let is_over = matches!(item, Item::News(tidings) if tidings.news.iter().all(|it| it.kind == Kind::Recovery));
    let is_repeat = machine.surroundings.history.unanswered.contains_key(&id);
    let payload = if is_over { resolved(&key) } else { triggered(&key, item, is_repeat, sender) };
    let reminders = match item {
        Item::Due(row) => named(row.reminders.iter().copied()),
        Item::News(_) => Vec::new(),
    };
    Message {
        contact: batch.contact.clone(),
        channel: batch.channel,
        id,
        text: text(&payload),
        body: Body::Chat { payload, plainer: None },
        certificates: usize::from(!reminders.is_empty()),
        reminders,
        news: told(items.iter()),
        complaints: Vec::new(),
    }
}

/// The certificate stands unrenewed nowhere any more.
fn over(fingerprint: Fingerprint, machine: &Machine<'_>) -> Message {
    let (contact, channel) = (machine.batch.contact.clone(), machine.batch.channel);
    let payload = resolved(&Alert::Certificate(fingerprint).key(&contact));
    let key = ReminderKey { fingerprint, kind: Kind::Hosting, contact: contact.clone(), channel };
    Message {
        id: identifier(&contact, channel, &[], &format!("over {fingerprint}")),
        contact,
        channel,
        text: text(&payload),
        body: Body::Chat { payload, plainer: None },
        reminders: vec![(key, "its alert is over: it stands unrenewed nowhere any more".to_owned())],
        news: Vec::new(),
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

fn triggered(key: &str, item: &Item<'_>, is_repeat: bool, sender: &Sender<'_>) -> Value {
    let now = sender.teller.clock.now;
    let sightings = match item {
        Item::Due(row) => row.sightings(),
        Item::News(tidings) => tidings.sightings(),
    };
    let first = sightings.first();
    let served = first.filter(|sighting| sighting.is_endpoint).map(|sighting| own(&sighting.place, SOURCE));
    let kind = match item {
        Item::Due(row) => row.first.key.kind,
        Item::News(tidings) => tidings.news[0].kind,
    };
    let mut details = facts(item, Extent::WHOLE, sender);
    details["machine"] = json!(own(sender.surroundings.machine, SOURCE));
    details["policy_file"] = json!(sender.policy_file());
    details["remark"] = json!(is_repeat.then(|| sender.teller.words.phrase(Phrase::MayBeARepeat)));
    trigger(
        key,
        sender,
        &json!({
            "summary": cap(&mail::subject(std::slice::from_ref(item), sender), SUMMARY),
            "source": served.unwrap_or_else(|| own(sender.surroundings.machine, SOURCE)),
            "severity": severity(item.tier(now), kind),
            "timestamp": utc(now),
            "component": first.map(|sighting| own(&sighting.name, SOURCE)),
            "class": kind,
            "custom_details": details,
        }),
    )
}

fn trigger(key: &str, sender: &Sender<'_>, payload: &Value) -> Value {
    let client = format!("certnotify {}", env!("CARGO_PKG_VERSION"));
    let client = format!("{client} on {}", own(sender.surroundings.machine, SOURCE));
    json!({ "event_action": "trigger", "dedup_key": key, "client": client, "payload": payload })
}

/// What must be mended now, soon, and some time.
const fn severity(tier: Tier, kind: Kind) -> &'static str {
    match (tier, kind) {
        (Tier::Expired, _) | (_, Kind::Revocation) => "critical",
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
    surroundings: &Surroundings<'_>,
    now: OffsetDateTime,
) -> Value {
    let words = wording::of(language);
    let sender = Sender { teller: Teller::of_chat(words, zone, str::to_owned, now), surroundings, contact };
    let machine = own(surroundings.machine, SOURCE);
    trigger(
        &key(contact, "test"),
        &sender,
        &json!({
            "summary": words.phrase(Phrase::TestTitle),
            "source": machine,
            "severity": "info",
            "timestamp": utc(now),
            "custom_details": { "text": words.test_text(&own(contact.as_str(), SOURCE), "pagerduty"), "machine": machine },
        }),
    )
}
