//! How often: slots of whole days of wall-clock time, counted from the first reminder.

use time::{Duration, OffsetDateTime};

use crate::history::DeliveryLog;
use crate::policy::Zone;

/// When a recipient was told, as far as the next turn depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SendHistory {
    pub first: OffsetDateTime,
    pub last: OffsetDateTime,
    pub count: usize,
}

impl SendHistory {
    /// What `address` was told at `from` or later; `None` stands for a channel without addresses.
    pub(super) fn new(told: &DeliveryLog, address: Option<&str>, from: Option<OffsetDateTime>) -> Option<Self> {
        let moments = told.to(address).map(|delivery| delivery.at);
        let mut later = moments.filter(|at| from.is_none_or(|from| *at >= from));
        let first = later.next()?;
        // Not in their order where the clock jumped between them.
        Some(later.fold(Self { first, last: first, count: 1 }, |turns, at| Self {
            first: turns.first.min(at),
            last: turns.last.max(at),
            count: turns.count + 1,
        }))
    }

    pub(super) fn and(turns: Option<Self>, at: OffsetDateTime) -> Self {
        match turns {
            Some(Self { first, count, .. }) => Self { first, last: at, count: count + 1 },
            None => Self { first: at, last: at, count: 1 },
        }
    }
}

/// The start of the first slot without a reminder: wall-clock time is cut into slots of `days` from
/// one hour before the first reminder, one is owed in each, never within half of `days` of the last.
/// So jitter, midnight and daylight saving time neither drift, double nor skip.
pub(super) fn next_slot(turns: SendHistory, days: u16, zone: &Zone) -> OffsetDateTime {
    let slot = Duration::days(i64::from(days));
    let origin = zone.wall(turns.first).saturating_sub(Duration::hours(1));
    let passed =
        (zone.wall(turns.last).assume_utc() - origin.assume_utc()).whole_seconds().div_euclid(slot.whole_seconds());
    let start = i32::try_from(passed + 1).ok().and_then(|number| origin.checked_add(slot.saturating_mul(number)));
    let half = half_after(turns, days);
    start.map_or(half, |start| zone.instant(start).max(half))
}

/// Half an interval after the last reminder: no slot is owed before.
pub(super) fn half_after(turns: SendHistory, days: u16) -> OffsetDateTime {
    turns.last.saturating_add(Duration::hours(i64::from(days) * 12))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn berlin() -> Zone {
        Zone::named("Europe/Berlin").unwrap()
    }

    #[test]
    fn the_next_slot_starts_an_hour_before_the_time_of_day_of_the_first_reminder() {
        let first = datetime!(2026-03-27 08:17 UTC);
        let turns = SendHistory { first, last: first, count: 1 };
        assert_eq!(next_slot(turns, 1, &berlin()), datetime!(2026-03-28 07:17 UTC));
        assert_eq!(next_slot(turns, 3, &berlin()), datetime!(2026-03-30 06:17 UTC), "summer time has begun");
    }

    #[test]
    fn a_reminder_between_two_slots_keeps_the_next_one_half_an_interval_away() {
        let first = datetime!(2026-01-01 09:00 UTC);
        let milestone = datetime!(2026-01-07 20:00 UTC);
        let turns = SendHistory { first, last: milestone, count: 2 };
        assert_eq!(next_slot(turns, 7, &Zone::UTC), milestone + Duration::hours(84));
    }
}
