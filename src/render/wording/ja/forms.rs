//! Japanese: durations, days, zones, and what others said in another language.

use time::{Duration, OffsetDateTime, Weekday};

use crate::policy::Zone;
use crate::render::wording::Clock;
use crate::render::wording::full_width::{after, before};
use crate::text::{Unit, amounts};

pub(super) fn span(length: Duration) -> String {
    let parts = amounts(length).into_iter().map(|(number, unit)| match unit {
        Unit::Day => format!("{number} 日"),
        Unit::Hour => format!("{number} 時間"),
        Unit::Minute => format!("{number} 分"),
    });
    parts.collect::<Vec<_>>().join(" ")
}

pub(super) fn every(days: u16) -> String {
    if days == 1 { "毎日".to_owned() } else { format!("{days} 日ごと") }
}

/// Before a verb, and after a full-width letter.
pub(super) fn often(days: u16) -> String {
    if days == 1 { every(days) } else { format!(" {}に", every(days)) }
}

pub(super) fn weekday(day: Weekday) -> &'static str {
    ["月", "火", "水", "木", "金", "土", "日"][usize::from(day.number_days_from_monday())]
}

/// `日本時間`; of any other zone its name and offset.
pub(super) fn zone_name(zone: &Zone, at: OffsetDateTime) -> String {
    let offset = zone.offset_name(at);
    match zone.name() {
        "Asia/Tokyo" | "Japan" => "日本時間".to_owned(),
        name if name == offset => offset,
        name => format!("{name}（{offset}）"),
    }
}

/// `日本時間（UTC+9）`.
pub(super) fn whole_zone(zone: &Zone, at: OffsetDateTime) -> String {
    let (name, offset) = (zone_name(zone, at), zone.offset_name(at));
    if name.contains(&offset) { name } else { format!("{name}（{offset}）") }
}

/// `2026-12-14 08:59:59（日本時間）`.
pub(super) fn in_zone(clock: Clock<'_>, at: OffsetDateTime) -> String {
    format!("{}（{}）", clock.stamp(at), zone_in_parentheses(clock, at))
}

/// The same with its weekday, and in UTC.
pub(super) fn whole_moment(clock: Clock<'_>, at: OffsetDateTime) -> String {
    let day = weekday(clock.date(at).weekday());
    let utc = clock.other_in_utc(at).map(|utc| format!("、UTC では {utc}")).unwrap_or_default();
    format!("{}（{day}曜日、{}{utc}）", clock.stamp(at), zone_in_parentheses(clock, at))
}

fn zone_in_parentheses(clock: Clock<'_>, at: OffsetDateTime) -> String {
    zone_name(clock.zone, at).replace('（', "、").replace('）', "")
}

/// What is only known in the words of another language.
pub(super) fn quoted(said: &str) -> String {
    if said.contains(' ') { of_peer(said) } else { said.to_owned() }
}

/// The words of a peer.
pub(super) fn of_peer(said: &str) -> String {
    format!("「{said}」")
}

/// `text` between full-width letters: with a space on each side where it has a Latin one.
pub(super) fn between(text: &str) -> String {
    after(&before(text))
}

/// `有効期限 2027-03-01`, `有効期限なし`.
pub(super) fn expires(end: Option<&str>) -> String {
    end.map_or_else(|| "有効期限なし".to_owned(), |end| format!("有効期限 {end}"))
}
