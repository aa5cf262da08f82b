//! Simplified Chinese: durations, days, zones, and spaces between scripts.

use time::{Duration, OffsetDateTime, Weekday};

use crate::policy::Zone;
use crate::render::wording::Clock;
use crate::text::{Unit, amounts};

pub(super) fn span(length: Duration) -> String {
    let parts = amounts(length).into_iter().map(|(number, unit)| match unit {
        Unit::Day => format!("{number} 天"),
        Unit::Hour => format!("{number} 小时"),
        Unit::Minute => format!("{number} 分钟"),
    });
    parts.collect::<Vec<_>>().join(" ")
}

pub(super) fn every(days: u16) -> String {
    if days == 1 { "每天一次".to_owned() } else { format!("每 {days} 天一次") }
}

pub(super) fn weekday(day: Weekday) -> &'static str {
    ["周一", "周二", "周三", "周四", "周五", "周六", "周日"][usize::from(day.number_days_from_monday())]
}

/// `北京时间（UTC+8）`.
pub(super) fn zone_name(zone: &Zone, at: OffsetDateTime) -> String {
    let offset = zone.offset_name(at);
    match zone.name() {
        "Asia/Shanghai" | "Asia/Chongqing" | "Asia/Harbin" | "PRC" => format!("北京时间（{offset}）"),
        name if name == offset => offset,
        name => format!("{name} 时间（{offset}）"),
    }
}

/// `北京时间（UTC+8）2026-12-14 07:59:59`, with a space where Latin letters meet Chinese ones.
pub(super) fn in_zone(clock: Clock<'_>, at: OffsetDateTime) -> String {
    let zone = zone_name(clock.zone, at);
    let before = if zone.starts_with(|first: char| first.is_ascii()) { " " } else { "" };
    let after = if zone.ends_with('）') { "" } else { " " };
    format!("{before}{zone}{after}{}", clock.stamp(at))
}

/// An end with its weekday, and in UTC.
pub(super) fn whole_end(clock: Clock<'_>, at: OffsetDateTime) -> String {
    let utc = clock.other_in_utc(at).map(|utc| format!("（UTC 时间 {utc}）")).unwrap_or_default();
    format!("{}（{}）到期{utc}", in_zone(clock, at), weekday(clock.date(at).weekday()))
}

/// `2027-03-01 到期`, `无到期时间`.
pub(super) fn expires(end: Option<&str>) -> String {
    end.map_or_else(|| "无到期时间".to_owned(), |end| format!("{end} 到期"))
}
