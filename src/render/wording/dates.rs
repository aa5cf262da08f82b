//! What is said of a date without a certificate: of a key, a secret, a licence, a domain.

use super::{Clock, Description, End, Wording};
use crate::certificate::{Certificate, DateOf};
use time::OffsetDateTime;

/// That another date has taken the place of one.
pub(in crate::render) struct DateChange<'a> {
    pub(in crate::render) of: DateOf,
    pub(in crate::render) name: &'a str,
    pub(in crate::render) old: Option<OffsetDateTime>,
    pub(in crate::render) new: OffsetDateTime,
    pub(in crate::render) clock: Clock<'a>,
}

impl DateChange<'_> {
    pub(in crate::render) fn is_earlier(&self) -> bool {
        self.old.is_some_and(|old| self.new < old)
    }
}

/// The sentences of dates.
pub(in crate::render) trait Dates {
    fn date_subject(&self, of: DateOf, name: &str, date: &str, is_expired: bool) -> String;
    fn date_opening(&self, of: DateOf, end: &End<'_>) -> String;
    fn date_changed(&self, change: &DateChange<'_>) -> Description;
    /// A title or a total that speaks of certificates, where all of them are dates.
    fn for_dates(&self, text: &str) -> String;
}

impl dyn Wording {
    /// The subject of a message about the end of `certificate`.
    pub(in crate::render) fn subject_of_end(
        &self,
        certificate: &Certificate,
        name: &str,
        date: &str,
        is_expired: bool,
    ) -> String {
        match certificate.date() {
            Some(of) => self.date_subject(of, name, date, is_expired),
            None => self.subject_one(name, date, is_expired),
        }
    }

    pub(in crate::render) fn opening_of(&self, certificate: &Certificate, end: &End<'_>) -> String {
        match certificate.date() {
            Some(of) => self.date_opening(of, end),
            None => self.opening(end),
        }
    }
}
