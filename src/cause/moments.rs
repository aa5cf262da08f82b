//! Moments and lengths of time, as the clause of a finding says them.

use time::macros::format_description;
use time::{Duration, OffsetDateTime};

/// A length of time as a person says it: hours below 48, days from there on.
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

/// `2026-12-14 07:59`.
#[must_use]
pub fn minute(moment: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]");
    moment.format(&form).unwrap_or_else(|_| moment.to_string())
}
