//! What is said of a message that is put right.

pub(in crate::render) trait Corrections {
    /// Above it: so many of all that it reminds of are over.
    fn corrected_title(&self, over: usize, all: usize) -> String;
    fn renewed_on(&self, date: &str) -> String;
    fn watched_until(&self, date: &str) -> String;
}
