//! A length of time: a number and a unit.

use time::Duration;

/// `45d`, `12h`, `90m`, `30s`, or a bare number of days; up to 100 years.
pub(super) fn parse(text: &str) -> Option<Duration> {
    const LONGEST: i64 = 36_525 * 24 * 60 * 60;
    let text = text.trim();
    let (digits, seconds_per_unit) = match text.as_bytes().last()? {
        b'd' => (&text[..text.len() - 1], 24 * 60 * 60),
        b'h' => (&text[..text.len() - 1], 60 * 60),
        b'm' => (&text[..text.len() - 1], 60),
        b's' => (&text[..text.len() - 1], 1),
        _ => (text, 24 * 60 * 60),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<i64>().ok()?.checked_mul(seconds_per_unit)?;
    (seconds <= LONGEST).then(|| Duration::seconds(seconds))
}
