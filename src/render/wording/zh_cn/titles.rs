//! Simplified Chinese, above a message.

use super::SimplifiedChinese;
use super::dates::subject;
use crate::render::urgency::Totals;
use crate::render::wording::titles::Titles;
use crate::render::wording::{Marks, Newswriting as _, Worst};

impl Titles for SimplifiedChinese {
    fn subject_one(&self, name: &str, date: &str, is_expired: bool) -> String {
        subject(name, "证书", date, is_expired)
    }

    fn subject_many(&self, totals: &Totals, date: &str) -> String {
        let total: usize = totals.iter().sum();
        let texts = [("已过期 ", " 张"), ("7 天内到期 ", " 张"), ("30 天内到期 ", " 张"), ("剩余超过 30 天 ", " 张")];
        let worst = totals.iter().zip(texts).filter(|(number, _)| **number > 0).take(2);
        let worst: Vec<_> = worst.map(|(number, (before, after))| format!("{before}{number}{after}")).collect();
        format!("{total} 张证书待处理：{}（{date}）", worst.join("，"))
    }

    fn late_subject(&self, name: &str, date: &str) -> String {
        format!("{name}：自动续期逾期，证书将于 {date} 到期")
    }

    fn news_title(&self, marks: &Marks, worst: Option<&Worst>) -> String {
        let is_alone = marks.iter().map(|(_, count)| count).sum::<usize>() == 1;
        match worst {
            Some(Worst { name, state }) if is_alone => format!("证书动态：{name}，{state}"),
            Some(Worst { name, .. }) => format!("证书动态：{}，最急 {name}", self.counted(marks, "")),
            None => format!("证书动态：{}", self.counted(marks, "")),
        }
    }

    fn chat_title(&self, totals: &Totals, worst: Option<&Worst>) -> String {
        let total: usize = totals.iter().sum();
        if let (1, Some(Worst { name, state })) = (total, worst) {
            return format!("证书提醒：{name} {state}");
        }
        let counted = match totals[0] {
            0 => format!("{total} 张需要处理"),
            expired if expired == total => format!("{total} 张已过期"),
            expired => format!("{total} 张需要处理，其中 {expired} 张已过期"),
        };
        let first = worst.map(|worst| format!("，最急 {}", worst.name)).unwrap_or_default();
        format!("证书提醒：{counted}{first}")
    }

    fn and_also(&self, title: &str, also: &str) -> String {
        format!("{title}；{also}")
    }

    fn corrected_title(&self, over: usize, all: usize) -> String {
        if over >= all {
            "已处理：本消息中没有待办事项".to_owned()
        } else {
            format!("{all} 项中已处理 {over} 项")
        }
    }
}
