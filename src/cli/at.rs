//! `--at`: a moment as people write it.

use certnotify::policy::Zone;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

use super::machine_zone;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]");
const SECOND: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

/// An RFC 3339 moment, with or without its seconds; or a date, which is its midnight, or a date and a time,
/// on the clock of this machine.
pub(crate) fn parse(text: &str) -> Result<OffsetDateTime, String> {
    parse_in(text, &machine_zone::of_machine())
}

fn parse_in(text: &str, zone: &Zone) -> Result<OffsetDateTime, String> {
    let written = text.trim().replacen(' ', "T", 1);
    let wall = Date::parse(&written, DAY)
        .map(|date| PrimitiveDateTime::new(date, Time::MIDNIGHT))
        .or_else(|_| PrimitiveDateTime::parse(&written, MINUTE))
        .or_else(|_| PrimitiveDateTime::parse(&written, SECOND));
    if let Ok(wall) = wall {
        return Ok(zone.instant(wall));
    }
    let with_seconds = || {
        // `2026-12-24T08:30+01:00`: the offset stands where the seconds should.
        let (moment, offset) = written.split_at_checked("2026-12-24T08:30".len())?;
        OffsetDateTime::parse(&format!("{moment}:00{offset}"), &Rfc3339).ok()
    };
    OffsetDateTime::parse(&written, &Rfc3339).ok().or_else(with_seconds).ok_or_else(|| {
        format!("`{}` is no moment: write RFC 3339 or a date", certnotify::render::untrusted::clean(text))
    })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn moments_and_dates_are_read_and_anything_else_is_refused() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let read = |text| parse_in(text, &berlin);
        assert_eq!(read("2026-12-24"), Ok(datetime!(2026-12-23 23:00 UTC)));
        assert_eq!(read("2026-12-24T08:30:00+08:00"), Ok(datetime!(2026-12-24 00:30 UTC)));
        assert_eq!(read("2026-12-24T08:30+08:00"), Ok(datetime!(2026-12-24 00:30 UTC)));
        assert_eq!(read("2026-12-24T08:30Z"), Ok(datetime!(2026-12-24 08:30 UTC)));
        assert_eq!(read("2026-07-01 08:30"), Ok(datetime!(2026-07-01 06:30 UTC)));
        for wrong in
            ["", "tomorrow", "24.12.2026", "2026-13-01", "2026-12-24T25:00Z", "2026-12-24T08:30+", "证书证书证书证书证"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
