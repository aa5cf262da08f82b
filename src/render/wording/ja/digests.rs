//! Japanese, of digests.

use super::Japanese;
use crate::render::wording::Clock;
use crate::render::wording::digests::{DigestFacts, DigestList, DigestRow, Digests, Headings};

impl Digests for Japanese {
    fn digest_label(&self) -> &'static str {
        "今後 60 日間"
    }

    fn digest_headline(&self, digest: &DigestFacts) -> String {
        let counted = |list: &DigestList, what: &str| (list.count() > 0).then(|| format!("{what} {} 件", list.count()));
        let coming = match digest.coming.count() {
            _ if digest.is_planned => return "期限の近い証明書、更新済みの証明書、確認できない証明書".to_owned(),
            0 => "期限を迎えるものはありません".to_owned(),
            count => format!("期限・通知の予定 {count} 件"),
        };
        let rest = [counted(&digest.renewed, "更新済み"), counted(&digest.unseen, "確認不可")];
        std::iter::once(coming).chain(rest.into_iter().flatten()).collect::<Vec<_>>().join("、")
    }

    fn digest_headings(&self) -> Headings {
        Headings {
            coming: "今後 60 日間の期限と通知の予定：",
            renewed: "前回のまとめ以降に更新されたもの（新しい有効期限）：",
            unseen: "今回の実行で確認できなかったもの：",
        }
    }

    fn digest_without_lists(&self, digest: &DigestFacts) -> Option<&'static str> {
        if digest.is_planned {
            return Some("一覧は送信時に作成されます。");
        }
        (digest.coming.count() == 0).then_some("今後 60 日間に期限を迎えるもの、通知の予定はありません。")
    }

    fn digest_more(&self, left_out: usize) -> String {
        format!("ほか {left_out} 件")
    }

    fn digest_row(&self, row: &DigestRow, clock: Clock<'_>) -> String {
        let end = row.end.and_then(|end| clock.end_date(end)).map(|end| format!("{end} ")).unwrap_or_default();
        let expired = if row.end.is_some_and(|end| end < clock.now) { "、期限切れ" } else { "" };
        let next = match row.reminder.map(|at| clock.iso_date(at)) {
            Some(at) if row.is_automatic => format!("、自動更新（されない場合は {at} に通知）"),
            Some(at) => format!("、{at} に通知"),
            None => String::new(),
        };
        let why = row.why.as_ref().map(|why| format!("：{why}")).unwrap_or_default();
        format!("{end}{}{expired}{next}{why}", row.name)
    }

    fn asked_for(&self, written: &str) -> String {
        format!("ポリシーファイルの設定（{written}）により、このまとめをお送りしています。")
    }
}
