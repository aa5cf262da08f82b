//! Japanese.

mod causes;
mod dates;
mod descriptions;
mod forms;
mod occurrences;
mod sentences;
mod titles;

use time::OffsetDateTime;

use super::full_width::before;
use super::{Clock, End, Newswriting as _, Pace, Phrases, Rhythm, Wording};
use crate::cause::FailureCause;
use crate::policy::{Frequency, Language};
use crate::render::urgency::{Left, Tier, Totals};
use crate::schedule::{EffectivePolicy, ReminderReason};
use forms::{between, every, often, quoted, span, weekday, whole_moment, whole_zone, zone_name};

pub(super) struct Japanese;

impl Phrases for Japanese {
    fn language(&self) -> Language {
        Language::Japanese
    }
}

impl Wording for Japanese {
    fn fonts(&self) -> &'static str {
        "'Hiragino Sans','Yu Gothic',Meiryo,'Noto Sans CJK JP'"
    }

    fn list(&self, items: &[String], more: usize) -> String {
        if more == 0 { items.join("、") } else { format!("{}ほか {more} 件", before(&items.join("、"))) }
    }

    fn clauses(&self, clauses: &[String]) -> String {
        clauses.join("、")
    }

    fn day(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        let date = clock.date(at);
        let year = if clock.is_this_year(at) { String::new() } else { format!("{}年", date.year()) };
        format!("{year}{}月{}日", u8::from(date.month()), date.day())
    }

    fn weekday(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        format!("{}（{}）", self.day(clock, at), weekday(clock.date(at).weekday()))
    }

    fn short_day(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        format!("{}（{}）", clock.iso_date(at), weekday(clock.date(at).weekday()))
    }

    fn zone_mark(&self, clock: Clock<'_>, at: OffsetDateTime) -> String {
        zone_name(clock.zone, at)
    }

    fn zone(&self, clock: Clock<'_>, times: &[OffsetDateTime]) -> String {
        let offset = clock.zone.offset_name(clock.now);
        let other = times.iter().map(|at| clock.zone.offset_name(*at)).find(|other| *other != offset);
        let other = other.map(|other| format!("（一部の日付は {other}）")).unwrap_or_default();
        format!("時刻は{}{other}。", between(&whole_zone(clock.zone, clock.now)))
    }

    fn left_words(&self, left: Left) -> (String, String) {
        match left {
            Left::Days(days) => (format!("残り{days}日"), format!("{days} 日")),
            Left::Hours(0) => ("残り1時間未満".to_owned(), "< 1 時間".to_owned()),
            Left::Hours(hours) => (format!("残り{hours}時間"), format!("{hours} 時間")),
            Left::PastHours(0) => ("期限切れ（1 時間未満）".to_owned(), "期限切れ".to_owned()),
            Left::PastHours(hours) => (format!("期限切れから{hours}時間"), format!("{hours} 時間超過")),
            Left::PastDays(days) => (format!("期限切れから{days}日"), format!("{days} 日超過")),
        }
    }

    fn opening(&self, end: &End<'_>) -> String {
        let (name, when) = (before(end.name), whole_moment(end.clock, end.at));
        if end.left.is_past() {
            return format!("{name}の証明書は {when}に有効期限が切れました。");
        }
        format!("{name}の証明書の有効期限は {when}です。")
    }

    fn at(&self, places: &str) -> String {
        if places.is_empty() { String::new() } else { format!("{}に", between(places)) }
    }

    fn instruction(&self, to_do: &str) -> String {
        format!("対応：{to_do}。")
    }

    fn reason(&self, said: &str) -> String {
        quoted(said)
    }

    fn cause(&self, cause: &FailureCause) -> String {
        causes::cause(cause)
    }

    fn why(&self, why: &ReminderReason, terms: &EffectivePolicy, clock: Clock<'_>) -> String {
        match why {
            ReminderReason::Opened { lead } => format!("有効期限の {}前", span(*lead)),
            ReminderReason::Escalated { within } => format!("有効期限まで {}以内", span(*within)),
            ReminderReason::RenewalLate { .. } => {
                format!("自動更新の遅延（{}までの予定）", self.day(clock, terms.opening.managed.due))
            }
            ReminderReason::NotDeployed { is_predecessor: true } => "更新済みだが以前の証明書が使用中".to_owned(),
            ReminderReason::NotDeployed { is_predecessor: false } => "別の証明書が使用中".to_owned(),
            ReminderReason::Milestone { left } => format!("有効期限の {}前", span(*left)),
            ReminderReason::Repeat { every_days, previous } => {
                format!("{}の通知（前回は{}）", every(*every_days), self.day(clock, *previous))
            }
            ReminderReason::Expired => "期限切れ".to_owned(),
            ReminderReason::ExpiredUntold => "期限切れ（期限前の通知なし）".to_owned(),
            ReminderReason::SnoozeEnded { at } => format!("通知の一時停止が{}に終了", self.day(clock, *at)),
        }
    }

    fn policy(&self, pace: &Pace<'_>) -> String {
        let mut sentences: Vec<String> = Vec::new();
        if pace.is_before() {
            let lead = span(pace.lead);
            let start = match pace.rhythms.as_slice() {
                [Rhythm::BeforeTheEnd, Rhythm::WhenRenewalIsLate, ..] => {
                    format!("期限の {lead}前（自動更新は遅延時）から")
                }
                [Rhythm::WhileNotServed, ..] => "この証明書が使われていない間、".to_owned(),
                [Rhythm::WhenRenewalIsLate, ..] => "自動更新の遅延時から".to_owned(),
                _ => format!("期限の {lead}前から"),
            };
            let often = match pace.frequency {
                Frequency::Once => "一度だけ通知".to_owned(),
                Frequency::EveryDays(days) => format!("{}通知", often(days)),
            };
            let milestones = match (pace.milestone_days(), pace.milestones) {
                (_, []) => String::new(),
                (Some(days), _) => format!("、残り {} 日にも通知", days.join("、")),
                (None, spans) => {
                    let spans: Vec<String> = spans.iter().map(|left| span(*left)).collect();
                    format!("、残り {}にも通知", spans.join("、"))
                }
            };
            sentences.push(format!("{start}{often}{milestones}。"));
        }
        if pace.rhythms.contains(&Rhythm::AfterTheEnd) {
            sentences.push(match pace.frequency {
                Frequency::Once => "期限切れ後は一度、その後は 30 日ごとに通知。".to_owned(),
                Frequency::EveryDays(30) => "期限切れ後は 30 日ごとに通知。".to_owned(),
                Frequency::EveryDays(days) => {
                    format!("期限切れ後は{}、30 日経過後は 30 日ごとに通知。", often(days))
                }
            });
        }
        if pace.rhythms.contains(&Rhythm::OnceAfterTheEnd) {
            sentences.push("期限前に通知していない場合は、期限切れ後に一度だけ通知。".to_owned());
        }
        let beside =
            if pace.is_alone { String::new() } else { format!("（{}）", self.how_many(pace.rows, pace.are_dates)) };
        format!("ポリシー {}{beside}：{}", pace.policy, sentences.concat())
    }

    fn totals(&self, totals: &Totals, mark: &str) -> String {
        let parts = totals.iter().zip(Tier::OF_THE_END).filter(|(number, _)| **number > 0);
        let parts: Vec<_> =
            parts.map(|(number, tier)| format!("{} {mark}{number}{mark} 件", self.tier(tier))).collect();
        format!("{}。", parts.join("、"))
    }

    fn others(&self, need_nothing: usize, not_seen: usize, _of_dates: bool) -> Option<String> {
        let fine = (need_nothing > 0).then(|| format!("ほか {need_nothing} 件は対応不要。"));
        let unseen = (not_seen > 0).then(|| format!("今回確認できない {not_seen} 件は、最後に確認した日付で監視中。"));
        let parts: Vec<String> = fine.into_iter().chain(unseen).collect();
        (!parts.is_empty()).then(|| parts.concat())
    }
}
