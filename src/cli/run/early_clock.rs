//! A clock that was never set.

use time::OffsetDateTime;
use time::macros::datetime;

use super::super::exit::advised;

/// No clock that is right shows an earlier time: version 1.0.0 is of this day.
const RELEASED: OffsetDateTime = datetime!(2026-11-22 0:00 UTC);

/// A machine without a clock of its own shows 1970 until it has asked another.
pub(super) fn refuse_early_clock(now: OffsetDateTime) -> anyhow::Result<()> {
    if now >= RELEASED {
        return Ok(());
    }
    let (day, version) = (now.date(), env!("CARGO_PKG_VERSION"));
    let message = format!("clock: it shows {day}, before certnotify {version} was released ({})", RELEASED.date());
    Err(advised(message, "set the clock, see timedatectl; nothing was sent or written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_the_release_is_refused_and_one_from_then_on_is_not() {
        assert!(refuse_early_clock(OffsetDateTime::UNIX_EPOCH).is_err());
        assert!(refuse_early_clock(RELEASED - time::Duration::SECOND).is_err());
        assert!(refuse_early_clock(RELEASED).is_ok());
    }
}
