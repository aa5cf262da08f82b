//! What is told of what sets the end of a certificate.

use super::Formatter;
use crate::certificate::is_no_end;
use crate::render::digest::Row;

impl Formatter<'_> {
    /// The issuer or the metadata whose end is before the certificate's own.
    pub(super) fn limited(&self, row: &Row<'_>) -> Option<String> {
        let certificate = row.certificate();
        let limit = certificate.limited_by.as_ref()?;
        let own_end = (!is_no_end(certificate.not_after)).then(|| self.moment(certificate.not_after));
        let name = self.issuer_name(&limit.subject);
        Some(if limit.is_metadata {
            self.words.limited_by_metadata(&name, own_end.as_deref())
        } else {
            self.words.limited(&name, own_end.as_deref())
        })
    }

    /// Where a newer one lies that was not put here.
    pub(super) fn superseded(&self, row: &Row<'_>) -> Option<String> {
        let newer = row.first.event.superseded_by.as_ref()?;
        let end = self.clock.end_date(newer.end);
        Some(self.words.superseded(&self.own(&newer.place), end.as_deref()))
    }
}
