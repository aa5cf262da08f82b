//! Simplified Chinese, of what happened: what to do.

use super::SimplifiedChinese;
use crate::event::FindingId;
use crate::render::wording::full_width::after;
use crate::render::wording::{ToDo, Wording as _};

/// Where a command is to be typed, the sentence ends before it.
pub(super) fn to_do(to_do: ToDo, places: &str) -> String {
    let to = to(places);
    let clause = match to_do {
        ToDo::Renew { is_automatic: true } => {
            format!("查明自动续期为何没有完成，完成续期，并确认新证书已部署{to}")
        }
        ToDo::Renew { is_automatic: false } => format!("续期，并将新证书部署{to}"),
        ToDo::PutNewerInPlace => format!("将更新的证书部署{to}，或删除旧文件"),
        ToDo::Load => format!("让 {places} 加载新证书，通常重新加载服务即可"),
        ToDo::Serve => format!("让 {places} 使用该证书，或更正策略文件中的 deploys-to"),
        ToDo::Revoked => format!("申请新证书并部署{to}；客户端可能拒绝现有证书"),
        ToDo::RenewalMovedForward => format!("立即续期，并将新证书部署{to}；CA 可能即将吊销现有证书"),
        ToDo::Finding(finding) => of_finding(finding, &to),
        ToDo::AddressFails => return "请处理：更正或删除该地址，然后执行：".to_owned(),
        ToDo::ChannelFails => return "请处理：修复该渠道，然后执行：".to_owned(),
        ToDo::SnoozedLong => return "请处理：若非有意，请执行：".to_owned(),
        ToDo::Deleted => "恢复该证书；若已不再使用，而策略文件中列有它，请从中删除".to_owned(),
        ToDo::Replaced => "确认是否有意为之；若不是，请换回正确的证书".to_owned(),
        ToDo::Shared => "若非有意，请为每处使用各自的私钥".to_owned(),
        ToDo::KeyReadableByAll => "收回读取权限，并换用新私钥申请证书：原私钥可能已泄露".to_owned(),
        ToDo::KeyReadableByGroup => "若所属组不需要，请收回读取权限".to_owned(),
        ToDo::FindingBurst => "查找共同的原因：网络、信任列表或系统时间".to_owned(),
        ToDo::Removed | ToDo::SwitchedOff => "若非有意，请恢复策略文件中的设置".to_owned(),
        ToDo::ContactDropped => "确认有其他人接收通知，或为该联系人设置渠道".to_owned(),
        ToDo::UsageLost => "确认是否有程序使用该用途；这类连接将被拒绝".to_owned(),
        ToDo::IntermediateExpires => "在该日期之前换用由较新中间证书签发的证书".to_owned(),
        ToDo::AuthorityChanged => "通常无需处理；若客户端只信任旧的签发机构，请更新其设置".to_owned(),
        ToDo::ReportedIssuance { is_watched: true } => "确认该证书确由己方申请；若不是，请让 CA 吊销".to_owned(),
        ToDo::ReportedIssuance { is_watched: false } => {
            "确认该证书确由己方申请，并已由策略文件监视；若不是，请让 CA 吊销".to_owned()
        }
        ToDo::ReportedRevocation => "申请新证书并部署".to_owned(),
        ToDo::ReportedDeletion => "恢复该证书，或从策略文件中删除".to_owned(),
        ToDo::ReportedEnd => "续期，并部署新证书".to_owned(),
    };
    SimplifiedChinese.instruction(&clause)
}

pub(super) fn to(places: &str) -> String {
    if places.is_empty() { String::new() } else { format!("到{}", after(places)) }
}

fn of_finding(finding: FindingId, to: &str) -> String {
    match finding {
        FindingId::Unreachable => "检查服务是否运行，以及是否允许本机连接".to_owned(),
        FindingId::Unreadable => "检查文件，并允许 certnotify 读取".to_owned(),
        FindingId::Unparsable | FindingId::NothingFound => "检查该处的内容为何不是证书".to_owned(),
        FindingId::ChainIncomplete | FindingId::ChainMisordered => format!("将证书连同中间证书按顺序部署{to}"),
        FindingId::Superseded => "把更新的证书部署到此处，或删除旧文件".to_owned(),
        FindingId::NotDeployed => "让服务加载新证书".to_owned(),
        FindingId::PinMismatch => {
            "启用前先更新固定的公钥（pins）、应用和 TLSA 记录，或部署使用已固定公钥的证书".to_owned()
        }
        FindingId::NotLoaded => "重新加载或重启服务，并让续期程序今后自动执行".to_owned(),
        FindingId::RenewalBlocked => "请在该日之前解决上述问题：CAA 记录、验证记录的目标或客户端的续期时间".to_owned(),
        FindingId::CopyOutdated => "在提供方启用新密钥之前，更新本地的元数据副本".to_owned(),
        FindingId::LoadingUnknown => {
            "启动服务，或允许 certnotify 查看其进程（root 或 CAP_SYS_PTRACE），否则删除 listens-on".to_owned()
        }
        FindingId::TlsaMissing => "发布匹配的 TLSA 记录，或删除 tlsa = true".to_owned(),
        FindingId::TlsaUnknown => "检查 DNS 为何没有应答，或在 [settings] 中改用别的 resolver".to_owned(),
        FindingId::RegistrationUnknown => {
            "到注册商处查看到期时间；注册局不公布时，改用 name 和 expires 监视".to_owned()
        }
        FindingId::RenewalLate => "查明自动续期为何没有完成，并完成续期".to_owned(),
        FindingId::LegacyProtocol => format!("关闭过时的协议版本，或在 accept 中写入 {finding}"),
        FindingId::Expired
        | FindingId::ExpiresSoon
        | FindingId::NotYetValid
        | FindingId::Revoked
        | FindingId::KeyMismatch
        | FindingId::NameMismatch
        | FindingId::Untrusted
        | FindingId::SelfSigned
        | FindingId::ChainExpiresSoon
        | FindingId::WeakKey
        | FindingId::WeakSignature
        | FindingId::LifetimeTooLong
        | FindingId::RootHorizon
        | FindingId::CaHorizon
        | FindingId::RevocationUnknown => another_certificate(&[finding], to),
    }
}

/// Where each of `findings` is a fault of the certificate itself.
pub(super) fn another_certificate(findings: &[FindingId], to: &str) -> String {
    if !findings.iter().all(|finding| finding.can_be_accepted()) {
        return format!("将新证书部署{to}");
    }
    let faults = if findings.len() == 1 { "此问题" } else { "这些问题" };
    let accepted: Vec<String> = findings.iter().map(FindingId::to_string).collect();
    format!("将没有{faults}的证书部署{to}，或在 accept 中写入 {}", SimplifiedChinese.list(&accepted, 0))
}
