//! Simplified Chinese.

mod causes;
mod dates;
mod descriptions;
mod forms;
mod occurrences;
mod quotes;
mod sentences;
mod titles;

use time::OffsetDateTime;

use super::full_width::after;
use super::{Clock, End, Newswriting as _, Pace, Phrases, Rhythm, Wording};
use crate::cause::FailureCause;
use crate::policy::{Frequency, Language};
use crate::render::urgency::{Left, Totals};
use crate::schedule::{EffectivePolicy, ReminderReason};
use forms::{every, span, weekday, zone_name};

pub(super) struct SimplifiedChinese;

impl Phrases for SimplifiedChinese {
    fn language(&self) -> Language {
        Language::SimplifiedChinese
    }
}

impl Wording for SimplifiedChinese {
    fn list(&self, items: &[String], more: usize) -> String {
        if more == 0 { items.join("、") } else { format!("{} 等 {} 个", items.join("、"), items.len() + more) }
    }

    fn clauses(&self, clauses: &[String]) -> String {
        clauses.join("，")
    }

    fn day(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        let date = clock.date(at);
        let year = if clock.is_this_year(at) { String::new() } else { format!("{} 年 ", date.year()) };
        format!("{year}{} 月 {} 日", u8::from(date.month()), date.day())
    }

    fn weekday(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        format!("{}（{}）", self.day(clock, at), weekday(clock.date(at).weekday()))
    }

    fn short_day(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        format!("{} {}", clock.iso_date(at), weekday(clock.date(at).weekday()))
    }

    fn zone_mark(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        zone_name(clock.zone, at)
    }

    fn zone(&self, clock: Clock<'_>, times: &[OffsetDateTime]) -> String {
        let offset = clock.zone.offset_name(clock.now);
        let now = match (clock.zone.name(), zone_name(clock.zone, clock.now)) {
            (_, whole) if whole == offset => format!("时间为 {whole}"),
            (_, whole) if whole.starts_with("北京") => format!("时间为{whole}"),
            (name, _) => format!("时区为 {name}（{offset}）"),
        };
        let other = times.iter().map(|at| clock.zone.offset_name(*at)).find(|other| *other != offset);
        let other = other.map(|other| format!("，部分日期为 {other}")).unwrap_or_default();
        format!("{now}{other}。")
    }

    fn left_words(&self, left: Left) -> (String, String) {
        match left {
            Left::Days(days) => (format!("剩 {days} 天"), format!("{days} 天")),
            Left::Hours(0) => ("剩不到 1 小时".to_owned(), "< 1 小时".to_owned()),
            Left::Hours(hours) => (format!("剩 {hours} 小时"), format!("{hours} 小时")),
            Left::PastHours(0) => ("刚刚过期，不到 1 小时".to_owned(), "刚刚过期".to_owned()),
            Left::PastHours(hours) => (format!("已过期 {hours} 小时"), format!("已过 {hours} 小时")),
            Left::PastDays(days) => (format!("已过期 {days} 天"), format!("已过 {days} 天")),
        }
    }

    fn opening(&self, end: &End<'_>) -> String {
        dates::opening("的证书", end)
    }

    fn at(&self, places: &str) -> String {
        if places.is_empty() { String::new() } else { format!("到{}", after(places)) }
    }

    fn instruction(&self, to_do: &str) -> String {
        format!("请处理：{to_do}。")
    }

    fn reason(&self, said: &str) -> String {
        quotes::quoted(said)
    }

    fn cause(&self, cause: &FailureCause) -> String {
        causes::cause(cause)
    }

    fn why(&self, why: &ReminderReason, terms: &EffectivePolicy, clock: Clock<'_>) -> String {
        match why {
            ReminderReason::Opened { lead } => format!("到期前 {}", span(*lead)),
            ReminderReason::Escalated { within } => format!("距到期 {}以内", span(*within)),
            ReminderReason::RenewalLate { .. } => {
                format!("自动续期逾期，应在 {}前完成", self.day(clock, terms.opening.managed.due))
            }
            ReminderReason::NotDeployed { is_predecessor: true } => "已续期，但仍在使用旧证书".to_owned(),
            ReminderReason::NotDeployed { is_predecessor: false } => "正在使用另一张证书".to_owned(),
            ReminderReason::Milestone { left } => format!("到期前 {}", span(*left)),
            ReminderReason::Repeat { every_days, previous } => {
                format!("{}，上次 {}", every(*every_days), self.day(clock, *previous))
            }
            ReminderReason::Expired => "已过期".to_owned(),
            ReminderReason::ExpiredUntold => "已过期，到期前未曾提醒".to_owned(),
            ReminderReason::SnoozeEnded { at } => format!("暂停提醒已于 {}结束", self.day(clock, *at)),
        }
    }

    fn policy(&self, pace: &Pace<'_>) -> String {
        let mut clauses: Vec<String> = Vec::new();
        if pace.is_before() {
            let lead = span(pace.lead);
            let start = match pace.rhythms.as_slice() {
                [Rhythm::BeforeTheEnd, Rhythm::WhenRenewalIsLate, ..] => format!("提前 {lead}起（自动续期的自逾期起）"),
                [Rhythm::WhileNotServed, ..] => "该证书未启用期间".to_owned(),
                [Rhythm::WhenRenewalIsLate, ..] => "自动续期逾期后".to_owned(),
                _ => format!("提前 {lead}起"),
            };
            let often = match pace.frequency {
                Frequency::Once => "提醒一次".to_owned(),
                Frequency::EveryDays(days) => every(days),
            };
            let milestones = match (pace.milestone_days(), pace.milestones) {
                (_, []) => String::new(),
                (Some(days), _) => format!("，剩 {} 天时再各提醒一次", days.join("、")),
                (None, spans) => {
                    let spans: Vec<String> = spans.iter().map(|left| span(*left)).collect();
                    format!("，剩 {}时再各提醒一次", spans.join("、"))
                }
            };
            clauses.push(format!("{start}，{often}{milestones}"));
        }
        if pace.rhythms.contains(&Rhythm::AfterTheEnd) {
            clauses.push(match pace.frequency {
                Frequency::Once => "过期后提醒一次，之后每 30 天一次".to_owned(),
                Frequency::EveryDays(30) => "过期后每 30 天一次".to_owned(),
                Frequency::EveryDays(days) => format!("过期后{}，30 天后改为每 30 天一次", every(days)),
            });
        }
        if pace.rhythms.contains(&Rhythm::OnceAfterTheEnd) {
            clauses.push("到期前未曾提醒的，过期后提醒一次".to_owned());
        }
        let beside =
            if pace.is_alone { String::new() } else { format!("（{}）", self.how_many(pace.rows, pace.are_dates)) };
        format!("策略 {}{beside}：{}。", pace.policy, clauses.join("；"))
    }

    fn totals(&self, totals: &Totals, mark: &str) -> String {
        let texts = ["已过期", "7 天内到期", "30 天内到期", "剩余超过 30 天"];
        let parts = totals.iter().zip(texts).filter(|(number, _)| **number > 0);
        let parts: Vec<_> = parts.map(|(number, text)| format!("{text} {mark}{number}{mark} 张")).collect();
        format!("{}。", parts.join("，"))
    }

    fn others(&self, need_nothing: usize, not_seen: usize, of_dates: bool) -> Option<String> {
        let measure = if of_dates { "项" } else { "张" };
        let fine = (need_nothing > 0).then(|| format!("其余 {}无需处理", self.how_many(need_nothing, of_dates)));
        let unseen = (not_seen > 0).then(|| format!("{not_seen} {measure}本次未能看到，按最后所见的日期继续跟踪"));
        let parts: Vec<String> = fine.into_iter().chain(unseen).collect();
        (!parts.is_empty()).then(|| format!("{}。", parts.join("；")))
    }
}
