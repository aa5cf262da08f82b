//! The rows of a digest as a table for spreadsheets (RFC 4180).

use crate::certificate::Certificate;
use crate::policy::Zone;
use crate::render::message_context::MessageContext;
use crate::render::occurrence_row::{Item, OccurrenceRow};
use crate::render::wording::Label;
use crate::render::{Attachment, AttachmentKind, spreadsheet};
use crate::text::untrusted::{NAME, peer};

/// A digest with more rows than this has them attached, and only there what identifies each certificate.
const MANY: usize = 9;
pub(super) const FILE: &str = "certificates.csv";

pub(super) fn is_due(items: &[Item<'_>]) -> bool {
    items.len() > MANY
}

pub(super) fn attachment(items: &[Item<'_>], context: &MessageContext<'_>) -> Attachment {
    const COLUMNS: [Label; 11] = [
        Label::Certificate,
        Label::Left,
        Label::Expires,
        Label::ReminderReason,
        Label::Names,
        Label::Seen,
        Label::Issuer,
        Label::Serial,
        Label::Fingerprint,
        Label::Owner,
        Label::Note,
    ];
    let words = context.formatter.words;
    let mut head: Vec<String> = COLUMNS.iter().map(|label| words.capital(words.label(*label))).collect();
    // Local times change their zone twice a year.
    head.insert(3, "UTC".to_owned());
    // Without the mark, spreadsheets take UTF-8 for something else.
    let mut text = String::from("\u{FEFF}");
    text.push_str(&spreadsheet::record(&head));
    for item in items {
        text.push_str(&spreadsheet::record(&cells(item, context)));
    }
    Attachment { name: FILE, kind: AttachmentKind::Table, text }
}

fn cells(item: &Item<'_>, context: &MessageContext<'_>) -> Vec<String> {
    let formatter = &context.formatter;
    let (label, left, why, seen, owner, notes): (_, _, _, _, _, Vec<&str>) = match item {
        Item::Due(row) => (
            row.entry_name(),
            formatter.words.left_short(row.left(formatter.clock.now)),
            formatter.why(row),
            formatter.seen(row, usize::MAX),
            formatter.owner(row),
            row.reminders.iter().filter_map(|reminder| reminder.terms.note.as_deref()).collect(),
        ),
        Item::OccurrenceFacts(occurrence_row) => (
            occurrence_row.entry_name().unwrap_or_else(|| formatter.news_label(occurrence_row)),
            String::new(),
            formatter.headline(&occurrence_row.occurrences),
            formatter.seen_at(&occurrence_row.locations(), usize::MAX),
            super::occurrences::owner(occurrence_row, context),
            context.entries(occurrence_row).iter().filter_map(|entry| entry.note.as_deref()).collect(),
        ),
    };
    let certificate = match item {
        Item::Due(row) => Some(row.certificate()),
        Item::OccurrenceFacts(occurrence_row) => OccurrenceRow::certificate(occurrence_row),
    };
    let of = |tell: &dyn Fn(&Certificate) -> String| certificate.map(tell).unwrap_or_default();
    let mut notes: Vec<String> = notes.into_iter().map(str::to_owned).collect();
    notes.dedup();
    vec![
        label,
        left,
        of(&|certificate| formatter.clock.stamp(certificate.effective_end())),
        of(&|certificate| in_utc(certificate)),
        why,
        of(&|certificate| formatter.names_of(certificate, peer(&certificate.display_name(), NAME), usize::MAX)),
        seen.join("; "),
        of(&|certificate| formatter.whole_issuer(certificate)),
        of(&|certificate| formatter.serial(certificate, usize::MAX)),
        of(&|certificate| certificate.fingerprint.to_string()),
        owner.unwrap_or_default(),
        formatter.own(&notes.join(" / ")),
    ]
}

fn in_utc(certificate: &Certificate) -> String {
    let at = Zone::UTC.local(certificate.effective_end());
    format!("{} {:02}:{:02}:{:02}", at.date(), at.hour(), at.minute(), at.second())
}
