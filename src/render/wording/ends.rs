//! What sets the end of a certificate, and where a newer one lies.

/// The sentences of the end.
pub(in crate::render) trait Ends {
    /// It ends with an issuer whose end is before its own.
    fn limited(&self, issuer: &str, own_end: &str) -> String;
    /// A file elsewhere has a newer one with all its names, which ends at `end`.
    fn superseded(&self, place: &str, end: &str) -> String;
}
