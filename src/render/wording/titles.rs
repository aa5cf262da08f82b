//! The titles and subjects of messages.

use super::Marks;
use crate::render::urgency::Totals;

/// What a title names of the first row: what it is called, and how it stands.
pub(in crate::render) struct Worst {
    pub(in crate::render) name: String,
    pub(in crate::render) state: String,
}

/// What stands above a message, and in a notification of it.
pub(in crate::render) trait Titles {
    fn subject_one(&self, name: &str, date: &str, is_expired: bool) -> String;
    fn subject_many(&self, totals: &Totals, date: &str) -> String;
    /// Of a certificate that should have renewed by itself.
    fn late_subject(&self, name: &str, date: &str) -> String;
    fn news_subject(&self, name: &str, headline: &str) -> String {
        format!("{name}：{headline}")
    }
    /// Of one row, else of several.
    fn news_title(&self, marks: &Marks, worst: Option<&Worst>) -> String;
    /// Of a message that is put right: so many of all that it reminds of are over.
    fn corrected_title(&self, over: usize, all: usize) -> String;
    fn chat_title(&self, totals: &Totals, worst: Option<&Worst>) -> String;
    /// A title, and what else is told.
    fn and_also(&self, title: &str, also: &str) -> String;
}
