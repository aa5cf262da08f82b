//! Simplified Chinese, of what happened.

use time::OffsetDateTime;

use super::SimplifiedChinese;
use super::announcements::announcement;
use super::ends::expires;
use super::forms::in_zone;
use super::occurrences_to_do::{self, another_certificate, to};
use crate::certificate::is_no_end;
use crate::event::{AuthorityChange, Detail, EventKind, Evidence, FindingId, MonitoringChange};
use crate::render::wording::dates::Dates as _;
use crate::render::wording::digests::Digests as _;
use crate::render::wording::full_width::{aside, before};
use crate::render::wording::occurrences::{
    ChainChange, EscapedDetail, Health, Life, Listening, Marks, Newswriting, OccurrenceFacts, OtherCertificate, Report,
    Service, Stopped,
};
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

    fn headline(&self, occurrences: &OccurrenceFacts<'_>) -> String {
        let date = |at: OffsetDateTime| occurrences.clock.iso_date(at);
        match &occurrences.detail {
            EscapedDetail::Life(life) => match life {
                Life::Renewed { new: new @ OtherCertificate { date: Some(of), .. }, .. } => {
                    self.date_headline(&occurrences.change_of_date(*of, new))
                }
                Life::Renewed { new, .. } => {
                    let end = occurrences.clock.end_date(new.not_after);
                    end.map_or_else(|| "证书已续期，无到期时间".to_owned(), |end| format!("证书已续期至 {end}"))
                }
                Life::Downloaded { .. } => "证书已下载".to_owned(),
                Life::Revoked { .. } => "证书已被吊销".to_owned(),
                Life::RenewalMovedForward { .. } => "CA 要求提前续期".to_owned(),
                Life::Deleted => "证书已删除".to_owned(),
                Life::Replaced { .. } => "证书被另一张替换".to_owned(),
            },
            EscapedDetail::Health(health) => match health {
                Health::Shared { .. } => "证书或私钥被共用".to_owned(),
                Health::KeyReadable { by_others: true, .. } => "私钥可被所有用户读取".to_owned(),
                Health::KeyReadable { .. } => "私钥可被所属组读取".to_owned(),
                Health::FindingOpened { finding, .. } | Health::FindingBurst { finding, .. } => {
                    self.finding(*finding).to_owned()
                }
                Health::Recovered { finding, .. } => format!("已恢复（{}）", self.finding(*finding)),
                Health::MonitoringStopped { stopped, .. } => match stopped {
                    Stopped::Removed => "不再监控".to_owned(),
                    Stopped::SwitchedOff => "通知已关闭".to_owned(),
                    Stopped::ContactDropped { contact } => format!("{contact} 不再收到通知"),
                    Stopped::Undeliverable { address: Some(address), .. } => {
                        format!("发往 {address} 的邮件无法送达")
                    }
                    Stopped::Undeliverable { contact, channel, .. } => {
                        format!("无法通过 {channel} 通知 {contact}")
                    }
                    Stopped::SnoozedLong { until } => format!("提醒暂停至 {}", date(*until)),
                },
                Health::PutRight { .. } => "已恢复（已换回正确的证书）".to_owned(),
            },
            EscapedDetail::Service(service) => match service {
                Service::AuthorityChanged { main, .. } => match main {
                    Some(ChainChange::Root { .. }) => "根证书变更".to_owned(),
                    Some(ChainChange::UsageLost { usage }) => format!("不能再用于 {usage}"),
                    Some(ChainChange::IntermediateExpires { not_after, .. }) => {
                        format!("中间证书将于 {} 到期", date(*not_after))
                    }
                    _ => "签发者变更".to_owned(),
                },
                Service::Announced { date, .. } => format!("自 {date} 起生效"),
                Service::Upgraded { to, .. } => format!("已升级到 {to}"),
                Service::Digest(digest) => self.digest_headline(digest),
                Service::Reported { .. } => called(occurrences.kind).1.to_owned(),
            },
        }
    }

    fn not_in_use(&self, name: &str, is_predecessor: bool) -> String {
        if is_predecessor {
            format!("{name} 的证书已续期，但旧证书仍在使用。")
        } else {
            format!("应使用 {name} 的证书之处，正在使用另一张证书。")
        }
    }

    fn old_one_served(&self) -> &'static str {
        "已续期但仍在使用旧证书"
    }

    fn still_old(&self, endpoint: &str, serial: &str, end: &str) -> String {
        format!("{endpoint} 使用的证书于 {end} 到期（序列号 {serial}）。")
    }

    fn load_it(&self, endpoints: &str) -> String {
        format!("请处理：让 {endpoints} 加载新证书，通常重新加载服务即可。")
    }

    fn serve_it(&self, endpoints: &str) -> String {
        format!("请处理：让 {endpoints} 使用该证书，或更正策略文件中的 deploys-to。")
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

    fn news_totals(&self, marks: &Marks, mark: &str) -> String {
        format!("动态：{}。", self.counted(marks, mark))
    }

    fn announcement(&self, id: &str, date: &str) -> Option<(String, String)> {
        announcement(id, date)
    }

    fn describe(&self, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        match &occurrences.detail {
            EscapedDetail::Life(life) => self.of_life(life, occurrences),
            EscapedDetail::Health(health) => self.of_health(health, occurrences),
            EscapedDetail::Service(service) => self.of_service(service, occurrences),
        }
    }

    fn news_to_do(&self, to_do: ToDo, places: &str) -> String {
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

    fn new_without(&self, faults: &str) -> String {
        format!("新证书不应再有此问题：{faults}。")
    }

    fn known(&self, evidence: &Evidence, seen: &str) -> String {
        match evidence {
            Evidence::Observed => format!("certnotify 实际所见，{seen}"),
            Evidence::Reported { by } => format!("{by} 上报，{seen}"),
            Evidence::Derived => format!("由日期和策略推算，{seen}"),
        }
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
            Listening::Digest(written) => self.asked_for(written),
            Listening::Default => "没有其他接收人，因此通知默认联系人。".to_owned(),
        }
    }

    fn once(&self, lasts: bool) -> String {
        if lasts {
            "持续期间只告知一次，恢复时再告知。".to_owned()
        } else {
            "只告知一次。".to_owned()
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

impl SimplifiedChinese {
    fn of_life(&self, life: &Life, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let OccurrenceFacts { name, places, clock, .. } = occurrences;
        let name = before(name);
        let stamp = |at: OffsetDateTime| clock.stamp(at);
        let zone = |at: OffsetDateTime| self.zone_mark(*clock, at);
        let end_of = |end: OffsetDateTime| (!is_no_end(end)).then(|| stamp(end));
        match life {
            Life::Renewed { new: new @ OtherCertificate { date: Some(of), .. }, report } => {
                let changed = self.date_changed(&occurrences.change_of_date(*of, new));
                changed.into_iter().chain(self.words_of_report(report.as_ref(), occurrences)).collect()
            }
            Life::Renewed { new, report } => {
                let old = occurrences
                    .end
                    .map(|end| format!("旧证书（序列号 {}）{}，", occurrences.serial, expires(end_of(end).as_deref())));
                let (old, new_end) = (old.unwrap_or_default(), expires(end_of(new.not_after).as_deref()));
                let issuer = if new.issuer == occurrences.issuer { "签发机构不变" } else { "签发机构改为" };
                let mut told = vec![
                    format!("{name}的证书已续期，新证书已就位{}。", aside(places)),
                    format!(
                        "{old}新证书{}{new_end}，{}。",
                        if is_no_end(new.not_after) { "" } else { " " },
                        zone(new.not_after)
                    ),
                    format!("{issuer}：{}，新序列号 {}。", new.issuer, new.serial),
                ];
                told.extend(self.words_of_report(report.as_ref(), occurrences));
                told
            }
            Life::Downloaded { to } => {
                let to = to.as_ref().map(|to| format!("，保存到 {to}")).unwrap_or_default();
                vec![format!("{name}的证书已被下载{}{to}。", aside(places))]
            }
            Life::Revoked { reason, since, source } => {
                let since = since.map(|since| format!("于{} ", in_zone(*clock, since))).unwrap_or_default();
                let reason = reason.as_ref().map(|code| format!("，原因：{}", of_revocation(code))).unwrap_or_default();
                vec![format!("{name}的证书已{since}被吊销{reason}。"), format!("来源：{source}。")]
            }
            Life::RenewalMovedForward { end, explanation } => {
                let past = if *end < occurrences.at { "，该时间已过" } else { "" };
                let first = format!("CA 要求提前续期：{name}的证书应在{} 前续期{past}。", in_zone(*clock, *end));
                let why = explanation.as_ref().map(|page| format!("CA 的说明：{page}"));
                [Some(first), why].into_iter().flatten().collect()
            }
            Life::Replaced { by, no_longer_covered } => {
                let lost = no_longer_covered.as_ref().map(|lost| format!("不再覆盖：{lost}。"));
                let first = format!("{name}的证书已被另一张替换{}，而它不是续期后的证书。", aside(places));
                let end = expires(end_of(by.not_after).as_deref());
                let other = format!("现在的证书由 {} 签发，{end}，序列号 {}。", by.issuer, by.serial);
                let later = (by.not_before > occurrences.at).then(|| {
                    format!("它尚未生效：{} 之前客户端会拒绝它。", in_zone(*clock, by.not_before).trim_start())
                });
                let series = "对原证书的提醒到此为止。".to_owned();
                [Some(first), Some(other), later, lost, Some(series)].into_iter().flatten().collect()
            }
            Life::Deleted => {
                let end = occurrences.end.map(|end| format!("该证书原本将于{} 到期。", in_zone(*clock, end)));
                let first = format!("{name}的证书已不存在{}：连续两次运行都没有找到。", aside(places));
                [Some(first), end].into_iter().flatten().collect()
            }
        }
    }

    /// What the report of a renewal says that was seen, too.
    fn words_of_report(&self, report: Option<&Report>, occurrences: &OccurrenceFacts<'_>) -> Vec<String> {
        let (Some(Report { message, url }), Some(by)) = (report, occurrences.evidence.by()) else {
            return Vec::new();
        };
        let said = message.as_ref();
        let said = said.map(|said| self.stopped(&format!("{by} 上报：{}", said.trim_end_matches(['.', '。']))));
        let url = url.as_ref().map(|url| format!("详情：{url}"));
        [Some("certnotify 已实际见到新证书。".to_owned()), said, url].into_iter().flatten().collect()
    }
}

/// Why a certificate was revoked (RFC 5280 §5.3.1).
fn of_revocation(code: &str) -> String {
    let words = match code {
        "keyCompromise" => "私钥泄露",
        "cACompromise" => "CA 私钥泄露",
        "affiliationChanged" => "隶属关系变更",
        "superseded" => "已被取代",
        "cessationOfOperation" => "停止使用",
        "certificateHold" => "暂停使用",
        "privilegeWithdrawn" => "权限被撤回",
        _ => return code.to_owned(),
    };
    format!("{words}（{code}）")
}
