//! Moments and lengths of time, as the clause of a finding says them.

use time::macros::format_description;
use time::{Duration, OffsetDateTime};

use crate::text::{Unit, amounts};

/// A time that is left or over, as a person says it: hours below 48, days from there on.
#[must_use]
pub fn span(length: Duration) -> String {
    let (days, hours, minutes) = (length.whole_days(), length.whole_hours(), length.whole_minutes());
    let (count, unit) = match (days, hours, minutes) {
        (2.., _, _) => (days, "day"),
        (_, 1.., _) => (hours, "hour"),
        (_, _, 1..) => (minutes, "minute"),
        _ => return "less than a minute".to_owned(),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A length of time that is no time left, which nothing is cut off from: `6 days 16 hours`.
#[must_use]
pub fn length(length: Duration) -> String {
    let parts = amounts(length).into_iter().map(|(count, unit)| {
        let unit = match unit {
            Unit::Day => "day",
            Unit::Hour => "hour",
            Unit::Minute => "minute",
        };
        format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// `2026-12-14 07:59`.
#[must_use]
pub fn minute(moment: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]");
    moment.format(&form).unwrap_or_else(|_| moment.to_string())
}
