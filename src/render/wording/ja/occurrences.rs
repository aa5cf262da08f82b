//! Japanese, of what happened.

use super::Japanese;
use crate::render::wording::full_width::before;
use crate::render::wording::occurrences::{Listening, Marks, Newswriting};

impl Newswriting for Japanese {
    fn counted(&self, marks: &Marks, mark: &str) -> String {
        let shown = marks.iter().map(|(word, number)| format!("{word} {mark}{number}{mark} 件"));
        let mut shown: Vec<String> = shown.take(crate::render::wording::MARKS).collect();
        let more: usize = marks.iter().skip(crate::render::wording::MARKS).map(|(_, number)| number).sum();
        shown.extend((more > 0).then(|| format!("ほか {more} 件")));
        shown.join("、")
    }

    fn how_many(&self, count: usize, are_dates: bool) -> String {
        format!("{} {count} 件", if are_dates { "期限" } else { "証明書" })
    }

    fn because(&self, listening: &Listening) -> String {
        match listening {
            Listening::Policies { policies, kinds } => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                format!(
                    "ポリシー {}でこの種類のイベント（{}）が通知対象のため、お知らせしています。",
                    before(&policies.join("、")),
                    kinds.join("、")
                )
            }
            Listening::Reminded => "以前に通知したため、お知らせしています。".to_owned(),
            Listening::ToldOfTheAnomaly => "異常の発生時に通知したため、お知らせしています。".to_owned(),
            Listening::Former => "これまでの通知先だったため、お知らせしています。".to_owned(),
            Listening::Digest(written) => {
                format!("ポリシーファイルの設定（{written}）により、このまとめをお送りしています。")
            }
            Listening::Default => "ほかに通知先がないため、既定の連絡先にお知らせしています。".to_owned(),
        }
    }
}
