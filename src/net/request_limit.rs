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

/// How long to wait (RFC 9110 §10.2.3); more than a number holds is as long as there is.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let are_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_beyond_any_number_is_a_long_wait_and_no_other_text_is_one() {
        assert_eq!(seconds("120"), Some(Duration::from_secs(120)));
        assert_eq!(seconds("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        for none in ["", "soon", "-1", "+5", "1.5"] {
            assert_eq!(seconds(none), None, "{none}");
        }
    }
}
