//! Japanese, of what is wrong, over, or watched no more.

use super::Japanese;
use super::ends::expires;
use crate::render::wording::full_width::{aside, before};
use crate::render::wording::occurrences::{Health, Newswriting as _, OccurrenceFacts, Stopped};

impl Japanese {
    pub(super) fn of_health(&self, health: &Health, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        let (name, here) = (before(name), aside(places));
        match health {
            Health::Shared { places } => {
                vec![format!("{name}の証明書または秘密鍵が、複数の場所で使われています：{places}。")]
            }
            Health::KeyReadable { path, by_others } => {
                let who = if *by_others { "このホストの全ユーザー" } else { "所有グループ" };
                vec![format!("{name}の秘密鍵を{who}が読み取れます：{path}。")]
            }
            Health::FindingOpened { finding, message } => {
                let message = aside(message);
                vec![format!("{name}に問題があります{here}：{}{message}。", self.finding(*finding))]
            }
            Health::FindingBurst { finding, count, names } => vec![
                format!("証明書 {count} 件に同時に問題が発生しました：{}。", self.finding(*finding)),
                format!("対象：{names}。"),
            ],
            Health::Recovered { finding, count } if *count > 1 => vec![
                format!("証明書 {count} 件が復旧しました：以前の問題は「{}」です。", self.finding(*finding)),
                format!("対象：{name}。", name = name.trim_end()),
            ],
            Health::Recovered { finding, .. } => {
                vec![format!("{name}の問題「{}」は解消しました{here}。", self.finding(*finding))]
            }
            Health::PutRight { by } => {
                let (end, serial) = (expires(clock.end_date(by.not_after).as_deref()), &by.serial);
                vec![format!("{name}は正しい証明書に戻りました{here}：{end}、シリアル番号 {serial}。")]
            }
            Health::MonitoringStopped { stopped, names, count } => {
                let first = match stopped {
                    Stopped::Removed => format!("証明書 {count} 件が監視対象から外れました。"),
                    Stopped::SwitchedOff => format!("証明書 {count} 件の通知がオフになりました。"),
                    Stopped::ContactDropped { contact } => {
                        format!("{}には、証明書 {count} 件の通知が届く手段がなくなりました。", before(contact))
                    }
                    Stopped::Undeliverable { contact, address: Some(address), reason, .. } => format!(
                        "{}のアドレス {address} 宛てのメールが、3 回続けて失敗しました（{reason}）。\
                         ほかのアドレスには届いています。影響する証明書は {count} 件です。",
                        before(contact)
                    ),
                    Stopped::Undeliverable { contact, channel, reason, .. } => format!(
                        "{channel} で {}に 3 回続けて通知できませんでした（{reason}）。影響する証明書は {count} 件です。",
                        before(contact)
                    ),
                    Stopped::SnoozedLong { until } => {
                        format!("証明書 {count} 件の通知が {} まで一時停止されています。", clock.iso_date(*until))
                    }
                };
                vec![first, format!("対象：{names}。")]
            }
        }
    }
}
