//! Simplified Chinese, of what is wrong, over, or watched no more.

use super::SimplifiedChinese;
use super::ends::expires;
use crate::render::wording::full_width::{aside, before};
use crate::render::wording::occurrences::{Health, Newswriting as _, OccurrenceFacts, Stopped};

impl SimplifiedChinese {
    pub(super) fn of_health(&self, health: &Health, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        let name = before(name);
        match health {
            Health::Shared { places } => vec![format!("{name}的证书或私钥现在同时用于：{}。", places)],
            Health::KeyReadable { path, by_others } => {
                let who = if *by_others { "本机所有用户" } else { "所属组" };
                vec![format!("{name}的私钥可被{who}读取：{path}。")]
            }
            Health::FindingOpened { finding, message } => {
                let message = if message.is_empty() { String::new() } else { format!("（{message}）") };
                vec![format!("{name}出现异常{}：{}{message}。", aside(places), self.finding(*finding))]
            }
            Health::FindingBurst { finding, count, names } => {
                vec![format!("{count} 张证书同时出现异常：{}。", self.finding(*finding)), format!("包括：{}。", names)]
            }
            Health::Recovered { finding, count } if *count > 1 => {
                vec![format!("{count} 张证书已恢复：此前{}。", self.finding(*finding)), format!("其中有：{name}。")]
            }
            Health::Recovered { finding, .. } => {
                vec![format!("{name}此前{}{}：该问题已解除。", self.finding(*finding), aside(places))]
            }
            Health::PutRight { by } => {
                let (end, serial) = (expires(clock.end_date(by.not_after).as_deref()), &by.serial);
                vec![format!("{name}已换回正确的证书{}，{end}，序列号 {serial}。", aside(places))]
            }
            Health::MonitoringStopped { stopped, names, count } => {
                let first = match stopped {
                    Stopped::Removed => format!("不再监控 {count} 张证书。"),
                    Stopped::SwitchedOff => format!("{count} 张证书的通知已关闭。"),
                    Stopped::ContactDropped { contact } => {
                        format!("{contact} 已没有任何渠道接收 {count} 张证书的通知。")
                    }
                    Stopped::Undeliverable { contact, address: Some(address), reason, .. } => {
                        format!(
                            "连续三次运行发往 {contact} 的地址 {address} 的邮件都失败（{reason}），其他地址可以收到，涉及 {count} 张证书。"
                        )
                    }
                    Stopped::Undeliverable { contact, channel, reason, .. } => {
                        format!("连续三次运行都无法通过 {channel} 通知 {contact}（{reason}），涉及 {count} 张证书。")
                    }
                    Stopped::SnoozedLong { until } => {
                        format!("{count} 张证书的提醒暂停至 {}。", clock.iso_date(*until))
                    }
                };
                vec![first, format!("包括：{}。", names)]
            }
        }
    }
}
