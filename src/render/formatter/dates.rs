//! What is told of a date, which has no issuer, no serial number and no place of its own.

use super::Formatter;
use crate::render::digest::Row;
use crate::render::occurrence_row::Item;
use crate::render::urgency::Tier;

/// A message of these is about dates alone.
pub(in crate::render) fn are_dates(items: &[Item<'_>]) -> bool {
    !items.is_empty() && items.iter().all(Item::is_date)
}

impl Formatter<'_> {
    /// The subject of a mail about one end.
    pub(in crate::render) fn subject_of_end(&self, row: &Row<'_>, label: &str, date: &str) -> String {
        self.words.subject_of_end(row.certificate(), label, date, self.tier(row) == Tier::Expired)
    }

    /// A title or a total of `items`: it speaks of no certificates where all are dates.
    pub(in crate::render) fn of_items(&self, items: &[Item<'_>], text: String) -> String {
        if are_dates(items) { self.words.for_dates(&text) } else { text }
    }
}
