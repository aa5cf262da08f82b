//! What sets the end of a certificate, where a newer one lies, and what became of it.

/// The sentences of the end.
pub(in crate::render) trait Ends {
    /// The dates of one that begins at `from` and has no end.
    fn valid_without_end(&self, from: &str) -> String;
    /// It ends with an issuer whose end is before its own, or with the metadata that it stands in: these may not be used
    /// longer.
    fn limited(&self, by: &str, is_metadata: bool, own_end: Option<&str>) -> String;
    /// A file elsewhere has a newer one with all its names, which ends at `end`, or not at all.
    fn superseded(&self, place: &str, end: Option<&str>) -> String;
    /// What to do then, where the old one stands.
    fn superseded_to_do(&self, places: &str) -> String;
    /// In a message that is put right, after the certificate: it is renewed, or watched no more.
    fn became(&self, date: &str, is_renewed: bool) -> String;
}
