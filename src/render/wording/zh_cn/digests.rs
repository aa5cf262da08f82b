//! Simplified Chinese, of digests.

use super::SimplifiedChinese;
use crate::render::wording::Clock;
use crate::render::wording::digests::{DigestFacts, DigestList, DigestRow, Digests, Headings};

impl Digests for SimplifiedChinese {
    fn digest_label(&self) -> &'static str {
        "未来 60 天"
    }

    fn digest_headline(&self, digest: &DigestFacts) -> String {
        let counted = |list: &DigestList, what: &str| (list.count() > 0).then(|| format!("{what} {} 项", list.count()));
        let coming = match digest.coming.count() {
            _ if digest.is_planned => return "到期、续期与未能看到的证书".to_owned(),
            0 => "没有到期项".to_owned(),
            count => format!("{count} 项需关注"),
        };
        let rest = [counted(&digest.renewed, "已续期"), counted(&digest.unseen, "未能看到")];
        std::iter::once(coming).chain(rest.into_iter().flatten()).collect::<Vec<_>>().join("，")
    }

    fn digest_headings(&self) -> Headings {
        Headings {
            coming: "未来 60 天的到期项和提醒：",
            renewed: "上次汇总以来已续期，新的到期日：",
            unseen: "本次运行未能看到：",
        }
    }

    fn digest_without_lists(&self, digest: &DigestFacts) -> Option<&'static str> {
        if digest.is_planned {
            return Some("发送时再列出各项。");
        }
        (digest.coming.count() == 0).then_some("未来 60 天没有到期项，也没有提醒。")
    }

    fn digest_more(&self, left_out: usize) -> String {
        format!("另有 {left_out} 项")
    }

    fn digest_row(&self, row: &DigestRow, clock: Clock<'_>) -> String {
        let end = row.end.and_then(|end| clock.end_date(end)).map(|end| format!("{end} ")).unwrap_or_default();
        let expired = if row.end.is_some_and(|end| end < clock.now) { "，已过期" } else { "" };
        let next = match row.reminder.map(|at| clock.iso_date(at)) {
            Some(at) if row.is_automatic => format!("，自动续期，否则 {at} 提醒"),
            Some(at) => format!("，{at} 提醒"),
            None => String::new(),
        };
        let why = row.why.as_ref().map(|why| format!("：{why}")).unwrap_or_default();
        format!("{end}{}{expired}{next}{why}", row.name)
    }

    fn asked_for(&self, written: &str) -> String {
        format!("策略文件要求发送此汇总：{written}。")
    }
}
