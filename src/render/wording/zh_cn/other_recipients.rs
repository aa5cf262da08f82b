//! Simplified Chinese, of who else is told, why the reader is, and how to hold it.

use time::Duration;

use super::SimplifiedChinese;
use super::forms::span;
use crate::render::wording::other_recipients::{OtherRecipients, ToldLater};

impl OtherRecipients for SimplifiedChinese {
    fn told_with(&self, names: &[String], later: &[ToldLater]) -> String {
        let now = if names.is_empty() { "无".to_owned() } else { names.join("、") };
        let later = later.iter().map(|(day, names)| format!("；{day}起还将通知 {}", names.join("、")));
        format!("同时通知：{now}{}。", later.collect::<String>())
    }

    fn told_later(&self, later: &[ToldLater]) -> String {
        let later = later.iter().map(|(day, names)| format!("{day}起还将通知 {}", names.join("、")));
        format!("{}。", later.collect::<Vec<_>>().join("；"))
    }

    fn told_of(&self, name: &str, count: usize) -> String {
        format!("其中 {count} 张同时通知了 {name}。")
    }

    fn news_told(&self, names: &[String]) -> String {
        format!("上述动态同时通知：{}。", names.join("、"))
    }

    fn escalated(&self, within: Duration, count: Option<usize>) -> String {
        let which = count.map(|count| format!("其中 {count} 张")).unwrap_or_default();
        format!("{which}根据策略的升级规则，自到期前 {}起通知您。", span(within))
    }

    fn snoozed(&self, until: &str) -> String {
        format!("该证书的提醒已暂停至 {until}。")
    }

    fn snooze_hint(&self, day: &str, machine: &str, many: bool) -> String {
        let what = if many { "某张证书的提醒" } else { "提醒" };
        format!("如需将{what}暂停到 {day}，请在 {machine} 上执行：")
    }

    fn unused_hint(&self, file: &str) -> String {
        format!("若已不再使用，请从 {file} 中删除。")
    }
}
