//! Simplified Chinese, of what is wrong, over, or watched no more.

use super::SimplifiedChinese;
use super::ends::expires;
use super::forms::before;
use super::occurrences::aside;
use crate::event::{Detail, MonitoringChange};
use crate::render::wording::occurrences::{Newswriting as _, OccurrenceFacts};

impl SimplifiedChinese {
    pub(super) fn of_health(&self, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        let name = before(name);
        match &occurrences.detail {
            Detail::Shared { places } => vec![format!("{name}的证书或私钥现在同时用于：{}。", places.join(""))],
            Detail::KeyReadable { path, by_others } => {
                let who = if *by_others { "本机所有用户" } else { "所属组" };
                vec![format!("{name}的私钥可被{who}读取：{path}。")]
            }
            Detail::FindingOpened { finding, message } => {
                let message = if message.is_empty() { String::new() } else { format!("（{message}）") };
                vec![format!("{name}出现异常{}：{}{message}。", aside(places), self.finding(*finding))]
            }
            Detail::FindingBurst { finding, count, names } => vec![
                format!("{count} 张证书同时出现异常：{}。", self.finding(*finding)),
                format!("包括：{}。", names.join("")),
            ],
            Detail::Recovered { finding, count } if *count > 1 => {
                vec![format!("{count} 张证书已恢复：此前{}。", self.finding(*finding)), format!("其中有：{name}。")]
            }
            Detail::Recovered { finding, .. } => {
                vec![format!("{name}已恢复正常{}：此前{}。", aside(places), self.finding(*finding))]
            }
            Detail::PutRight { by } => {
                let (end, serial) = (expires(clock.end_date(by.not_after).as_deref()), &by.serial);
                vec![format!("{name}已换回正确的证书{}，{end}，序列号 {serial}。", aside(places))]
            }
            Detail::MonitoringStopped { change, names, count } => {
                let first = match change {
                    MonitoringChange::Removed => format!("不再监控 {count} 张证书。"),
                    MonitoringChange::SwitchedOff => format!("{count} 张证书的通知已关闭。"),
                    MonitoringChange::ContactDropped { contact } => {
                        format!("{contact} 已没有任何渠道接收 {count} 张证书的通知。")
                    }
                    MonitoringChange::Undeliverable { contact, address: Some(address), reason, .. } => {
                        format!(
                            "连续三次运行发往 {contact} 的地址 {address} 的邮件都失败（{reason}），其他地址可以收到，涉及 {count} 张证书。"
                        )
                    }
                    MonitoringChange::Undeliverable { contact, channel, reason, .. } => {
                        format!("连续三次运行都无法通过 {channel} 通知 {contact}（{reason}），涉及 {count} 张证书。")
                    }
                    MonitoringChange::SnoozedLong { until } => {
                        format!("{count} 张证书的提醒暂停至 {}。", clock.iso_date(*until))
                    }
                };
                vec![first, format!("包括：{}。", names.join(""))]
            }
            Detail::Renewed { .. }
            | Detail::RenewedAsReported { .. }
            | Detail::Downloaded { .. }
            | Detail::Revoked { .. }
            | Detail::RenewalMovedForward { .. }
            | Detail::Deleted
            | Detail::Replaced { .. }
            | Detail::AuthorityChanged { .. }
            | Detail::Announced { .. }
            | Detail::Upgraded { .. }
            | Detail::Digest { .. }
            | Detail::Reported { .. } => Vec::new(),
        }
    }
}
