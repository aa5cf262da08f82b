//! What a kind of event is called in few words, in all languages side by side.

use crate::event::{AuthorityChange, Detail, EventKind, MonitoringChange};
use crate::policy::Language;

/// The same in each language, in the order of `Language::ALL`.
pub(super) type Words = [&'static str; Language::ALL.len()];

/// In a list: at most 12 columns.
pub(super) fn mark(kind: EventKind, detail: &Detail) -> Words {
    match detail {
        Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } if new.is_date() => {
            ["new date", "日期变更", "日付変更"]
        }
        Detail::Recovered { is_dropped: true, .. } => ["closed", "不再提醒", "通知終了"],
        Detail::Digest { .. } => ["digest", "近期汇总", "まとめ"],
        Detail::RenewalMovedForward { .. } => ["renew now", "须提前续期", "早期更新"],
        Detail::Replaced { .. } => ["replaced", "被替换", "置き換え"],
        Detail::KeyReadable { .. } => ["key readable", "私钥可读", "鍵の露出"],
        Detail::MonitoringStopped { change, .. } => match change {
            MonitoringChange::Removed => ["not watched", "不再监控", "監視終了"],
            MonitoringChange::SwitchedOff => ["switched off", "通知已关闭", "通知オフ"],
            MonitoringChange::ContactDropped { .. } => ["not told", "不再通知", "通知先なし"],
            MonitoringChange::Undeliverable { .. } => ["channel fails", "渠道失败", "配信不能"],
            MonitoringChange::SnoozedLong { .. } => ["snoozed", "暂停提醒", "一時停止"],
        },
        Detail::AuthorityChanged { changes, .. } => match AuthorityChange::main(changes) {
            Some(AuthorityChange::UsageLost { .. }) => ["usage lost", "用途减少", "用途の減少"],
            Some(AuthorityChange::IntermediateExpires { .. }) => ["chain ends", "链将到期", "中間の期限"],
            _ => ["CA change", "CA 变更", "CA の変更"],
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
        | Detail::Reported { .. } => of_kind(kind),
    }
}

const fn of_kind(kind: EventKind) -> Words {
    match kind {
        EventKind::Expiration => ["expires", "即将到期", "期限間近"],
        EventKind::Issuance => ["issued", "首次签发", "新規発行"],
        EventKind::Download => ["downloaded", "已下载", "取得"],
        EventKind::Revocation => ["revoked", "已吊销", "失効"],
        EventKind::Deletion => ["deleted", "已删除", "削除"],
        EventKind::Sharing => ["shared", "共用", "共有"],
        EventKind::Hosting => ["renewed", "已续期", "更新済み"],
        EventKind::Expired => ["expired", "已过期", "期限切れ"],
        EventKind::NotificationsDisabled => ["disabled", "停止通知", "通知停止"],
        EventKind::HostingFailure => ["renewal late", "续期逾期", "更新遅延"],
        EventKind::Anomaly => ["anomaly", "异常", "異常"],
        EventKind::Recovery => ["recovered", "已恢复", "復旧"],
        EventKind::CaChange => ["CA change", "CA 变更", "CA の変更"],
        EventKind::Notice => ["notice", "通知", "連絡"],
        EventKind::Announcement => ["announcement", "公告", "告知"],
        EventKind::Update => ["update", "更新", "変更"],
        EventKind::Upgrade => ["upgrade", "升级", "バージョン"],
    }
}

/// As a clause, where it is reported to have happened to a certificate.
pub(super) const fn reported(kind: EventKind) -> Words {
    match kind {
        EventKind::Expiration => ["certificate expires", "证书即将到期", "証明書の期限が近づいています"],
        EventKind::Issuance => {
            ["certificate issued for the first time", "证书首次签发", "証明書が新規に発行されました"]
        }
        EventKind::Download => ["certificate downloaded", "证书已下载", "証明書がダウンロードされました"],
        EventKind::Revocation => ["certificate revoked", "证书已被吊销", "証明書が失効しました"],
        EventKind::Deletion => ["certificate deleted", "证书已删除", "証明書が削除されました"],
        EventKind::Sharing => ["certificate or key shared", "证书或私钥被共用", "証明書または秘密鍵が共有されています"],
        EventKind::Hosting => ["certificate renewed", "证书已续期", "証明書が更新されました"],
        EventKind::Expired => ["certificate expired", "证书已过期", "証明書の期限が切れました"],
        EventKind::NotificationsDisabled => ["notifications disabled", "通知已关闭", "通知がオフになりました"],
        EventKind::HostingFailure => ["automatic renewal failed", "自动续期失败", "自動更新に失敗しました"],
        EventKind::Anomaly => ["something is wrong", "出现异常", "異常があります"],
        EventKind::Recovery => ["recovered", "已恢复", "復旧しました"],
        EventKind::CaChange => ["certification authority changed", "签发机构变更", "認証局が変わりました"],
        EventKind::Notice => ["notice", "通知", "連絡事項"],
        EventKind::Announcement => ["announcement", "公告", "告知"],
        EventKind::Update => ["update", "更新", "変更のお知らせ"],
        EventKind::Upgrade => ["upgrade", "升级", "バージョンアップ"],
    }
}

/// The same of a date, for which there is no certificate.
pub(super) const fn reported_of_date(kind: EventKind) -> Words {
    match kind {
        EventKind::Expiration => ["expires", "即将到期", "期限が近づいています"],
        EventKind::Issuance => ["issued for the first time", "首次签发", "新規に発行されました"],
        EventKind::Download => ["downloaded", "已下载", "ダウンロードされました"],
        EventKind::Revocation => ["revoked", "已被吊销", "失効しました"],
        EventKind::Deletion => ["deleted", "已删除", "削除されました"],
        EventKind::Sharing => ["shared", "被共用", "共有されています"],
        EventKind::Hosting => ["renewed", "已续期", "更新されました"],
        EventKind::Expired => ["expired", "已过期", "期限が切れました"],
        EventKind::NotificationsDisabled
        | EventKind::HostingFailure
        | EventKind::Anomaly
        | EventKind::Recovery
        | EventKind::CaChange
        | EventKind::Notice
        | EventKind::Announcement
        | EventKind::Update
        | EventKind::Upgrade => reported(kind),
    }
}
