//! The rows of a digest as a table for spreadsheets (RFC 4180).

use crate::certificate::Certificate;
use crate::policy::Zone;
use crate::render::formatter::Formatter;
use crate::render::occurrence_row::Item;
use crate::render::wording::{Clock, Label};
use crate::render::{Attachment, AttachmentKind, spreadsheet};

/// A digest with more rows than this has them attached, and only there what identifies each certificate.
const MANY: usize = 9;
pub(super) const FILE: &str = "certificates.csv";

pub(super) fn is_due(items: &[Item<'_>]) -> bool {
    items.len() > MANY
}

pub(super) fn attachment(items: &[Item<'_>], formatter: &Formatter<'_>) -> Attachment {
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
    let words = formatter.words;
    let mut head: Vec<String> = COLUMNS.iter().map(|label| words.capital(words.label(*label))).collect();
    // Local times change their zone twice a year.
    head.insert(3, "UTC".to_owned());
    // Without the mark, spreadsheets take UTF-8 for something else.
    let mut text = String::from("\u{FEFF}");
    text.push_str(&spreadsheet::record(&head));
    for item in items {
        text.push_str(&spreadsheet::record(&cells(item, formatter)));
    }
    Attachment { name: FILE, kind: AttachmentKind::Table, text }
}

fn cells(item: &Item<'_>, formatter: &Formatter<'_>) -> Vec<String> {
    let (left, why) = match item {
        Item::Due(_) => (formatter.left_short(item), formatter.why(item)),
        Item::Occurrences(_) => (String::new(), formatter.left(item)),
    };
    let of = |tell: &dyn Fn(&Certificate) -> String| item.certificate().map(tell).unwrap_or_default();
    let mut notes: Vec<&str> = formatter.written(item).iter().filter_map(|written| written.note).collect();
    notes.dedup();
    vec![
        item.entry_name().unwrap_or_else(|| formatter.label(item)),
        left,
        of(&|certificate| formatter.clock.stamp(certificate.effective_end())),
        of(&|certificate| Clock { zone: &Zone::UTC, ..formatter.clock }.stamp(certificate.effective_end())),
        why,
        of(&|certificate| formatter.names(item, certificate, usize::MAX)),
        formatter.seen(item, usize::MAX).join("; "),
        of(&|certificate| formatter.whole_issuer(certificate)),
        of(&|certificate| formatter.serial(certificate, usize::MAX)),
        of(&|certificate| certificate.fingerprint.to_string()),
        formatter.owner(item).unwrap_or_default(),
        formatter.own(&notes.join(" / ")),
    ]
}
