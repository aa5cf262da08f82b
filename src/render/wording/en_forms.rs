//! English numbers, plurals and lists, and why a reminder was due as the history and plans say it.

use time::{Duration, OffsetDateTime};

use super::iso;
use crate::schedule::{Terms, Why};

/// Why a reminder was due, as the history and `plan` say it; dates are those of UTC.
#[must_use]
pub fn why_in_words(why: &Why, terms: &Terms) -> String {
    let date = |at: OffsetDateTime| iso(at.to_offset(time::UtcOffset::UTC).date());
    match why {
        Why::Opened { lead } => format!("{} before its end", span(*lead)),
        Why::Escalated { within } => format!("within {} of its end", span(*within)),
        Why::RenewalLate { since } => {
            format!("automatic renewal is late since {}: due {}", date(*since), date(terms.opening.managed.due))
        }
        Why::Milestone { left } => format!("{} before its end", span(*left)),
        Why::Repeat { every_days, previous } => format!("{}, last on {}", every(*every_days), date(*previous)),
        Why::Expired => "it has expired".to_owned(),
        Why::ExpiredUntold => "it has expired, and no reminder before the end got through".to_owned(),
        Why::SnoozeEnded { at } => format!("its snooze ended on {}", date(*at)),
    }
}

pub(super) fn count(number: impl Into<i64>, noun: &str) -> String {
    let number = number.into();
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

pub(super) fn span(span: Duration) -> String {
    if span < Duration::days(2) && span != Duration::days(1) {
        count(span.whole_hours(), "hour")
    } else {
        count(span.whole_days(), "day")
    }
}

pub(super) fn every(days: u16) -> String {
    if days == 1 { "every day".to_owned() } else { format!("every {days} days") }
}

pub(super) fn ordinal(nth: usize) -> String {
    let ending = match (nth % 10, nth % 100) {
        (1, hundred) if hundred != 11 => "st",
        (2, hundred) if hundred != 12 => "nd",
        (3, hundred) if hundred != 13 => "rd",
        _ => "th",
    };
    format!("{nth}{ending}")
}

pub(super) fn joined(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}
