//! What is told of a date, which has no issuer, no serial number and no place of its own.

use super::Formatter;
use crate::certificate::Certificate;
use crate::render::digest::Row;
use crate::render::occurrence_row::Item;
use crate::render::urgency::Tier;
use crate::render::wording::{DateOf, End};

impl Formatter<'_> {
    /// The subject of a mail about one end.
    pub(in crate::render) fn subject_of_end(&self, row: &Row<'_>, label: &str, date: &str) -> String {
        let is_expired = self.tier(row) == Tier::Expired;
        if row.certificate().is_date {
            self.words.date_subject(DateOf::new(row.certificate()), label, date, is_expired)
        } else {
            self.words.subject_one(label, date, is_expired)
        }
    }

    pub(in crate::render) fn opening_of(&self, certificate: &Certificate, end: &End<'_>) -> String {
        if certificate.is_date {
            self.words.date_opening(DateOf::new(certificate), end)
        } else {
            self.words.opening(end)
        }
    }

    /// What to do about the end: to renew it where it is, or to write a new date.
    pub(in crate::render) fn renew(&self, row: &Row<'_>, places: usize, is_automatic: bool) -> String {
        if row.certificate().is_date {
            self.words.date_to_do(DateOf::new(row.certificate())).to_owned()
        } else {
            self.words.to_do(&self.places(row, places), is_automatic)
        }
    }

    /// A title or a total of `items`: it speaks of no certificates where all are dates.
    pub(in crate::render) fn of_items(&self, items: &[Item<'_>], text: String) -> String {
        if !items.is_empty() && items.iter().all(Item::is_date) { self.words.for_dates(&text) } else { text }
    }
}
