//! One row as JSON: a certificate, where it stands, why a recipient is told of it, and what happened to it.

use serde_json::{Value, json};

use super::facts::{self, Extent, class, own, utc};
use crate::event::{Detail, Location, Occurrence};
use crate::render::message_context::MessageContext;
use crate::render::occurrence_row::{Item, OccurrenceRow};
use crate::schedule::Reminder;
use crate::text::untrusted::{NAME, peer};

/// Longest text of a report.
const MESSAGE: usize = 2000;

pub(in crate::render) fn facts(item: &Item<'_>, extent: Extent, context: &MessageContext<'_>) -> Value {
    let formatter = &context.formatter;
    let now = formatter.clock.now;
    let of_entries = |occurrence_row: &OccurrenceRow<'_>| {
        let entries = context.entries(occurrence_row);
        let owner = entries.iter().find_map(|entry| entry.owner.clone());
        (owner, entries.iter().find_map(|entry| entry.note.clone()))
    };
    let (certificate, name, label, left, locations, reminders, (owner, note)) = match item {
        Item::Due(row) => {
            let terms = || row.reminders.iter().map(|reminder| &reminder.terms);
            let owner = terms().find_map(|terms| terms.owner.clone());
            let note = terms().find_map(|terms| terms.note.clone());
            let reminders: Vec<Value> =
                row.reminders.iter().map(|reminder| self::reminder(reminder, extent, context)).collect();
            let left = Some(formatter.left(row));
            let label = formatter.label(row);
            (Some(row.certificate()), Some(row.entry_name()), label, left, row.locations(), reminders, (owner, note))
        }
        Item::OccurrenceFacts(occurrence_row) => {
            let label = formatter.news_label(occurrence_row);
            let (name, locations) = (occurrence_row.entry_name(), occurrence_row.locations());
            (occurrence_row.certificate(), name, label, None, locations, Vec::new(), of_entries(occurrence_row))
        }
    };
    let occurrences = item.occurrences();
    let (remarks, to_do) = if extent.has_words { words(item, context) } else { (Vec::new(), Vec::new()) };
    let shown: Vec<&Location> = locations.iter().take(extent.places).copied().collect();
    json!({
        "name": name.map(|name| own(&name, extent.place)),
        "label": label,
        "urgency": item.tier(now).as_str(),
        "left": left,
        "certificate": certificate.map(|certificate| facts::certificate(certificate, extent, now)),
        "places": shown.iter().map(|location| facts::place(location, extent)).collect::<Vec<_>>(),
        "places_left_out": locations.len() - shown.len(),
        "reminders": reminders,
        "news": occurrences.iter().take(extent.names).map(|occurrence| self::occurrences(occurrence, extent, context)).collect::<Vec<_>>(),
        "news_left_out": occurrences.len().saturating_sub(extent.names),
        "owner": owner.map(|owner| own(&owner, NAME)),
        "note": note.map(|note| own(&note, extent.note)).filter(|note| !note.is_empty()),
        "remarks": remarks,
        "to_do": to_do,
    })
}

/// What else has to be known and to be done, in sentences.
fn words(item: &Item<'_>, context: &MessageContext<'_>) -> (Vec<String>, Vec<String>) {
    let formatter = &context.formatter;
    match item {
        Item::Due(row) => {
            let to_do = formatter.load_it(row).into_iter().chain(formatter.what_to_do(&row.occurrences));
            (formatter.remarks(row), to_do.collect())
        }
        Item::OccurrenceFacts(occurrence_row) => (Vec::new(), formatter.what_to_do(&occurrence_row.occurrences)),
    }
}

fn reminder(reminder: &Reminder, extent: Extent, context: &MessageContext<'_>) -> Value {
    let formatter = &context.formatter;
    let evidence = reminder.event.evidence_of(reminder.key.kind);
    let told_with: Vec<String> =
        reminder.told_with.iter().take(extent.names).map(|name| own(name.as_str(), NAME)).collect();
    let told_later = reminder.told_later.iter().take(extent.names);
    json!({
        "kind": reminder.key.kind,
        "class": class(evidence),
        "by": evidence.by().map(|by| peer(by, NAME)),
        "why": formatter.reason(reminder),
        "policy": own(reminder.terms.policy.as_str(), NAME),
        "nth": reminder.nth,
        "previous": reminder.previous.map(utc),
        "next": reminder.next.map(utc),
        "told_with": told_with,
        "told_later": told_later.map(|(name, from)| json!({ "contact": own(name.as_str(), NAME), "from": utc(*from) }))
            .collect::<Vec<_>>(),
    })
}

fn occurrences(occurrence: &Occurrence, extent: Extent, context: &MessageContext<'_>) -> Value {
    let formatter = &context.formatter;
    let text = if extent.has_words { formatter.describe(&[occurrence], extent.names) } else { Vec::new() };
    let successor = occurrence.detail.successor().map(|new| facts::certificate(new, extent, formatter.clock.now));
    let finding = match &occurrence.detail {
        Detail::FindingOpened { finding, .. }
        | Detail::FindingBurst { finding, .. }
        | Detail::Recovered { finding, .. } => Some(*finding),
        _ => None,
    };
    let (message, url) = match &occurrence.detail {
        Detail::Reported { message, url, .. } | Detail::RenewedAsReported { message, url, .. } => {
            (message.as_deref(), url.as_deref())
        }
        _ => (None, None),
    };
    let reported = |text: &str| own(text, MESSAGE.min(extent.note));
    json!({
        "kind": occurrence.kind,
        "class": class(&occurrence.evidence),
        "by": occurrence.evidence.by().map(|by| peer(by, NAME)),
        "at": utc(occurrence.at),
        "headline": formatter.headline(&[occurrence]),
        "text": (!text.is_empty()).then(|| text.join("\n")),
        "finding": finding,
        "message": message.map(reported),
        "url": url.map(reported),
        "successor": successor,
    })
}
