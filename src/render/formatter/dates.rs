//! What is told of a date, which has no issuer, no serial number and no place of its own.

use super::Formatter;
use crate::render::digest::Row;
use crate::render::occurrence_row::Item;
use crate::render::urgency::Tier;

impl Formatter<'_> {
    /// The subject of a mail about one end.
    pub(in crate::render) fn subject_of_end(&self, row: &Row<'_>, label: &str, date: &str) -> String {
        self.words.subject_of_end(row.certificate(), label, date, self.tier(row) == Tier::Expired)
    }

    /// What to do about the end: to renew it where it is, or to write a new date.
    pub(in crate::render) fn renew(&self, row: &Row<'_>, places: usize, is_automatic: bool) -> String {
        match row.certificate().date() {
            Some(of) => self.words.instruction(self.words.date_words(of).0),
            None if row.first.event.superseded_by.is_some() => self.words.superseded_to_do(&self.places(row, places)),
            None if row.first.event.is_renewed_on_disk => self.words.load_it(&self.places(row, places)),
            None => self.words.to_do(&self.places(row, places), is_automatic),
        }
    }

    /// A title or a total of `items`: it speaks of no certificates where all are dates.
    pub(in crate::render) fn of_items(&self, items: &[Item<'_>], text: String) -> String {
        if !items.is_empty() && items.iter().all(Item::is_date) { self.words.for_dates(&text) } else { text }
    }
}
