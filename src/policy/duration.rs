//! A length of time: a number and a unit.

use time::Duration;

/// `45d`, `12h`, `90m`, `30s`, or a bare number of days; up to 100 years.
pub(super) fn parse(text: &str) -> Option<Duration> {
    const LONGEST: i64 = 36_525 * 24 * 60 * 60;
    let text = text.trim();
    let (digits, unit) = text.split_at(text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len()));
    let seconds_per_unit = match unit {
        "d" | "" => 24 * 60 * 60,
        "h" => 60 * 60,
        "m" => 60,
        "s" => 1,
        _ => return None,
    };
    let seconds = digits.parse::<i64>().ok()?.checked_mul(seconds_per_unit)?;
    (seconds <= LONGEST).then(|| Duration::seconds(seconds))
}
