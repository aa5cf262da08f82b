//! The hours of the week in which people may be told.

use time::macros::format_description;
use time::{Date, PrimitiveDateTime, Time};

/// `all-day`, `09:00-20:00`, `Mon-Fri 09:00-18:00`, `Sat,Sun 22:00-06:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    AllDay,
    Hours {
        /// As it was written, for people.
        written: String,
        /// The days on which it opens, Monday first.
        days: [bool; 7],
        /// Inclusive.
        from: Time,
        /// Exclusive; not after `from` where the window crosses midnight.
        to: Time,
    },
}

/// Text that is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{written}` is no window: {reason}")]
pub struct NotAWindow {
    pub written: String,
    pub reason: &'static str,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Window {
    /// # Errors
    /// Text that is not of the forms above.
    pub fn parse(written: &str) -> Result<Self, NotAWindow> {
        let wrong = |reason| NotAWindow { written: written.to_owned(), reason };
        let text = written.trim();
        if text == "all-day" {
            return Ok(Self::AllDay);
        }
        let (days, hours) = match text.rsplit_once(' ') {
            Some((days, hours)) => (parse_days(days).map_err(wrong)?, hours),
            None => ([true; 7], text),
        };
        let (from, to) = hours.split_once('-').ok_or_else(|| wrong("write `all-day` or `09:00-20:00`"))?;
        let (from, to) = (parse_time(from).map_err(wrong)?, parse_time(to).map_err(wrong)?);
        if from == to {
            return Err(wrong("it opens and closes at the same time: write `all-day` for the whole day"));
        }
        let (Some(from), to) = (from, to.unwrap_or(Time::MIDNIGHT)) else {
            return Err(wrong("it cannot open at 24:00"));
        };
        Ok(Self::Hours { written: text.to_owned(), days, from, to })
    }

    /// As it is written in a policy file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::AllDay => "all-day",
            Self::Hours { written, .. } => written,
        }
    }

    /// Whether it is open at this wall-clock time.
    #[must_use]
    pub fn is_open(&self, wall: PrimitiveDateTime) -> bool {
        let end = self.last_opening(wall).and_then(|opening| self.closing(opening));
        *self == Self::AllDay || end.is_some_and(|end| wall < end)
    }

    /// The first opening after this wall-clock time; nothing for a window that is never shut.
    #[must_use]
    pub fn next_opening(&self, wall: PrimitiveDateTime) -> Option<PrimitiveDateTime> {
        self.opening(wall, Date::next_day, |opening| opening > wall)
    }

    /// The last opening at or before this wall-clock time; nothing for a window that is never shut.
    #[must_use]
    pub fn last_opening(&self, wall: PrimitiveDateTime) -> Option<PrimitiveDateTime> {
        self.opening(wall, Date::previous_day, |opening| opening <= wall)
    }

    fn opening(
        &self,
        wall: PrimitiveDateTime,
        beside: fn(Date) -> Option<Date>,
        is_wanted: impl Fn(PrimitiveDateTime) -> bool,
    ) -> Option<PrimitiveDateTime> {
        let Self::Hours { days, from, .. } = self else { return None };
        let opens = |day: &Date| days[usize::from(day.weekday().number_days_from_monday())];
        // Eight days: the only weekday may be today, with its opening already past.
        let near = std::iter::successors(Some(wall.date()), |day| beside(*day)).take(8);
        near.filter(opens).map(|day| PrimitiveDateTime::new(day, *from)).find(|opening| is_wanted(*opening))
    }

    /// When the opening that began at `opening` ends.
    #[must_use]
    pub fn closing(&self, opening: PrimitiveDateTime) -> Option<PrimitiveDateTime> {
        let Self::Hours { from, to, .. } = self else { return None };
        let day = if from < to { opening.date() } else { opening.date().next_day()? };
        Some(PrimitiveDateTime::new(day, *to))
    }
}

pub(super) fn parse_days(text: &str) -> Result<[bool; 7], &'static str> {
    const WRONG: &str = "days are written `Mon-Fri` or `Sat,Sun`";
    let number = |day: &str| {
        let day = day.trim().to_ascii_lowercase();
        DAYS.iter().position(|name| day.starts_with(name) && day.len() <= 9).ok_or(WRONG)
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(part)?, number(part)?),
        };
        let mut day = first;
        days[day] = true;
        while day != last {
            day = (day + 1) % 7;
            days[day] = true;
        }
    }
    Ok(days)
}

/// `None` is 24:00, which only an end can be.
pub(super) fn parse_time(text: &str) -> Result<Option<Time>, &'static str> {
    const WRONG: &str = "times are written `09:00`, from 00:00 to 24:00";
    match text.trim() {
        "24:00" => Ok(None),
        text => Time::parse(text, format_description!("[hour]:[minute]")).map(Some).map_err(|_| WRONG),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_first_second_is_inside_and_the_last_is_not() {
        let window = Window::parse("09:00-20:00").unwrap();
        assert!(!window.is_open(datetime!(2026-11-22 08:59:59)));
        assert!(window.is_open(datetime!(2026-11-22 09:00:00)));
        assert!(window.is_open(datetime!(2026-11-22 19:59:59)));
        assert!(!window.is_open(datetime!(2026-11-22 20:00:00)));
        assert_eq!(window.next_opening(datetime!(2026-11-22 20:00)), Some(datetime!(2026-11-23 09:00)));
        assert_eq!(window.next_opening(datetime!(2026-11-22 08:59)), Some(datetime!(2026-11-22 09:00)));
    }

    #[test]
    fn days_are_named_and_the_weekend_is_waited_out() {
        let office = Window::parse("Mon-Fri 09:00-18:00").unwrap();
        assert!(office.is_open(datetime!(2026-11-20 17:59)));
        assert!(!office.is_open(datetime!(2026-11-21 12:00)));
        assert_eq!(office.next_opening(datetime!(2026-11-20 18:00)), Some(datetime!(2026-11-23 09:00)));
        let sunday = Window::parse("Sun 10:00-11:00").unwrap();
        assert_eq!(sunday.next_opening(datetime!(2026-11-22 10:00)), Some(datetime!(2026-11-29 10:00)));
        assert_eq!(sunday.last_opening(datetime!(2026-11-22 10:00)), Some(datetime!(2026-11-22 10:00)));
        assert_eq!(sunday.last_opening(datetime!(2026-11-22 09:59)), Some(datetime!(2026-11-15 10:00)));
        assert_eq!(office.last_opening(datetime!(2026-11-22 12:00)), Some(datetime!(2026-11-20 09:00)));
        assert_eq!(Window::AllDay.last_opening(datetime!(2026-11-22 12:00)), None);
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_opened() {
        let night = Window::parse("Fri 22:00-06:00").unwrap();
        assert!(night.is_open(datetime!(2026-11-20 23:00)));
        assert!(night.is_open(datetime!(2026-11-21 05:59)));
        assert!(!night.is_open(datetime!(2026-11-21 06:00)));
        assert!(!night.is_open(datetime!(2026-11-20 05:00)));
        assert_eq!(night.closing(datetime!(2026-11-20 22:00)), Some(datetime!(2026-11-21 06:00)));
        assert!(Window::parse("20:00-24:00").unwrap().is_open(datetime!(2026-11-20 23:59:59)));
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for wrong in
            ["", "25:00-9", "09:00", "9:00-20:00", "09:00-09:00", "24:00-09:00", "Foo 09:00-10:00", "09:60-10:00"]
        {
            assert!(Window::parse(wrong).is_err(), "{wrong}");
        }
    }
}
