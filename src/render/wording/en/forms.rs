//! English numbers, plurals and lists, what a policy does, and why a reminder was due as the history and plans say it.

use time::{Duration, OffsetDateTime};

use crate::cause::length;
use crate::policy::{Frequency, Zone};
use crate::render::wording::{Clock, Pace, Rhythm, iso};
use crate::schedule::{EffectivePolicy, Reminder, ReminderReason};
use crate::text::whole_units;

/// Why a reminder was due, with each day as `date` writes it.
pub(super) fn why_in_words(
    why: &ReminderReason,
    terms: &EffectivePolicy,
    date: impl Fn(OffsetDateTime) -> String,
) -> String {
    match why {
        ReminderReason::Opened { lead } => format!("{} before its end", length(*lead)),
        ReminderReason::Escalated { within } => format!("within {} of its end", length(*within)),
        ReminderReason::RenewalLate { since } => {
            format!("automatic renewal is late since {}: due {}", date(*since), date(terms.opening.managed.due))
        }
        ReminderReason::NotDeployed { is_predecessor: true } => {
            "it is renewed, and the old one is still served".to_owned()
        }
        ReminderReason::NotDeployed { is_predecessor: false } => "another one is served in its place".to_owned(),
        ReminderReason::Milestone { left } => format!("{} before its end", length(*left)),
        ReminderReason::Repeat { every_days, previous } => {
            format!("{}, last on {}", every(*every_days), date(*previous))
        }
        ReminderReason::Expired => "it has expired".to_owned(),
        ReminderReason::ExpiredUntold => "it has expired, without a reminder before its end".to_owned(),
        ReminderReason::SnoozeEnded { at } => format!("its snooze ended on {}", date(*at)),
    }
}

/// The clause of a reminder, as the history and `plan` say it: why then, and how much is left where that is not what the
/// reason names. Dates are those of `zone`.
#[must_use]
pub fn reason_in_words(reminder: &Reminder, zone: &Zone) -> String {
    let why = why_in_words(&reminder.why, &reminder.terms, |at| iso(zone.local(at).date()));
    reminder.really_left().map_or_else(|| why.clone(), |left| really_left(&why, whole_units(left)))
}

pub(super) fn really_left(why: &str, left: Duration) -> String {
    format!("{why}, now with {} left", length(left))
}

/// What a policy does.
pub(super) fn reminds(pace: &Pace<'_>) -> String {
    let starts = pace.rhythms.iter().filter_map(|rhythm| match rhythm {
        Rhythm::BeforeTheEnd => Some(format!("from {} before the end", length(pace.lead))),
        Rhythm::WhenRenewalIsLate => Some("from when automatic renewal is late".to_owned()),
        Rhythm::WhileNotServed => Some("while it is not served".to_owned()),
        Rhythm::AfterTheEnd | Rhythm::OnceAfterTheEnd => None,
    });
    let mut clauses: Vec<String> = Vec::new();
    if pace.is_before() {
        let often = match pace.frequency {
            Frequency::Once => "once".to_owned(),
            Frequency::EveryDays(days) => every(days),
        };
        let milestones = match (pace.milestone_days(), pace.milestones) {
            (_, []) => String::new(),
            (Some(days), _) => format!(", and at {} day{}", joined(&days), if days == ["1"] { "" } else { "s" }),
            (None, spans) => {
                format!(", and at {}", joined(&spans.iter().map(|left| length(*left)).collect::<Vec<_>>()))
            }
        };
        clauses.push(format!("{}, {often}{milestones}", starts.collect::<Vec<_>>().join(", or ")));
    }
    if pace.rhythms.contains(&Rhythm::AfterTheEnd) {
        clauses.push(match pace.frequency {
            Frequency::Once => "once after the end, then every 30 days".to_owned(),
            Frequency::EveryDays(30) => "after the end every 30 days".to_owned(),
            Frequency::EveryDays(days) => {
                format!("after the end {} for 30 days, then every 30 days", every(days))
            }
        });
    }
    if pace.rhythms.contains(&Rhythm::OnceAfterTheEnd) {
        clauses.push("once after the end, where no reminder went before".to_owned());
    }
    // Whose it is, where another policy stands beside it.
    let rows = count(i64::try_from(pace.rows).unwrap_or(i64::MAX), if pace.are_dates { "date" } else { "certificate" });
    let of = if pace.is_alone { String::new() } else { format!(" of {rows}") };
    format!("Policy \"{}\" reminds{of} {}.", pace.policy, clauses.join("; "))
}

pub(super) fn count(number: impl Into<i64>, noun: &str) -> String {
    let number = number.into();
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
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

/// A mark as that of several: those that are no nouns stay as they are.
pub(super) fn plural(mark: &str, number: usize) -> String {
    match mark {
        _ if number == 1 => mark.to_owned(),
        "anomaly" => "anomalies".to_owned(),
        "CA change" | "notice" | "update" | "upgrade" | "announcement" => format!("{mark}s"),
        "key readable" => "keys readable".to_owned(),
        "chain ends" => "chains end".to_owned(),
        "channel fails" => "channels fail".to_owned(),
        "expires" => "expire".to_owned(),
        "new date" => "new dates".to_owned(),
        "renewal late" => "renewals late".to_owned(),
        other => other.to_owned(),
    }
}

/// `Monday, 14 December 2026, 00:59:59 CET (2026-12-13 23:59:59 UTC)`.
pub(super) fn whole_moment(clock: Clock<'_>, at: OffsetDateTime) -> String {
    let date = clock.date(at);
    let (weekday, day, month, year) = (date.weekday(), date.day(), date.month(), date.year());
    let hour = clock.stamp(at).split_off("2026-12-14 ".len());
    let utc = clock.other_in_utc(at).map(|utc| format!(" ({utc} UTC)")).unwrap_or_default();
    format!("{weekday}, {day} {month} {year}, {hour} {}{utc}", clock.zone.abbreviation(at))
}

/// `ends on 2027-03-01`, `has no end`.
pub(super) fn ends_on(end: Option<&str>) -> String {
    end.map_or_else(|| "has no end".to_owned(), |end| format!("ends on {end}"))
}
