//! Simplified Chinese, of dates without a certificate.

use super::dates::{DateChange, Dates};
use super::zh_cn::{SimplifiedChinese, before, in_zone, weekday};
use super::{Clock, End, Left};
use crate::policy::Zone;

impl Dates for SimplifiedChinese {
    fn date_subject(&self, name: &str, date: &str, is_expired: bool) -> String {
        format!("{name}：{} {date} 到期", if is_expired { "已于" } else { "将于" })
    }

    fn date_opening(&self, end: &End<'_>) -> String {
        let End { name, left, clock, at } = end;
        let is_past = matches!(left, Left::PastHours(_) | Left::PastDays(_));
        let verb = if is_past { "已于" } else { "将于" };
        let utc = if clock.is_utc(*at) {
            String::new()
        } else {
            format!("（UTC 时间 {}）", Clock { zone: &Zone::UTC, now: clock.now }.stamp(*at))
        };
        let (name, day) = (before(name), weekday(clock.date(*at).weekday()));
        format!("{name}{verb}{}（{day}）到期{utc}。", in_zone(*clock, *at))
    }

    fn date_to_do(&self) -> &'static str {
        "请处理：续期，并在策略文件中写入新的日期。"
    }

    fn date_to_do_there(&self) -> &'static str {
        "续期，并在策略文件中写入新的日期"
    }

    fn about_the_date(&self) -> &'static str {
        "日期信息"
    }

    fn date_headline(&self, change: &DateChange<'_>) -> String {
        let date = change.clock.iso_date(change.new);
        if change.is_earlier() { format!("到期日提前至 {date}") } else { format!("已续期至 {date}") }
    }

    fn date_changed(&self, change: &DateChange<'_>) -> Vec<String> {
        let DateChange { name, old, new, clock } = change;
        let name = before(name);
        let first = if change.is_earlier() {
            format!("策略文件中{name}的日期已提前：将于{} 到期。", in_zone(*clock, *new))
        } else {
            format!("{name}已续期：按策略文件，将于{} 到期。", in_zone(*clock, *new))
        };
        let before = old.map(|old| format!("此前的日期为{}。", in_zone(*clock, old)));
        std::iter::once(first).chain(before).collect()
    }

    fn for_dates(&self, text: &str) -> String {
        if let Some(rest) = text.strip_prefix("证书提醒") {
            return format!("到期提醒{}", rest.replace(" 张", " 项"));
        }
        if let Some(rest) = text.strip_prefix("证书动态") {
            return format!("动态{rest}");
        }
        text.replace(" 张证书", " 项").replace(" 张", " 项")
    }
}
