//! When what is owed may go out: at once inside the window, else at its next opening.

use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::policy::{Window, Zone};

/// Of so many openings one at least is not jumped over by the clock.
const TRIED: usize = 3;

/// The first moment from `owed` on at which the window is open.
pub(super) fn first_open(window: &Window, zone: &Zone, owed: OffsetDateTime) -> OffsetDateTime {
    let wall = zone.wall(owed);
    if window.is_open(wall) {
        return owed;
    }
    openings_after(window, wall)
        .find_map(|opening| opened(window, zone, opening))
        .map_or(owed, |opening| opening.max(owed))
}

fn openings_after(window: &Window, wall: PrimitiveDateTime) -> impl Iterator<Item = PrimitiveDateTime> {
    std::iter::successors(window.next_opening(wall), |opening| window.next_opening(*opening)).take(TRIED)
}

/// The moment of an opening; none where the clock jumps over the whole of it.
fn opened(window: &Window, zone: &Zone, opening: PrimitiveDateTime) -> Option<OffsetDateTime> {
    let instant = zone.first_instant(opening);
    window.is_open(zone.wall(instant)).then_some(instant)
}

/// From when on what is owed at `owed`, for an end at `end`, may go out: earlier than `owed` where the window opens no
/// more from then to the end. Then it is the last opening before the end.
pub(super) fn in_time(window: &Window, zone: &Zone, owed: OffsetDateTime, end: OffsetDateTime) -> OffsetDateTime {
    if owed > end || first_open(window, zone, owed) <= end {
        return owed;
    }
    let before = |opening: &PrimitiveDateTime| window.last_opening(opening.saturating_sub(Duration::SECOND));
    let openings = std::iter::successors(window.last_opening(zone.wall(owed)), before);
    openings.take(TRIED).find_map(|opening| opened(window, zone, opening)).map_or(owed, |opening| opening.min(owed))
}

/// Whether a whole opening lies between `held_since` and `now`: then no run ever falls inside the window.
pub(super) fn missed_an_opening(window: &Window, zone: &Zone, held_since: OffsetDateTime, now: OffsetDateTime) -> bool {
    openings_after(window, zone.wall(held_since))
        .find(|opening| opened(window, zone, *opening).is_some())
        .and_then(|opening| window.closing(opening))
        .is_some_and(|closing| zone.first_instant(closing) <= now)
}
