//! Simplified Chinese, of dates without a certificate.

use super::SimplifiedChinese;
use super::forms::{in_zone, whole_end};
use crate::certificate::DateOf;
use crate::render::wording::dates::{DateChange, Dates};
use crate::render::wording::full_width::before;
use crate::render::wording::{Description, End};

impl Dates for SimplifiedChinese {
    fn date_subject(&self, of: DateOf, name: &str, date: &str, is_expired: bool) -> String {
        match of {
            DateOf::PolicyFile => subject(name, "", date, is_expired),
            DateOf::Registration => subject(name, "域名注册", date, is_expired),
        }
    }

    fn date_opening(&self, of: DateOf, end: &End<'_>) -> String {
        match of {
            DateOf::PolicyFile => opening("", end),
            DateOf::Registration => opening("的域名注册", end),
        }
    }

    fn date_changed(&self, change: &DateChange<'_>) -> Description {
        let DateChange { of, name, old, new, clock } = change;
        let (name, date, end) = (before(name), clock.iso_date(*new), in_zone(*clock, *new));
        let how = if change.is_earlier() { "到期日提前至" } else { "已续期至" };
        let headline = match of {
            DateOf::PolicyFile => format!("{how} {date}"),
            DateOf::Registration => format!("域名注册{how} {date}"),
        };
        let first = match (of, change.is_earlier()) {
            (DateOf::PolicyFile, true) => format!("策略文件中{name}的日期已提前：将于{end} 到期。"),
            (DateOf::PolicyFile, false) => format!("{name}已续期：按策略文件，将于{end} 到期。"),
            (DateOf::Registration, true) => format!("{name}的域名注册到期日已提前：按注册局记录，将于{end} 到期。"),
            (DateOf::Registration, false) => format!("{name}的域名注册已续期：按注册局记录，将于{end} 到期。"),
        };
        Description::new(headline, first).and(old.map(|old| format!("此前的日期为{}。", in_zone(*clock, old))))
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

/// Of a certificate, too.
pub(super) fn subject(name: &str, what: &str, date: &str, is_expired: bool) -> String {
    let verb = if is_expired { "已于" } else { "将于" };
    format!("{name}：{what}{verb} {date} 到期")
}

pub(super) fn opening(what: &str, end: &End<'_>) -> String {
    let verb = if end.left.is_past() { "已于" } else { "将于" };
    format!("{}{what}{verb}{}。", before(end.name), whole_end(end.clock, end.at))
}
