//! What servers say of how many requests they take.

use std::time::Duration;

use time::OffsetDateTime;

/// How long it is until a server that takes no more requests counts anew, where it says when that is in seconds since 1970.
pub(super) fn next_window<'a>(header: impl Fn(&str) -> Option<&'a str>, now: OffsetDateTime) -> Option<Duration> {
    let (_, reset) = [("x-ratelimit-remaining", "x-ratelimit-reset"), ("ratelimit-remaining", "ratelimit-reset")]
        .into_iter()
        .find(|(left, _)| header(left) == Some("0"))?;
    let at = OffsetDateTime::from_unix_timestamp(header(reset)?.parse().ok()?).ok()?;
    Some((at - now).try_into().unwrap_or_default())
}
