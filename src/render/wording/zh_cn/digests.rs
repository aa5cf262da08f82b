//! Simplified Chinese, of digests.

use super::SimplifiedChinese;
use crate::render::wording::digests::{DigestFacts, DigestList, DigestWords, Digests};

impl Digests for SimplifiedChinese {
    fn digest_words(&self) -> DigestWords {
        DigestWords {
            label: "未来 60 天",
            coming: "未来 60 天的到期项和提醒：",
            renewed: "上次汇总以来已续期，新的到期日：",
            unseen: "本次运行未能看到：",
            planned: "发送时再列出各项。",
            nothing: "未来 60 天没有到期项，也没有提醒。",
            expired: "，已过期",
        }
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
}
