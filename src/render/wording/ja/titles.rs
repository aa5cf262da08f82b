//! Japanese, above a message.

use super::Japanese;
use crate::render::urgency::{Tier, Totals};
use crate::render::wording::titles::Titles;
use crate::render::wording::{Marks, Newswriting as _, Phrases as _, Worst};

impl Titles for Japanese {
    fn subject_one(&self, name: &str, date: &str, is_expired: bool) -> String {
        if is_expired {
            format!("{name}：証明書は {date} に期限切れになりました")
        } else {
            format!("{name}：証明書の有効期限は {date} です")
        }
    }

    fn subject_many(&self, totals: &Totals, date: &str) -> String {
        let total: usize = totals.iter().sum();
        let worst = totals.iter().zip(Tier::OF_THE_END).filter(|(number, _)| **number > 0).take(2);
        let worst: Vec<_> = worst.map(|(number, tier)| format!("{} {number} 件", self.tier(tier))).collect();
        format!("対応が必要な証明書 {total} 件：{}（{date}）", worst.join("、"))
    }

    fn late_subject(&self, name: &str, date: &str) -> String {
        format!("{name}：自動更新が遅れています（証明書の有効期限 {date}）")
    }

    fn news_title(&self, marks: &Marks, worst: Option<&Worst>) -> String {
        let is_alone = marks.iter().map(|(_, count)| count).sum::<usize>() == 1;
        match worst {
            Some(Worst { name, state }) if is_alone => format!("証明書のお知らせ：{name}、{state}"),
            Some(Worst { name, .. }) => format!("証明書のお知らせ：{}、最優先は {name}", self.counted(marks, "")),
            None => format!("証明書のお知らせ：{}", self.counted(marks, "")),
        }
    }

    fn chat_title(&self, totals: &Totals, worst: Option<&Worst>) -> String {
        let total: usize = totals.iter().sum();
        if let (1, Some(Worst { name, state })) = (total, worst) {
            return format!("証明書の期限通知：{name}、{state}");
        }
        let counted = match totals[0] {
            0 => format!("要対応 {total} 件"),
            expired if expired == total => format!("期限切れ {total} 件"),
            expired => format!("要対応 {total} 件（期限切れ {expired} 件）"),
        };
        let first = worst.map(|worst| format!("、最優先は {}", worst.name)).unwrap_or_default();
        format!("証明書の期限通知：{counted}{first}")
    }

    fn and_also(&self, title: &str, also: &str) -> String {
        format!("{title}／{also}")
    }

    fn corrected_title(&self, over: usize, all: usize) -> String {
        if over >= all {
            "対応済み：残っている作業はありません".to_owned()
        } else {
            format!("{all} 件中 {over} 件は対応済み")
        }
    }
}
