//! Japanese, of what happened.

use super::Japanese;
use super::announcements::announcement;
use super::occurrences_to_do::{self, another_certificate, to};
use crate::event::{AuthorityChange, Detail, EventKind, FindingId, MonitoringChange};
use crate::render::wording::full_width::before;
use crate::render::wording::occurrences::{Listening, Marks, Newswriting};
use crate::render::wording::{ToDo, Wording as _};

impl Newswriting for Japanese {
    fn mark(&self, kind: EventKind, detail: &Detail) -> &'static str {
        match detail {
            Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } if new.is_date() => "日付変更",
            Detail::Digest { .. } => "まとめ",
            Detail::RenewalMovedForward { .. } => "早期更新",
            Detail::Replaced { .. } => "置き換え",
            Detail::KeyReadable { .. } => "鍵の露出",
            Detail::MonitoringStopped { change, .. } => match change {
                MonitoringChange::Removed => "監視終了",
                MonitoringChange::SwitchedOff => "通知オフ",
                MonitoringChange::ContactDropped { .. } => "通知先なし",
                MonitoringChange::Undeliverable { .. } => "配信不能",
                MonitoringChange::SnoozedLong { .. } => "一時停止",
            },
            Detail::AuthorityChanged { changes, .. } => match AuthorityChange::main(changes) {
                Some(AuthorityChange::UsageLost { .. }) => "用途の減少",
                Some(AuthorityChange::IntermediateExpires { .. }) => "中間の期限",
                _ => "CA の変更",
            },
            Detail::Renewed { .. }
            | Detail::RenewedAsReported { .. }
            | Detail::Downloaded { .. }
            | Detail::Revoked { .. }
            | Detail::Deleted
            | Detail::Shared { .. }
            | Detail::FindingOpened { .. }
            | Detail::FindingBurst { .. }
            | Detail::Recovered { .. }
            | Detail::PutRight { .. }
            | Detail::Announced { .. }
            | Detail::Upgraded { .. }
            | Detail::Reported { .. } => called(kind).0,
        }
    }

    fn counted(&self, marks: &Marks, mark: &str) -> String {
        let shown = marks.iter().map(|(word, number)| format!("{word} {mark}{number}{mark} 件"));
        let mut shown: Vec<String> = shown.take(crate::render::wording::MARKS).collect();
        let more: usize = marks.iter().skip(crate::render::wording::MARKS).map(|(_, number)| number).sum();
        shown.extend((more > 0).then(|| format!("ほか {more} 件")));
        shown.join("、")
    }

    fn announcement(&self, id: &str, date: &str) -> Option<(String, String)> {
        announcement(id, date)
    }

    fn to_do(&self, to_do: ToDo, places: &str) -> String {
        occurrences_to_do::to_do(to_do, places)
    }

    fn another_certificate(&self, findings: &[FindingId], places: &str) -> String {
        self.instruction(&another_certificate(findings, &to(places)))
    }

    fn finding(&self, finding: FindingId) -> &'static str {
        match finding {
            FindingId::Expired => "期限切れ",
            FindingId::ExpiresSoon => "期限間近",
            FindingId::NotYetValid => "有効期間の開始前",
            FindingId::Revoked => "失効済み",
            FindingId::KeyMismatch => "秘密鍵の不一致",
            FindingId::PinMismatch => "ピン留めした公開鍵との不一致",
            FindingId::NameMismatch => "ホスト名の不一致",
            FindingId::Untrusted => "信頼されていない証明書",
            FindingId::SelfSigned => "自己署名証明書",
            FindingId::ChainIncomplete => "証明書チェーンの不足",
            FindingId::ChainExpiresSoon => "証明書チェーンの期限間近",
            FindingId::ChainMisordered => "証明書チェーンの順序の誤り",
            FindingId::WeakKey => "鍵の強度不足",
            FindingId::WeakSignature => "脆弱な署名アルゴリズム",
            FindingId::LifetimeTooLong => "有効期間が長すぎる",
            FindingId::LegacyProtocol => "古いプロトコル",
            FindingId::RenewalLate => "自動更新の遅延",
            FindingId::Superseded => "別の場所に新しい証明書あり",
            FindingId::RootHorizon => "ルート証明書の信頼が証明書より先に終了",
            FindingId::CaHorizon => "発行者の期限により次回の有効期間が短縮",
            FindingId::NotDeployed => "別の証明書が使用中",
            FindingId::NotLoaded => "更新済みだがサーバーに未反映",
            FindingId::Unreachable => "接続不可",
            FindingId::Unreadable => "読み取り不可",
            FindingId::Unparsable => "証明書として解釈できない内容",
            FindingId::NothingFound => "証明書なし",
            FindingId::RenewalBlocked => "次回の更新が失敗または遅延する見込み",
            FindingId::CopyOutdated => "提供元が別の証明書を公開",
            FindingId::LoadingUnknown => "サーバーへの反映状況が不明",
            FindingId::TlsaMissing => "DNS に対応する TLSA レコードなし",
            FindingId::TlsaUnknown => "DNS の TLSA レコードが不明",
            FindingId::RegistrationUnknown => "ドメイン登録の期限が不明",
            FindingId::RevocationUnknown => "失効状態の確認不可",
        }
    }

    fn certificates(&self, count: usize) -> String {
        format!("証明書 {count} 件")
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
            Listening::Reminded => "以前の証明書について通知したため、お知らせしています。".to_owned(),
            Listening::ToldOfTheAnomaly => "異常の発生時に通知したため、お知らせしています。".to_owned(),
            Listening::Former => "これまでこれらの証明書の通知先だったため、お知らせしています。".to_owned(),
            Listening::Digest(written) => {
                format!("ポリシーファイルの設定（{written}）により、このまとめをお送りしています。")
            }
            Listening::Default => "ほかに通知先がないため、既定の連絡先にお知らせしています。".to_owned(),
        }
    }
}

/// What a kind is called in a list, and, where it is reported to have happened, as a clause.
pub(super) const fn called(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Expiration => ("期限間近", "証明書の期限が近づいています"),
        EventKind::Issuance => ("新規発行", "証明書が新規に発行されました"),
        EventKind::Download => ("取得", "証明書がダウンロードされました"),
        EventKind::Revocation => ("失効", "証明書が失効しました"),
        EventKind::Deletion => ("削除", "証明書が削除されました"),
        EventKind::Sharing => ("共有", "証明書または秘密鍵が共有されています"),
        EventKind::Hosting => ("更新済み", "証明書が更新されました"),
        EventKind::Expired => ("期限切れ", "証明書の期限が切れました"),
        EventKind::NotificationsDisabled => ("通知停止", "通知がオフになりました"),
        EventKind::HostingFailure => ("更新遅延", "自動更新に失敗しました"),
        EventKind::Anomaly => ("異常", "異常があります"),
        EventKind::Recovery => ("復旧", "復旧しました"),
        EventKind::CaChange => ("CA の変更", "認証局が変わりました"),
        EventKind::Notice => ("連絡", "連絡事項"),
        EventKind::Announcement => ("告知", "告知"),
        EventKind::Update => ("変更", "変更のお知らせ"),
        EventKind::Upgrade => ("バージョン", "バージョンアップ"),
    }
}
