//! Lengths of time as people write them: deadlines, frequencies, thresholds.

use time::{Duration, OffsetDateTime};

use super::{corrections, duration};

/// From how long before the end reminders begin, or a threshold of `check` is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    Before(Duration),
    /// Of the lifetime; of a policy 1 to 50, of a threshold 0 to 100.
    Percent(u8),
}

impl Deadline {
    /// The time before the end, without the cap of a policy.
    #[must_use]
    pub fn asked(self, lifetime: Duration) -> Duration {
        match self {
            Self::Before(lead) => lead,
            Self::Percent(percent) => lifetime * i32::from(percent) / 100,
        }
    }
}

/// How much of the lifetime the time before the end may take, whatever the deadline asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineCap {
    /// Of the lifetime; 1 to 100.
    Percent(u8),
    /// The deadline holds as it is written.
    None,
}

impl Default for DeadlineCap {
    fn default() -> Self {
        Self::Percent(50)
    }
}

impl DeadlineCap {
    /// The lead: `asked`, but no more than the share of `lifetime`.
    #[must_use]
    pub fn lead(self, asked: Duration, lifetime: Duration) -> Duration {
        match self {
            Self::Percent(percent) => asked.min(lifetime * i32::from(percent) / 100),
            Self::None => asked,
        }
    }
}

/// How often a reminder is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    Once,
    /// At least 1.
    EveryDays(u16),
}

/// The moment `wait` after `at`, at most the last one that can be written.
#[must_use]
pub fn later(at: OffsetDateTime, wait: std::time::Duration) -> OffsetDateTime {
    at.saturating_add(Duration::try_from(wait).unwrap_or(Duration::MAX))
}

/// Text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no duration: write {advice}", advice = advice(.0))]
pub struct NotADuration(pub String);

fn advice(written: &str) -> String {
    match corrections::duration(written) {
        Some(right) => format!("`{right}`"),
        None => "`30d`, `12h` or a number of days".to_owned(),
    }
}

/// `45d`, `12h`, `90m`, `30s`, or a bare number of days; up to 100 years.
///
/// # Errors
/// Any other text.
pub fn parse_duration(text: &str) -> Result<Duration, NotADuration> {
    duration::parse(text).ok_or_else(|| NotADuration(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wait_leads_past_the_last_moment() {
        let now = time::macros::datetime!(2026-11-22 0:00 UTC);
        assert_eq!(later(now, std::time::Duration::from_secs(60)), now + Duration::MINUTE);
        assert_eq!(later(now, std::time::Duration::MAX).year(), 9999);
    }

    #[test]
    fn durations_are_read_in_days_hours_minutes_seconds_and_bare_days() {
        assert_eq!(parse_duration("45d"), Ok(Duration::days(45)));
        assert_eq!(parse_duration("12h"), Ok(Duration::hours(12)));
        assert_eq!(parse_duration("90m"), Ok(Duration::minutes(90)));
        assert_eq!(parse_duration("30s"), Ok(Duration::seconds(30)));
        assert_eq!(parse_duration("7"), Ok(Duration::days(7)));
        for wrong in ["", "d", "-1d", "+1d", "1.5d", "1 d", "1w", "٣d", "99999999999999999999d", "36526d"] {
            assert_eq!(parse_duration(wrong), Err(NotADuration(wrong.to_owned())), "{wrong}");
        }
    }
}
