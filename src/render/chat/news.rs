//! The row of a chat for what happened.

use super::{ChatRow, Layout, NAMES, PLACES, SERIAL};
use crate::render::sender::Sender;
use crate::render::tidings::Tidings;
use crate::render::untrusted::{NAME, peer};
use crate::render::wording::Label;

pub(super) fn row(tidings: &Tidings<'_>, number: usize, layout: Layout, sender: &Sender<'_>) -> ChatRow {
    let teller = &sender.teller;
    let is_dense = layout == Layout::Dense;
    let first = tidings.news[0];
    let issuer = tidings.certificate().map(|certificate| teller.issuer_name(&certificate.issuer));
    let place = tidings.sightings().first().map(|sighting| teller.own(&sighting.place));
    ChatRow {
        number,
        label: teller.news_label(tidings),
        left: teller.headline(&tidings.news),
        badge: teller.words.mark(first.kind, &first.detail).to_owned(),
        left_short: teller.words.mark(first.kind, &first.detail).to_owned(),
        tier: tidings.tier(),
        date: if is_dense { teller.clock.iso_date(first.at) } else { teller.clock.stamp(first.at) },
        issuer: issuer.filter(|_| !is_dense).unwrap_or_default(),
        place: place.filter(|_| !is_dense).unwrap_or_default(),
        lines: if layout == Layout::Rich { rich(tidings, sender) } else { Vec::new() },
    }
}

fn rich(tidings: &Tidings<'_>, sender: &Sender<'_>) -> Vec<String> {
    let teller = &sender.teller;
    let words = teller.words;
    let mut lines = teller.tells(&tidings.news, NAMES);
    lines.extend(sender.snoozed(tidings));
    lines.extend(teller.what_to_do(&tidings.news));
    if let Some(certificate) = tidings.certificate() {
        if certificate.dns_names.len() + certificate.ip_addresses.len() > 1 {
            let host = peer(&certificate.display_name(), NAME);
            lines.push(teller.field(Label::Names, &teller.names_of(certificate, host, NAMES)));
        }
        let marked = |label: Label, text: &str| format!("{} {text}", words.label(label));
        lines.push(words.clauses(&[
            teller.field(Label::Issuer, &teller.issuer_name(&certificate.issuer)),
            marked(Label::Serial, &teller.serial(certificate, SERIAL)),
            marked(Label::Fingerprint, &certificate.fingerprint.short()),
        ]));
    }
    let seen = teller.seen_at(&tidings.sightings(), PLACES);
    if !seen.is_empty() {
        lines.push(teller.field(Label::Seen, &words.list(&seen, 0)));
    }
    let entries = sender.entries(tidings);
    let owner = entries.iter().find_map(|entry| entry.owner.as_deref());
    lines.extend(owner.map(|owner| teller.field(Label::Owner, &teller.own(owner))));
    let written = entries.iter().find_map(|entry| entry.note.as_deref());
    let written = written.map(|text| teller.written(text));
    lines.extend(written.filter(|text| !text.is_empty()).map(|text| teller.field(Label::Note, &text)));
    lines.push(teller.field(Label::Why, &teller.known(&tidings.news)));
    lines
}
