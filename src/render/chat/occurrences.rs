//! The row of a chat for what happened.

use super::{NAMES, PLACES, SERIAL};
use crate::channels::{ChatRow, Layout};
use crate::render::message_context::MessageContext;
use crate::render::occurrence_row::OccurrenceRow;
use crate::render::wording::Label;
use crate::text::untrusted::{NAME, peer};

pub(super) fn row(
    occurrence_row: &OccurrenceRow<'_>,
    (number, is_phone): (usize, bool),
    layout: Layout,
    context: &MessageContext<'_>,
) -> ChatRow {
    let formatter = &context.formatter;
    let is_dense = layout == Layout::Dense;
    let first = occurrence_row.occurrences[0];
    let issuer = occurrence_row.shown().map(|certificate| formatter.issuer_name(&certificate.issuer));
    let locations = occurrence_row.locations();
    let place = locations.first().filter(|location| !location.is_date());
    let place = place.map(|location| formatter.own(&location.place));
    ChatRow {
        number,
        label: formatter.news_label(occurrence_row),
        left: formatter.headline(&occurrence_row.occurrences),
        status_label: formatter.words.mark(first.kind, &first.detail).to_owned(),
        left_short: formatter.words.mark(first.kind, &first.detail).to_owned(),
        tier: occurrence_row.tier(),
        date: if is_dense { formatter.clock.iso_date(first.at) } else { formatter.clock.stamp(first.at) },
        issuer: issuer.filter(|_| !is_dense).unwrap_or_default(),
        place: place.filter(|_| !is_dense).unwrap_or_default(),
        lines: match layout {
            Layout::Rich if is_phone => brief(occurrence_row, context),
            Layout::Rich => rich(occurrence_row, context),
            Layout::Medium | Layout::Dense => Vec::new(),
        },
    }
}

/// What a phone shows: what happened and what to do.
fn brief(occurrence_row: &OccurrenceRow<'_>, context: &MessageContext<'_>) -> Vec<String> {
    let formatter = &context.formatter;
    let mut lines = formatter.describe(&occurrence_row.occurrences, NAMES);
    lines.extend(context.snoozed(occurrence_row));
    lines.extend(formatter.what_to_do(&occurrence_row.occurrences));
    let seen = formatter.seen_at(&occurrence_row.locations(), PLACES);
    if !seen.is_empty() {
        lines.push(formatter.field(Label::Seen, &formatter.words.list(&seen, 0)));
    }
    lines.extend(written(occurrence_row, context));
    lines
}

/// The owner and the note.
fn written(occurrence_row: &OccurrenceRow<'_>, context: &MessageContext<'_>) -> Vec<String> {
    let (formatter, entries) = (&context.formatter, context.entries(occurrence_row));
    let owner = entries.iter().find_map(|entry| entry.owner.as_deref());
    let owner = owner.map(|owner| formatter.field(Label::Owner, &formatter.own(owner)));
    let note = entries.iter().find_map(|entry| entry.note.as_deref()).map(|text| formatter.written(text));
    let note = note.filter(|text| !text.is_empty()).map(|text| formatter.field(Label::Note, &text));
    owner.into_iter().chain(note).collect()
}

fn rich(occurrence_row: &OccurrenceRow<'_>, context: &MessageContext<'_>) -> Vec<String> {
    let formatter = &context.formatter;
    let words = formatter.words;
    let mut lines = formatter.describe(&occurrence_row.occurrences, NAMES);
    lines.extend(context.snoozed(occurrence_row));
    lines.extend(formatter.what_to_do(&occurrence_row.occurrences));
    if let Some(certificate) = occurrence_row.shown().filter(|shown| !shown.is_date) {
        if certificate.dns_names.len() + certificate.ip_addresses.len() > 1 {
            let host = peer(&certificate.display_name(), NAME);
            lines.push(formatter.field(Label::Names, &formatter.names_of(certificate, host, NAMES)));
        }
        let marked = |label: Label, text: &str| format!("{} {text}", words.label(label));
        lines.push(words.clauses(&[
            formatter.field(Label::Issuer, &formatter.issuer_name(&certificate.issuer)),
            marked(Label::Serial, &formatter.serial(certificate, SERIAL)),
            marked(Label::Fingerprint, &certificate.fingerprint.short()),
        ]));
    }
    let seen = formatter.seen_at(&occurrence_row.locations(), PLACES);
    if !seen.is_empty() {
        lines.push(formatter.field(Label::Seen, &words.list(&seen, 0)));
    }
    lines.extend(written(occurrence_row, context));
    lines.push(formatter.field(Label::ReminderReason, &formatter.known(&occurrence_row.occurrences)));
    lines
}
