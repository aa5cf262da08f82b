//! Lengths of time, as they are told.

use time::Duration;

/// A unit of time that people count in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Of 24 hours.
    Day,
    /// Of 60 minutes.
    Hour,
    /// Of 60 seconds.
    Minute,
}

/// Days and the hours over them, rounded to the hour; below two days hours and the minutes over them, rounded to the minute, but
/// 24 hours are a day. A half second that a share of a lifetime comes to makes no difference.
#[must_use]
pub fn amounts(length: Duration) -> Vec<(i64, Unit)> {
    let hours = length.saturating_add(Duration::minutes(30)).whole_hours();
    let minutes = length.saturating_add(Duration::seconds(30)).whole_minutes();
    let parts = match (hours, minutes) {
        (48.., _) => [(hours / 24, Unit::Day), (hours % 24, Unit::Hour)],
        (_, 1440) => [(1, Unit::Day), (0, Unit::Hour)],
        _ => [(minutes / 60, Unit::Hour), (minutes % 60, Unit::Minute)],
    };
    let some: Vec<_> = parts.into_iter().filter(|(number, _)| *number != 0).collect();
    if some.is_empty() { vec![(0, Unit::Hour)] } else { some }
}

/// Of what is left, the days that are whole; below two days the hours, and in the last hour the minutes.
pub(crate) fn whole_units(left: Duration) -> Duration {
    match (left.whole_days(), left.whole_hours()) {
        (days @ 2.., _) => Duration::days(days),
        (_, hours @ 1..) => Duration::hours(hours),
        _ => Duration::minutes(left.whole_minutes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_as_exactly_as_people_count_them() {
        let told = |length: Duration| amounts(length);
        assert_eq!(told(Duration::days(30)), [(30, Unit::Day)]);
        assert_eq!(told(Duration::days(90) - Duration::SECOND), [(90, Unit::Day)]);
        assert_eq!(told((Duration::days(45) - Duration::SECOND) / 2), [(22, Unit::Day), (12, Unit::Hour)]);
        assert_eq!(told(Duration::hours(160) - Duration::SECOND), [(6, Unit::Day), (16, Unit::Hour)]);
        assert_eq!(told(Duration::hours(48)), [(2, Unit::Day)]);
        assert_eq!(told(Duration::hours(47)), [(47, Unit::Hour)]);
        assert_eq!(told(Duration::hours(24)), [(1, Unit::Day)]);
        assert_eq!(told(Duration::minutes(90)), [(1, Unit::Hour), (30, Unit::Minute)]);
        assert_eq!(told(Duration::minutes(20)), [(20, Unit::Minute)]);
        assert_eq!(told(Duration::seconds(10)), [(0, Unit::Hour)]);
    }
}
