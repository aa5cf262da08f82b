//! Japanese, of who else is told, why the reader is, and how to hold it.

use time::Duration;

use super::Japanese;
use super::forms::span;
use crate::render::wording::full_width::before;
use crate::render::wording::other_recipients::{OtherRecipients, ToldLater};

impl OtherRecipients for Japanese {
    fn told_with(&self, names: &[String], later: &[ToldLater]) -> String {
        let now = if names.is_empty() { "なし".to_owned() } else { names.join("、") };
        let later = if later.is_empty() { String::new() } else { self.told_later(later) };
        format!("ほかの通知先：{now}。{later}")
    }

    fn told_later(&self, later: &[ToldLater]) -> String {
        let later =
            later.iter().map(|(day, names)| format!("{day}からは {}にも通知します。", before(&names.join("、"))));
        later.collect()
    }

    fn told_of(&self, name: &str, count: usize) -> String {
        format!("うち {count} 件は {}にも通知しています。", before(name))
    }

    fn news_told(&self, names: &[String]) -> String {
        format!("上記のお知らせは {}にも通知しています。", before(&names.join("、")))
    }

    fn escalated(&self, within: Duration, count: Option<usize>) -> String {
        let which = count.map(|count| format!("うち {count} 件は、")).unwrap_or_default();
        format!("{which}ポリシーのエスカレーション設定により、期限の {}前からお知らせしています。", span(within))
    }

    fn snoozed(&self, until: &str) -> String {
        format!("この証明書の通知は {until} まで一時停止しています。")
    }

    fn snooze_hint(&self, day: &str, machine: &str, many: bool) -> String {
        let what = if many { "証明書ごとの通知" } else { "通知" };
        format!("{what}を {day} まで止めるには、{machine} で実行：")
    }

    fn unused_hint(&self, file: &str) -> String {
        format!("使用していない場合は、{file} から削除してください。")
    }
}
