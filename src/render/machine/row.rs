//! One row as JSON: a certificate, where it stands, why somebody is told of it, and what happened to it.

use serde_json::{Value, json};

use super::facts::{self, Extent, class, own, utc};
use crate::event::{Detail, Happening, Sighting};
use crate::render::sender::Sender;
use crate::render::tidings::{Item, Tidings};
use crate::render::untrusted::{NAME, peer};
use crate::schedule::Reminder;

/// Longest text that somebody reported.
const MESSAGE: usize = 2000;

pub(in crate::render) fn facts(item: &Item<'_>, extent: Extent, sender: &Sender<'_>) -> Value {
    let teller = &sender.teller;
    let now = teller.clock.now;
    let of_entries = |tidings: &Tidings<'_>| {
        let entries = sender.entries(tidings);
        let owner = entries.iter().find_map(|entry| entry.owner.clone());
        (owner, entries.iter().find_map(|entry| entry.note.clone()))
    };
    let (certificate, name, label, left, sightings, reminders, (owner, note)) = match item {
        Item::Due(row) => {
            let terms = || row.reminders.iter().map(|reminder| &reminder.terms);
            let owner = terms().find_map(|terms| terms.owner.clone());
            let note = terms().find_map(|terms| terms.note.clone());
            let reminders: Vec<Value> =
                row.reminders.iter().map(|reminder| self::reminder(reminder, extent, sender)).collect();
            let left = Some(teller.left(row));
            let label = teller.label(row);
            (Some(row.certificate()), Some(row.entry_name()), label, left, row.sightings(), reminders, (owner, note))
        }
        Item::News(tidings) => {
            let label = teller.news_label(tidings);
            let (name, sightings) = (tidings.entry_name(), tidings.sightings());
            (tidings.certificate(), name, label, None, sightings, Vec::new(), of_entries(tidings))
        }
    };
    let news = item.news();
    let (remarks, to_do) = if extent.has_words { words(item, sender) } else { (Vec::new(), Vec::new()) };
    let shown: Vec<&Sighting> = sightings.iter().take(extent.places).copied().collect();
    json!({
        "name": name.map(|name| own(&name, extent.place)),
        "label": label,
        "urgency": item.tier(now).as_str(),
        "left": left,
        "certificate": certificate.map(|certificate| facts::certificate(certificate, extent, now)),
        "places": shown.iter().map(|sighting| facts::place(sighting, extent)).collect::<Vec<_>>(),
        "places_left_out": sightings.len() - shown.len(),
        "reminders": reminders,
        "news": news.iter().take(extent.names).map(|happening| self::news(happening, extent, sender)).collect::<Vec<_>>(),
        "news_left_out": news.len().saturating_sub(extent.names),
        "owner": owner.map(|owner| own(&owner, NAME)),
        "note": note.map(|note| own(&note, extent.note)).filter(|note| !note.is_empty()),
        "remarks": remarks,
        "to_do": to_do,
    })
}

/// What else has to be known and to be done, in sentences.
fn words(item: &Item<'_>, sender: &Sender<'_>) -> (Vec<String>, Vec<String>) {
    let teller = &sender.teller;
    match item {
        Item::Due(row) => {
            let to_do = teller.load_it(row).into_iter().chain(teller.what_to_do(&row.news));
            (teller.remarks(row), to_do.collect())
        }
        Item::News(tidings) => (Vec::new(), teller.what_to_do(&tidings.news)),
    }
}

fn reminder(reminder: &Reminder, extent: Extent, sender: &Sender<'_>) -> Value {
    let teller = &sender.teller;
    let evidence = reminder.event.evidence_of(reminder.key.kind);
    let told_with: Vec<String> =
        reminder.told_with.iter().take(extent.names).map(|name| own(name.as_str(), NAME)).collect();
    let told_later = reminder.told_later.iter().take(extent.names);
    json!({
        "kind": reminder.key.kind,
        "class": class(evidence),
        "by": evidence.by().map(|by| peer(by, NAME)),
        "why": teller.words.why(&reminder.why, &reminder.terms, teller.clock),
        "policy": own(reminder.terms.policy.as_str(), NAME),
        "nth": reminder.nth,
        "previous": reminder.previous.map(utc),
        "next": reminder.next.map(utc),
        "told_with": told_with,
        "told_later": told_later.map(|(name, from)| json!({ "contact": own(name.as_str(), NAME), "from": utc(*from) }))
            .collect::<Vec<_>>(),
    })
}

fn news(happening: &Happening, extent: Extent, sender: &Sender<'_>) -> Value {
    let teller = &sender.teller;
    let text = if extent.has_words { teller.tells(&[happening], extent.names) } else { Vec::new() };
    let successor = match &happening.detail {
        Detail::Renewed { new } | Detail::Replaced { by: new, .. } | Detail::AuthorityChanged { new, .. } => {
            Some(facts::certificate(new, extent, teller.clock.now))
        }
        _ => None,
    };
    let finding = match &happening.detail {
        Detail::Wrong { finding, .. } | Detail::Storm { finding, .. } | Detail::Recovered { finding, .. } => {
            Some(*finding)
        }
        _ => None,
    };
    let (message, url) = match &happening.detail {
        Detail::Reported { message, url, .. } => (message.as_deref(), url.as_deref()),
        _ => (None, None),
    };
    let reported = |text: &str| own(text, MESSAGE.min(extent.note));
    json!({
        "kind": happening.kind,
        "class": class(&happening.evidence),
        "by": happening.evidence.by().map(|by| peer(by, NAME)),
        "at": utc(happening.at),
        "headline": teller.headline(&[happening]),
        "text": text.first(),
        "finding": finding,
        "message": message.map(reported),
        "url": url.map(reported),
        "successor": successor,
    })
}
