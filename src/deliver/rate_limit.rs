//! The pace of a robot: no more messages than its vendor takes, over all contacts and runs.

use std::time::Duration;

use time::OffsetDateTime;

use crate::channels::Limit;
use crate::history::{ChannelRecord, Moment};
use crate::policy::{Channel, later};

/// How long a message must wait, if it would go out at `now`.
pub(super) fn wait(record: Option<&ChannelRecord>, channel: Channel, now: OffsetDateTime) -> Duration {
    let Some(record) = record else { return Duration::ZERO };
    channel.spec().limits.iter().map(|limit| wait_for(record, *limit, now)).max().unwrap_or_default()
}

fn wait_for(record: &ChannelRecord, (most, window): Limit, now: OffsetDateTime) -> Duration {
    // The message after which there is room for one more.
    let Some(index) = record.sent.len().checked_sub(most) else { return Duration::ZERO };
    let Some(sent) = record.sent.get(index) else { return Duration::ZERO };
    let free = later(sent.0, window);
    // A clock that was set back makes no channel wait longer than the window.
    Duration::try_from(free - now).unwrap_or_default().min(window)
}

/// Counts a message that goes out at `now`.
pub(super) fn reserve(record: &mut ChannelRecord, channel: Channel, now: OffsetDateTime) {
    let most = channel.spec().limits.iter().map(|limit| limit.0).max().unwrap_or_default();
    record.sent.push(Moment(now));
    let superfluous = record.sent.len().saturating_sub(most);
    record.sent.drain(..superfluous);
}

/// The vendor may have counted the last message as late as `now`, when its try ended.
pub(super) fn settle(record: &mut ChannelRecord, now: OffsetDateTime) {
    if let Some(last) = record.sent.last_mut() {
        last.0 = last.0.max(now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    /// The moments at which messages go out that are all due at once, each in flight for `flight`.
    fn moments(channel: Channel, count: usize, flight: &[u64]) -> Vec<OffsetDateTime> {
        let (mut record, mut now, mut sent) = (ChannelRecord::default(), START, Vec::new());
        for index in 0..count {
            now += wait(Some(&record), channel, now);
            assert_eq!(wait(Some(&record), channel, now), Duration::ZERO);
            reserve(&mut record, channel, now);
            now += Duration::from_millis(flight[index % flight.len()]);
            settle(&mut record, now);
            sent.push(now);
        }
        sent
    }

    fn most_within(sent: &[OffsetDateTime], window: Duration) -> usize {
        sent.iter().map(|from| sent.iter().filter(|at| *at >= from && **at < *from + window).count()).max().unwrap()
    }

    #[test]
    fn a_robot_without_a_past_does_not_wait() {
        for channel in Channel::ALL {
            assert_eq!(wait(None, channel, START), Duration::ZERO);
        }
    }

    #[test]
    fn the_eighteenth_message_waits_until_a_minute_after_the_first() {
        let sent = moments(Channel::DingTalk, 18, &[0]);
        assert_eq!(sent[16], START);
        assert_eq!(sent[17], START + Duration::from_secs(60));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_channel_wait_for_longer_than_a_minute() {
        let mut record = ChannelRecord::default();
        for _ in 0..17 {
            reserve(&mut record, Channel::WeCom, START + Duration::from_secs(86_400));
        }
        assert_eq!(wait(Some(&record), Channel::WeCom, START), Duration::from_secs(60));
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_the_vendor_takes(flight in prop::collection::vec(0_u64..15_000, 1..20)) {
            let minute = Duration::from_secs(60);
            prop_assert!(most_within(&moments(Channel::DingTalk, 60, &flight), minute) <= 18);
            prop_assert!(most_within(&moments(Channel::WeCom, 60, &flight), minute) <= 18);
            let lark = moments(Channel::Lark, 200, &flight);
            prop_assert!(most_within(&lark, Duration::from_secs(1)) <= 5 && most_within(&lark, minute) <= 87);
        }
    }
}
