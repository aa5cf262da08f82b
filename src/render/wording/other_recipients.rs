//! Who else is told, why the reader is, and how to hold it.

use time::Duration;

/// A day, and who is told from then on.
pub(in crate::render) type ToldLater = (String, Vec<String>);

/// The sentences of company and of silence.
pub(in crate::render) trait OtherRecipients {
    /// Who else is told now, and from which days on who else will be.
    fn told_with(&self, names: &[String], later: &[ToldLater]) -> String;
    /// The same where only some are told now.
    fn told_later(&self, later: &[ToldLater]) -> String;
    /// How many certificates of a message another contact is told of.
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
