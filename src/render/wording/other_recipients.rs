//! Who else is told, why the reader is, and how to hold it.

use time::Duration;

/// The sentences of company and of silence.
pub(in crate::render) trait OtherRecipients {
    fn told_with(&self, names: &[String]) -> String;
    fn told_later(&self, day: &str, names: &[String]) -> String;
    /// How many certificates of a message somebody else is told of.
    fn told_of(&self, name: &str, count: usize) -> String;
    /// Who else is told of what happened, of several rows.
    fn news_told(&self, names: &[String]) -> String;
    /// That the receiver is told only from `within` before the end on: of the only certificate, or of `count` of them.
    fn escalated(&self, within: Duration, count: Option<usize>) -> String;
    /// Until when the reminders of a certificate are held.
    fn snoozed(&self, until: &str) -> String;
    fn snooze_hint(&self, day: &str, machine: &str, many: bool) -> String;
    fn unused_hint(&self, file: &str) -> String;
}
