//! What sets the end of a certificate, where a newer one lies, and what became of it.

/// The sentences of the end.
pub(in crate::render) trait Ends {
    /// The dates of one that begins at `from` and has no end.
    fn valid_without_end(&self, from: &str) -> String;
    /// It ends with an issuer whose end is before its own.
    fn limited(&self, issuer: &str, own_end: Option<&str>) -> String;
    /// The metadata of `entity` that it stands in may not be used longer.
    fn limited_by_metadata(&self, entity: &str, own_end: Option<&str>) -> String;
    /// A file elsewhere has a newer one with all its names, which ends at `end`, or not at all.
    fn superseded(&self, place: &str, end: Option<&str>) -> String;
    /// What to do then, where the old one stands.
    fn superseded_to_do(&self, places: &str) -> String;
    /// In a message that is put right, after the certificate.
    fn renewed_on(&self, date: &str) -> String;
    fn watched_until(&self, date: &str) -> String;
}
