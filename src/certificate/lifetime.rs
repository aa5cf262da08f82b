//! How long public authorities may let a certificate live.

use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::Certificate;

/// From when on, and how many days: CA/Browser Forum Baseline Requirements §6.3.2 with ballots 193, SC31 and SC081.
const RULES: [(OffsetDateTime, i64); 5] = [
    (datetime!(2029-03-15 0:00 UTC), 47),
    (datetime!(2027-03-15 0:00 UTC), 100),
    (datetime!(2026-03-15 0:00 UTC), 200),
    (datetime!(2020-09-01 0:00 UTC), 398),
    (datetime!(2018-03-01 0:00 UTC), 825),
];

impl Certificate {
    /// The longest life that the rules of public authorities gave it when it was issued, where there was such a rule.
    #[must_use]
    pub fn longest_public_lifetime(&self) -> Option<Duration> {
        RULES.iter().find(|(from, _)| *from <= self.not_before).map(|(_, days)| Duration::days(*days))
    }

    /// The days of its life as these rules count them: its first and its last second are of it, and a part of a day is a day.
    #[must_use]
    pub fn counted_days(&self) -> i64 {
        self.lifetime().saturating_add(Duration::DAY).whole_days()
    }

    /// It lives longer than a public authority may let it.
    #[must_use]
    pub fn outlives_public_rules(&self) -> bool {
        self.longest_public_lifetime().is_some_and(|longest| self.counted_days() > longest.whole_days())
    }
}
