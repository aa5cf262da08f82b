//! When what is owed may go out: at once inside the window, else at its next opening.

use time::OffsetDateTime;

use crate::policy::{Window, Zone};

/// The first moment from `owed` on at which the window is open.
pub(super) fn first_open(window: &Window, zone: &Zone, owed: OffsetDateTime) -> OffsetDateTime {
    let wall = zone.wall(owed);
    if window.is_open(wall) {
        return owed;
    }
    window.next_opening(wall).map_or(owed, |opening| zone.first_instant(opening).max(owed))
}

/// From when on what is owed at `owed`, for an end at `end`, may go out: earlier than `owed` where the window opens no
/// more from then to the end. Then it is the last opening before the end.
pub(super) fn in_time(window: &Window, zone: &Zone, owed: OffsetDateTime, end: OffsetDateTime) -> OffsetDateTime {
    if owed > end || first_open(window, zone, owed) <= end {
        return owed;
    }
    window.last_opening(zone.wall(owed)).map_or(owed, |opening| zone.first_instant(opening).min(owed))
}

/// Whether a whole opening lies between `held_since` and `now`: then no run ever falls inside the window.
pub(super) fn missed_an_opening(window: &Window, zone: &Zone, held_since: OffsetDateTime, now: OffsetDateTime) -> bool {
    window
        .next_opening(zone.wall(held_since))
        .and_then(|opening| window.closing(opening))
        .is_some_and(|closing| zone.first_instant(closing) <= now)
}
