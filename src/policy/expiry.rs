//! `expires`: a date without a file.

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::Zone;
use super::fields::{Fields, example, wrong_type};
use super::refusal::Refusal;
use super::source::At;
use super::tree::Value;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
/// A time zone moves a day by less than this, so that its beginning can always be written.
const FIRST_YEAR: i32 = 1970;
const LAST_YEAR: i32 = 9998;

/// When something without a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    written: Written,
    /// The end: of a day its first moment, in the zone of the entry.
    pub at: OffsetDateTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Day(Date),
    Moment(OffsetDateTime),
}

impl Expiry {
    /// The same with its day in `zone`.
    #[must_use]
    pub(super) fn in_zone(self, zone: &Zone) -> Self {
        match self.written {
            Written::Day(day) => Self { at: zone.first_instant(PrimitiveDateTime::new(day, Time::MIDNIGHT)), ..self },
            Written::Moment(_) => self,
        }
    }

    /// A moment without an offset is refused: it would be another one on each machine.
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let joined = text.replacen(' ', "T", 1);
        let day = |day| (Written::Day(day), PrimitiveDateTime::new(day, Time::MIDNIGHT).assume_utc());
        let moment = || OffsetDateTime::parse(&joined, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC);
        let read = Date::parse(&joined, DAY).ok().map(day).or_else(|| moment().map(|at| (Written::Moment(at), at)));
        match read {
            Some((written, at)) if (FIRST_YEAR..=LAST_YEAR).contains(&at.year()) => Ok(Self { written, at }),
            Some(_) => Err(format!("`{text}` is not from {FIRST_YEAR} to {LAST_YEAR}")),
            None => Err(format!("`{text}` is no date or RFC 3339 time")),
        }
    }
}

/// As it is written: the same in every zone.
impl std::fmt::Display for Expiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.written {
            Written::Day(day) => f.pad(&day.format(DAY).unwrap_or_default()),
            Written::Moment(at) => f.pad(&at.format(&Rfc3339).unwrap_or_default()),
        }
    }
}

/// Reads the key; a date of TOML means the same as its text.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Option<At<Expiry>> {
    const KEY: &str = "expires";
    fields.read(KEY, |value| {
        let (Value::Text(text) | Value::Moment(text)) = value else { return Err(wrong_type(KEY, "a date", value)) };
        Expiry::parse(text).map_err(|wrong| Refusal::new(wrong, example(KEY)))
    })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_day_begins_in_its_zone_and_a_moment_is_the_same_in_every_zone() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let at = |text: &str| Expiry::parse(text).ok().map(|expiry| expiry.in_zone(&berlin).at);
        assert_eq!(at("2027-05-01"), Some(datetime!(2027-04-30 22:00 UTC)));
        assert_eq!(at("2027-05-01T12:00:00+08:00"), Some(datetime!(2027-05-01 4:00 UTC)));
        assert_eq!(at("2027-05-01 12:00:00Z"), Some(datetime!(2027-05-01 12:00 UTC)));
        for wrong in
            ["", "1.5.2027", "2027-02-30", "2027-05-01T12:00:00", "2027-05", "0001-01-01", "9999-12-31", "soon"]
        {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_that_begins_with_a_jump_of_the_clock_begins_there() {
        let santiago = Zone::named("America/Santiago").unwrap();
        let at = Expiry::parse("2026-09-06").map(|expiry| expiry.in_zone(&santiago).at);
        assert_eq!(at, Ok(datetime!(2026-09-06 4:00 UTC)));
    }
}
