//! `digest`: when a contact is told what comes.

use time::OffsetDateTime;

use super::fields::Fields;
use super::refusal::Refusal;
use super::source::At;
use super::window::{parse_days, parse_time};
use super::{Window, Zone};

/// Days of the week and a time of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestTime {
    /// As it was written, for people.
    pub written: String,
    /// Nothing for `none`.
    slots: Option<Window>,
}

impl DigestTime {
    /// `Mon 08:00`, `Mon,Thu 08:00`, `Mon-Fri 08:00`, `daily 08:00`, `none`.
    fn parse(written: &str) -> Option<Self> {
        let text = written.trim();
        if text == "none" {
            return Some(Self { written: text.to_owned(), slots: None });
        }
        let (days, time) = text.rsplit_once(' ')?;
        let days = if days.trim().eq_ignore_ascii_case("daily") { [true; 7] } else { parse_days(days).ok()? };
        let at = parse_time(time).ok()??;
        let slots = Window::Hours { written: text.to_owned(), days, from: at, to: at };
        Some(Self { written: text.to_owned(), slots: Some(slots) })
    }

    /// Whether it asks for none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.slots.is_none()
    }

    /// The last moment at or before `now` at which it was time, on the clocks of `zone`.
    #[must_use]
    pub fn last(&self, zone: &Zone, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let opening = self.slots.as_ref()?.last_opening(zone.wall(now))?;
        // In an hour that comes twice it is the first.
        Some(zone.first_instant(opening).min(now))
    }

    /// The first moment after `now` at which it is time.
    #[must_use]
    pub fn next(&self, zone: &Zone, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let mut wall = zone.wall(now);
        // An hour that comes twice holds one moment: where that is past, the one after it counts.
        for _ in 0..2 {
            wall = self.slots.as_ref()?.next_opening(wall)?;
            let instant = zone.first_instant(wall);
            if instant > now {
                return Some(instant);
            }
        }
        None
    }
}

pub(super) fn read(fields: &mut Fields<'_, '_>) -> Option<At<DigestTime>> {
    fields.parsed("digest", |written| {
        let help = "write days and a time: digest = \"Mon 08:00\", \"Mon,Thu 08:00\" or \"daily 08:00\"";
        let refuse = || Refusal::new(format!("`{}` is no day and time", written.trim()), help);
        DigestTime::parse(written).ok_or_else(refuse)
    })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn last(written: &str, zone: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
        DigestTime::parse(written).and_then(|digest| digest.last(&Zone::named(zone).unwrap(), now))
    }

    #[test]
    fn the_last_slot_is_at_or_before_now_on_the_clocks_of_the_zone() {
        let now = datetime!(2026-11-30 07:00 UTC);
        assert_eq!(last("Mon 08:00", "Europe/Berlin", now), Some(now));
        let before = now - time::Duration::SECOND;
        assert_eq!(last("Mon 08:00", "Europe/Berlin", before), Some(datetime!(2026-11-23 07:00 UTC)));
        assert_eq!(last("Mon 08:00", "Asia/Shanghai", now), Some(datetime!(2026-11-30 00:00 UTC)));
        assert_eq!(last("Mon,Thu 08:00", "UTC", now), Some(datetime!(2026-11-26 8:00 UTC)));
        assert_eq!(last("daily 08:00", "UTC", now), Some(datetime!(2026-11-29 8:00 UTC)));
    }

    #[test]
    fn the_next_slot_is_later_than_now_and_each_hour_of_the_year_has_one() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        for written in ["Sun 02:30", "daily 02:00", "Mon-Fri 23:30"] {
            let digest = DigestTime::parse(written).unwrap();
            let mut now = datetime!(2027-01-01 00:00 UTC);
            while now < datetime!(2028-01-01 00:00 UTC) {
                let next = digest.next(&zone, now).unwrap();
                assert!(next > now && digest.last(&zone, next) == Some(next), "{written} {now}");
                now += time::Duration::minutes(50);
            }
        }
        assert_eq!(DigestTime::parse("none").unwrap().next(&zone, datetime!(2027-01-01 00:00 UTC)), None);
    }

    #[test]
    fn a_slot_that_the_clock_jumps_over_is_its_jump_and_one_that_comes_twice_is_the_first() {
        let jump = datetime!(2027-03-28 01:00 UTC);
        assert_eq!(last("Sun 02:30", "Europe/Berlin", jump), Some(jump));
        let twice = datetime!(2027-10-31 00:30 UTC);
        for later in [0, 10, 70] {
            let now = twice + time::Duration::minutes(later);
            assert_eq!(last("Sun 02:30", "Europe/Berlin", now), Some(twice), "{later}");
        }
    }
}
