//! Moments and numbers as `plan`, `run` and `test` write them.

use certnotify::certificate::Certificate;
use certnotify::policy::{Channel, Zone};
use certnotify::text::{Unit, amounts};
use time::{Duration, OffsetDateTime};

/// `Mon 2026-11-23 08:00 CET`.
pub(super) fn day_and_minute(zone: &Zone, at: OffsetDateTime) -> String {
    let weekday = zone.wall(at).weekday().to_string();
    format!("{} {}", &weekday[..3], zone.minute(at))
}

/// How wide a column of these channels is; the usual ones fit the same.
pub(super) fn width_of_channels(channels: impl Iterator<Item = Channel>) -> usize {
    channels.chain(Channel::CHATBOTS).map(|channel| channel.as_str().len()).max().unwrap_or(0)
}

/// `12 certificates and 1 event`; an event is what happened.
pub(super) fn certificates_and_events(reminded: usize, happened: usize) -> String {
    let certificates = counted(reminded, "certificate", "certificates");
    let events = counted(happened, "event", "events");
    match (reminded, happened) {
        (_, 0) => certificates,
        (0, _) => events,
        _ => format!("{certificates} and {events}"),
    }
}

/// `1 snooze`, `2 snoozes`.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Its lifetime is no matter of whole days.
pub(super) fn is_short(certificate: &Certificate) -> bool {
    certificate.lifetime() < Duration::days(10)
}

/// `30 d`, `22 d 12 h`, `36 h`.
pub(super) fn length(length: Duration) -> String {
    let parts = amounts(length).into_iter().map(|part| match part {
        (1, Unit::Day) => "24 h".to_owned(),
        (days, Unit::Day) => format!("{days} d"),
        (hours, Unit::Hour) => format!("{hours} h"),
        (minutes, Unit::Minute) => format!("{minutes} min"),
    });
    parts.collect::<Vec<_>>().join(" ")
}
