//! Simplified Chinese, of what happened.

use super::SimplifiedChinese;
use super::announcements::announcement;
use super::occurrences_to_do::{self, another_certificate, to};
use crate::event::{AuthorityChange, Detail, EventKind, FindingId, MonitoringChange};
use crate::render::wording::occurrences::{Listening, Marks, Newswriting};
use crate::render::wording::{ToDo, Wording as _};

impl Newswriting for SimplifiedChinese {
    fn mark(&self, kind: EventKind, detail: &Detail) -> &'static str {
        match detail {
            Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } if new.is_date() => "日期变更",
            Detail::Digest { .. } => "近期汇总",
            Detail::RenewalMovedForward { .. } => "须提前续期",
            Detail::Replaced { .. } => "被替换",
            Detail::KeyReadable { .. } => "私钥可读",
            Detail::MonitoringStopped { change, .. } => match change {
                MonitoringChange::Removed => "不再监视",
                MonitoringChange::SwitchedOff => "通知已关闭",
                MonitoringChange::ContactDropped { .. } => "不再通知",
                MonitoringChange::Undeliverable { .. } => "渠道失败",
                MonitoringChange::SnoozedLong { .. } => "暂停提醒",
            },
            Detail::AuthorityChanged { changes, .. } => match AuthorityChange::main(changes) {
                Some(AuthorityChange::UsageLost { .. }) => "用途减少",
                Some(AuthorityChange::IntermediateExpires { .. }) => "链将到期",
                _ => "CA 变更",
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
        let shown: Vec<String> = marks
            .iter()
            .map(|(word, number)| format!("{word} {mark}{number}{mark} 项"))
            .take(crate::render::wording::MARKS)
            .collect();
        let more: usize = marks.iter().skip(crate::render::wording::MARKS).map(|(_, number)| number).sum();
        let more = if more > 0 { format!("，其他 {more} 项") } else { String::new() };
        shown.join("，") + &more
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
            FindingId::Expired => "已过期",
            FindingId::ExpiresSoon => "即将到期",
            FindingId::NotYetValid => "尚未生效",
            FindingId::Revoked => "已被吊销",
            FindingId::KeyMismatch => "私钥不匹配",
            FindingId::PinMismatch => "与固定的公钥不符",
            FindingId::NameMismatch => "域名不匹配",
            FindingId::Untrusted => "不受信任",
            FindingId::SelfSigned => "自签名",
            FindingId::ChainIncomplete => "证书链不完整",
            FindingId::ChainExpiresSoon => "证书链即将到期",
            FindingId::ChainMisordered => "证书链顺序错误",
            FindingId::WeakKey => "密钥强度不足",
            FindingId::WeakSignature => "签名算法过弱",
            FindingId::LifetimeTooLong => "有效期过长",
            FindingId::LegacyProtocol => "使用过时的协议",
            FindingId::RenewalLate => "自动续期逾期",
            FindingId::Superseded => "别处已有更新的证书",
            FindingId::RootHorizon => "根证书将先于证书失去信任",
            FindingId::CaHorizon => "签发者即将到期，续期的证书有效期会变短",
            FindingId::NotDeployed => "正在使用另一张证书",
            FindingId::NotLoaded => "已续期，但服务尚未加载",
            FindingId::Unreachable => "无法连接",
            FindingId::Unreadable => "无法读取",
            FindingId::Unparsable => "不是可解析的证书",
            FindingId::NothingFound => "没有找到证书",
            FindingId::RenewalBlocked => "下次续期将会失败或延误",
            FindingId::CopyOutdated => "提供方发布了新的证书",
            FindingId::LoadingUnknown => "无法得知服务是否已加载",
            FindingId::TlsaMissing => "DNS 中没有它的 TLSA 记录",
            FindingId::TlsaUnknown => "无法得知 DNS 中的 TLSA 记录",
            FindingId::RegistrationUnknown => "无法得知注册何时到期",
            FindingId::RevocationUnknown => "无法查询吊销状态",
        }
    }

    fn certificates(&self, count: usize) -> String {
        format!("{count} 张证书")
    }

    fn because(&self, listening: &Listening) -> String {
        match listening {
            Listening::Policies { policies, kinds } => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                format!("策略 {} 订阅了此类事件（{}）。", policies.join("、"), kinds.join("、"))
            }
            Listening::Reminded => "您此前收到过旧证书的提醒，因此告知。".to_owned(),
            Listening::ToldOfTheAnomaly => "此前曾告知您该异常，因此告知恢复。".to_owned(),
            Listening::Former => "您此前接收这些证书的通知，因此告知。".to_owned(),
            Listening::Digest(written) => format!("策略文件要求发送此汇总：{written}。"),
            Listening::Default => "没有其他接收人，因此通知默认联系人。".to_owned(),
        }
    }
}

/// What a kind is called in a list, and, where it is reported to have happened, as a clause.
pub(super) const fn called(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Expiration => ("即将到期", "证书即将到期"),
        EventKind::Issuance => ("首次签发", "证书首次签发"),
        EventKind::Download => ("已下载", "证书已下载"),
        EventKind::Revocation => ("已吊销", "证书已被吊销"),
        EventKind::Deletion => ("已删除", "证书已删除"),
        EventKind::Sharing => ("共用", "证书或私钥被共用"),
        EventKind::Hosting => ("已续期", "证书已续期"),
        EventKind::Expired => ("已过期", "证书已过期"),
        EventKind::NotificationsDisabled => ("停止通知", "通知已关闭"),
        EventKind::HostingFailure => ("续期逾期", "自动续期失败"),
        EventKind::Anomaly => ("异常", "出现异常"),
        EventKind::Recovery => ("已恢复", "已恢复"),
        EventKind::CaChange => ("CA 变更", "签发机构变更"),
        EventKind::Notice => ("通知", "通知"),
        EventKind::Announcement => ("公告", "公告"),
        EventKind::Update => ("更新", "更新"),
        EventKind::Upgrade => ("升级", "升级"),
    }
}
