//! Simplified Chinese, of what happened.

use super::SimplifiedChinese;
use crate::render::wording::occurrences::{Listening, Marks, Newswriting};

impl Newswriting for SimplifiedChinese {
    fn counted(&self, marks: &Marks, mark: &str) -> String {
        let shown: Vec<String> = marks
            .iter()
            .map(|(word, number)| format!("{word} {mark}{number}{mark} 项"))
            .take(crate::render::wording::MARKS)
            .collect();
        let more: usize = marks.iter().skip(crate::render::wording::MARKS).map(|(_, number)| number).sum();
        let more = if more > 0 { format!("，其他 {more} 项") } else { String::new() };
        shown.join("，") + &more
    }

    fn how_many(&self, count: usize, are_dates: bool) -> String {
        if are_dates { format!("{count} 项") } else { format!("{count} 张证书") }
    }

    fn because(&self, listening: &Listening) -> String {
        match listening {
            Listening::Policies { policies, kinds } => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                format!("策略 {} 订阅了此类事件（{}）。", policies.join("、"), kinds.join("、"))
            }
            Listening::Reminded => "您此前收到过相关提醒，因此告知。".to_owned(),
            Listening::ToldOfTheAnomaly => "此前曾告知您该异常，因此告知恢复。".to_owned(),
            Listening::Former => "您此前接收相关通知，因此告知。".to_owned(),
            Listening::Digest(written) => format!("策略文件要求发送此汇总：{written}。"),
            Listening::Default => "没有其他接收人，因此通知默认联系人。".to_owned(),
        }
    }
}
