//! One row as JSON: a certificate, where it stands, why a recipient is told of it, and what happened to it.

use serde_json::{Value, json};

use super::facts::{self, Extent, own, utc};
use crate::event::{Detail, Location, Occurrence};
use crate::render::formatter::Formatter;
use crate::render::occurrence_row::Item;
use crate::schedule::Reminder;
use crate::text::untrusted::{NAME, peer};

/// Longest text of a report.
const MESSAGE: usize = 2000;

pub(in crate::render) fn facts(item: &Item<'_>, extent: Extent, formatter: &Formatter<'_>) -> Value {
    let now = formatter.clock.now;
    let (locations, occurrences) = (item.locations(), item.occurrences());
    let (left, reminders): (_, &[&Reminder]) = match item {
        Item::Due(row) => (Some(formatter.left(item)), &row.reminders),
        Item::Occurrences(_) => (None, &[]),
    };
    let written = formatter.written(item);
    let owner = written.iter().find_map(|written| written.owner);
    let note = written.iter().find_map(|written| written.note);
    let (remarks, to_do) = match item {
        _ if !extent.has_words => (Vec::new(), Vec::new()),
        Item::Due(_) => (formatter.remarks(item), formatter.actions(item)),
        // Each occurrence has its own.
        Item::Occurrences(_) => (Vec::new(), formatter.actions(item)),
    };
    let shown: Vec<&Location> = locations.distinct().take(extent.places).collect();
    json!({
        "name": item.entry_name().map(|name| own(&name, extent.place)),
        "label": formatter.label(item),
        "urgency": item.tier(formatter.then()).as_str(),
        "left": left,
        "certificate": item.certificate().map(|certificate| facts::certificate(certificate, extent, now)),
        "places": shown.iter().map(|location| facts::place(location, extent)).collect::<Vec<_>>(),
        "places_left_out": locations.count() - shown.len(),
        "reminders": reminders.iter().map(|reminder| self::reminder(reminder, extent, formatter)).collect::<Vec<_>>(),
        "news": occurrences.iter().take(extent.names).map(|occurrence| self::occurrences(occurrence, extent, formatter)).collect::<Vec<_>>(),
        "news_left_out": occurrences.len().saturating_sub(extent.names),
        "owner": owner.map(|owner| own(owner, NAME)),
        "note": note.map(|note| own(note, extent.note)).filter(|note| !note.is_empty()),
        "remarks": remarks,
        "to_do": to_do,
    })
}

fn reminder(reminder: &Reminder, extent: Extent, formatter: &Formatter<'_>) -> Value {
    let evidence = reminder.event.evidence_of(reminder.key.kind);
    let told_with: Vec<String> = reminder.told_with().take(extent.names).map(|name| own(name.as_str(), NAME)).collect();
    let told_later = reminder.told_later().take(extent.names);
    json!({
        "kind": reminder.key.kind,
        "class": evidence.as_str(),
        "by": evidence.by().map(|by| peer(by, NAME)),
        "why": formatter.reason(reminder),
        "policy": own(reminder.terms.policy.as_str(), NAME),
        "nth": reminder.nth,
        "previous": reminder.previous.map(utc),
        "next": reminder.next.map(utc),
        "told_with": told_with,
        "told_later": told_later.map(|(name, from)| json!({ "contact": own(name.as_str(), NAME), "from": utc(from) }))
            .collect::<Vec<_>>(),
    })
}

fn occurrences(occurrence: &Occurrence, extent: Extent, formatter: &Formatter<'_>) -> Value {
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
        "class": occurrence.evidence.as_str(),
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
