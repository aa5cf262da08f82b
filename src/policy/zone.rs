//! Time zones: the only file that names the zone library.

use std::fmt;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// Letters of zones in several parts of the world, at different hours.
const SEVERAL: [&str; 4] = ["CST", "CDT", "IST", "PST"];

/// What a zone is called whose file does not say.
const UNNAMED: &str = "";

/// The bytes of the file of one zone in the machine's database.
type ReadZone = fn(&str) -> Option<Vec<u8>>;

static READ_ZONE: OnceLock<ReadZone> = OnceLock::new();

/// An IANA time zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A word that names no zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no IANA time zone")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// # Errors
    /// A name that neither the machine's database nor the built-in one has.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        if name == "UTC" {
            return Ok(Self::UTC);
        }
        if let Some(zone) = READ_ZONE.get().and_then(|read| Self::parse(Some(name), &read(name)?)) {
            return Ok(zone);
        }
        TimeZone::get(name).map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }

    /// Looks names up by `read`, and only those it does not have in the database of the zone library,
    /// which lists every folder of the machine's before it reads one file.
    pub fn look_up_by(read: ReadZone) {
        // A second call changes nothing: a name means the same zone for the whole run.
        let _ = READ_ZONE.set(read);
    }

    /// The zone in a file of `zic` (RFC 9636).
    #[must_use]
    pub fn parse(name: Option<&str>, file: &[u8]) -> Option<Self> {
        TimeZone::tzif(name.unwrap_or(UNNAMED), file).ok().map(Self)
    }

    /// The zone this machine is set to (`TZ`, `/etc/localtime`), else UTC. For the binary, which
    /// alone may ask the environment.
    #[must_use]
    pub fn from_machine() -> Self {
        let zone = TimeZone::system();
        if zone.is_unknown() { Self::UTC } else { Self(zone) }
    }

    /// Every name of the database, for hints.
    #[must_use]
    pub fn all_names() -> Vec<String> {
        jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect()
    }

    /// Its name in the IANA database; `UTC` where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().filter(|name| *name != UNNAMED).unwrap_or("UTC")
    }

    /// What a clock on the wall shows at `instant`.
    #[must_use]
    pub fn wall(&self, instant: OffsetDateTime) -> PrimitiveDateTime {
        let local = self.local(instant);
        PrimitiveDateTime::new(local.date(), local.time())
    }

    /// `instant` with this zone's offset at that moment.
    #[must_use]
    pub fn local(&self, instant: OffsetDateTime) -> OffsetDateTime {
        let seconds = self.0.to_offset(timestamp(instant)).seconds();
        let offset = UtcOffset::from_whole_seconds(seconds).unwrap_or(UtcOffset::UTC);
        // Beside the first and the last moment that can be written, not every offset can be.
        instant.checked_to_offset(offset).unwrap_or_else(|| nearest_in_utc(instant))
    }

    /// The moment at which a clock on the wall shows `wall`: the earlier where it shows it twice,
    /// as long after the jump as `wall` is after the gap's start where it never does.
    #[must_use]
    pub fn instant(&self, wall: PrimitiveDateTime) -> OffsetDateTime {
        let as_utc = wall.assume_utc();
        let Some(civil) = civil_of(wall) else { return as_utc };
        self.0
            .to_ambiguous_timestamp(civil)
            .compatible()
            .ok()
            .and_then(|moment| OffsetDateTime::from_unix_timestamp(moment.as_second()).ok())
            .map_or(as_utc, |moment| moment.replace_nanosecond(wall.nanosecond()).unwrap_or(moment))
    }

    /// The first moment at which a clock on the wall shows `wall` or later: where it jumps over `wall`, its jump.
    #[must_use]
    pub fn first_instant(&self, wall: PrimitiveDateTime) -> OffsetDateTime {
        let instant = self.instant(wall);
        let Some(civil) = civil_of(wall) else { return instant };
        let AmbiguousOffset::Gap { after, .. } = self.0.to_ambiguous_timestamp(civil).offset() else { return instant };
        let before_the_jump = after.to_timestamp(civil).ok();
        let jump = before_the_jump.and_then(|moment| self.0.following(moment).next());
        let jump = jump.and_then(|jump| OffsetDateTime::from_unix_timestamp(jump.timestamp().as_second()).ok());
        jump.map_or(instant, |jump| jump.min(instant))
    }

    /// `CET`, or `UTC+8` where the zone has no letters for it, or those of other zones as well.
    #[must_use]
    pub fn abbreviation(&self, instant: OffsetDateTime) -> String {
        let info = self.0.to_offset_info(timestamp(instant));
        let letters = info.abbreviation();
        if letters.starts_with(['+', '-']) || letters.is_empty() || SEVERAL.contains(&letters) {
            offset_text(info.offset())
        } else {
            letters.to_owned()
        }
    }

    /// `2026-11-22 09:07 CET`, for the command line and the log.
    #[must_use]
    pub fn minute(&self, instant: OffsetDateTime) -> String {
        let wall = self.wall(instant);
        format!("{} {:02}:{:02} {}", wall.date(), wall.hour(), wall.minute(), self.abbreviation(instant))
    }

    /// `UTC+8`, `UTC-3:30`, `UTC`.
    #[must_use]
    pub fn offset_name(&self, instant: OffsetDateTime) -> String {
        offset_text(self.0.to_offset(timestamp(instant)))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

fn nearest_in_utc(instant: OffsetDateTime) -> OffsetDateTime {
    let edge = if instant.year() > 2000 { PrimitiveDateTime::MAX } else { PrimitiveDateTime::MIN };
    instant.checked_to_offset(UtcOffset::UTC).unwrap_or(edge.assume_utc())
}

fn timestamp(instant: OffsetDateTime) -> Timestamp {
    let fallback = if instant.year() > 2000 { Timestamp::MAX } else { Timestamp::MIN };
    Timestamp::from_second(instant.unix_timestamp()).unwrap_or(fallback)
}

fn civil_of(wall: PrimitiveDateTime) -> Option<civil::DateTime> {
    let number = |value: u8| i8::try_from(value).ok();
    let (year, month, day) = (i16::try_from(wall.year()).ok()?, number(wall.month().into())?, number(wall.day())?);
    let (hour, minute, second) = (number(wall.hour())?, number(wall.minute())?, number(wall.second())?);
    civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

fn offset_text(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_first_and_the_last_moment_are_shown_in_every_zone() {
        for zone in ["Pacific/Kiritimati", "Pacific/Honolulu", "UTC", "Asia/Shanghai"] {
            let zone = Zone::named(zone).unwrap();
            for edge in
                [datetime!(9999-12-31 23:59:59 UTC), datetime!(-9999-01-01 0:00 UTC), datetime!(0000-01-01 0:00 UTC)]
            {
                assert!((zone.local(edge) - edge).is_zero());
                assert!((zone.instant(zone.wall(edge)) - edge).abs() < time::Duration::days(2));
                assert!(!zone.minute(edge).is_empty() && !zone.offset_name(edge).is_empty());
            }
        }
        let beyond = datetime!(9999-12-31 23:59:59 -10:00);
        assert_eq!(Zone::UTC.local(beyond), PrimitiveDateTime::MAX.assume_utc());
    }

    #[test]
    fn gaps_and_folds_have_one_answer() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(berlin.instant(datetime!(2026-03-29 02:30)), datetime!(2026-03-29 01:30 UTC));
        assert_eq!(berlin.instant(datetime!(2026-10-25 02:30)), datetime!(2026-10-25 00:30 UTC));
        assert_eq!(
            berlin.first_instant(datetime!(2026-03-29 02:30)),
            datetime!(2026-03-29 01:00 UTC),
            "3:00 follows 1:59"
        );
        assert_eq!(berlin.first_instant(datetime!(2026-03-29 02:00)), datetime!(2026-03-29 01:00 UTC));
        assert_eq!(berlin.first_instant(datetime!(2026-03-29 03:00)), datetime!(2026-03-29 01:00 UTC));
        assert_eq!(berlin.first_instant(datetime!(2026-10-25 02:30)), datetime!(2026-10-25 00:30 UTC));
        assert_eq!(berlin.wall(datetime!(2026-12-13 23:59:59 UTC)), datetime!(2026-12-14 00:59:59));
        assert_eq!(berlin.abbreviation(datetime!(2026-12-13 23:59:59 UTC)), "CET");
        assert_eq!(Zone::named("Asia/Shanghai").unwrap().offset_name(datetime!(2026-01-01 0:00 UTC)), "UTC+8");
        let winter = datetime!(2026-01-01 0:00 UTC);
        for (zone, name) in [
            ("Asia/Shanghai", "UTC+8"),
            ("America/Chicago", "UTC-6"),
            ("America/Havana", "UTC-5"),
            ("Asia/Kolkata", "UTC+5:30"),
            ("Asia/Jerusalem", "UTC+2"),
            ("Asia/Manila", "UTC+8"),
            ("America/Los_Angeles", "UTC-8"),
        ] {
            assert_eq!(Zone::named(zone).unwrap().abbreviation(winter), name, "{zone}");
        }
        assert_eq!(
            Zone::named("Australia/Lord_Howe").unwrap().abbreviation(datetime!(2026-07-01 0:00 UTC)),
            "UTC+10:30"
        );
        assert_eq!(Zone::named("Asia/Beijing"), Err(UnknownZone("Asia/Beijing".to_owned())));
    }
}
