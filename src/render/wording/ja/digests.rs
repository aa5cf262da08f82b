//! Japanese, of digests.

use super::Japanese;
use crate::render::wording::digests::{DigestFacts, DigestList, DigestWords, Digests};

impl Digests for Japanese {
    fn digest_words(&self) -> DigestWords {
        DigestWords {
            label: "今後 60 日間",
            coming: "今後 60 日間の期限と通知の予定：",
            renewed: "前回のまとめ以降に更新されたもの（新しい有効期限）：",
            unseen: "今回の実行で確認できなかったもの：",
            planned: "一覧は送信時に作成されます。",
            nothing: "今後 60 日間に期限を迎えるもの、通知の予定はありません。",
            expired: "、期限切れ",
        }
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
}
