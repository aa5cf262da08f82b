//! Simplified Chinese, of what is wrong with a certificate that was seen.

use super::renewal::renewal;
use crate::cause::{
    FindingCause, KeyMismatch, LegacyProtocol, ServerUnknown, TlsaUnknown, WeakCipher, Weakness, minute, pin,
};

pub(super) fn finding(cause: &FindingCause) -> String {
    match cause {
        FindingCause::NotYetValid { from } => format!("生效时间为 {} UTC", minute(*from)),
        FindingCause::KeyMismatch(KeyMismatch::Beside(path)) => format!("旁边的私钥 {path} 不属于该证书"),
        FindingCause::KeyMismatch(KeyMismatch::InTheFile) => "同一文件中的私钥不属于该证书".to_owned(),
        FindingCause::KeyMismatch(KeyMismatch::InAnother(path)) => {
            format!("{path} 中也有该证书，但其中的私钥不属于该证书")
        }
        FindingCause::NameMismatch { missing, has, more } => {
            let has = match (has.join(", "), more) {
                (none, 0) if none.is_empty() => "证书中没有域名".to_owned(),
                (has, 0) => format!("它用于 {has}"),
                (has, more) => format!("它用于 {has} 等，另有 {more} 个"),
            };
            format!("未覆盖 {}；{has}", missing.join(", "))
        }
        FindingCause::ChainMisordered => "签发者没有按签发顺序排列".to_owned(),
        FindingCause::Weak { issuer, weakness } => {
            let whose = issuer.as_ref().map(|issuer| format!("其签发者 {issuer}：")).unwrap_or_default();
            match weakness {
                Weakness::Key { algorithm, bits } => format!("{whose}{bits} 位的 {algorithm} 密钥"),
                Weakness::Signature { algorithm } => format!("{whose}使用 {algorithm} 签名"),
            }
        }
        FindingCause::LegacyProtocol(protocol) => match protocol {
            LegacyProtocol::Version(version) => format!("最高只支持 {version}"),
            LegacyProtocol::Cipher(WeakCipher::RsaKeyExchange) => {
                "只支持 TLS 1.2 的 RSA 密钥交换（无前向保密）".to_owned()
            }
            LegacyProtocol::Cipher(WeakCipher::FiniteFieldDiffieHellman) => {
                "只支持 TLS 1.2 的有限域 Diffie-Hellman 密钥交换".to_owned()
            }
            LegacyProtocol::Cipher(WeakCipher::Dsa) => "只支持 TLS 1.2 的 DSA".to_owned(),
            LegacyProtocol::Cipher(WeakCipher::Refused) => "在 TLS 1.2 中只支持当前客户端会拒绝的加密算法".to_owned(),
        },
        FindingCause::LifetimeTooLong { lifetime, longest } => {
            format!("有效期 {lifetime} 天，公共 CA 最多可签发 {longest} 天")
        }
        FindingCause::PinMismatch { key } => format!("其公钥 {} 不在固定的公钥中", pin(*key)),
        FindingCause::TlsaMismatch { at: None, key } => format!("没有匹配的 TLSA 记录，应为 3 1 1 {key}"),
        FindingCause::TlsaMismatch { at: Some(at), key } => format!("{at} 没有匹配的 TLSA 记录，应为 3 1 1 {key}"),
        FindingCause::TlsaMissing { at, key } => format!("DNS 中没有 {at} 的 TLSA 记录，匹配的是 3 1 1 {key}"),
        FindingCause::TlsaUnknown { at, why } => format!("{at} 的 TLSA 记录：{}", tlsa(why)),
        FindingCause::NotLoaded { port, program, process, since, changed } => {
            let (since, changed) = (minute(*since), minute(*changed));
            format!("端口 {port} 上的 {program}（进程 {process}）自 {since} UTC 起运行，而文件在 {changed} UTC 更新")
        }
        FindingCause::ServerUnknown { port, why } => format!("端口 {port}：{}", server(*why)),
        FindingCause::Renewal(cause) => renewal(cause),
        FindingCause::CopyOutdated { usage, fingerprint, until, more } => {
            let usage = usage.as_deref().unwrap_or("不限");
            let more = if *more > 0 { format!("；另有 {more} 张") } else { String::new() };
            format!("提供方发布了此副本没有的证书（用途 {usage}）：SHA-256 {fingerprint}，有效期至 {until}{more}")
        }
    }
}

fn tlsa(why: &TlsaUnknown) -> String {
    match why {
        TlsaUnknown::Incomparable => "可比较的都不匹配，另有使用 SHA-512 的记录".to_owned(),
        TlsaUnknown::Unusable => "没有客户端可以使用的记录".to_owned(),
        TlsaUnknown::NoName => "端点是 IP 地址，没有 DNS 名称".to_owned(),
        TlsaUnknown::NoServer => "/etc/resolv.conf 中没有 DNS 服务器".to_owned(),
        TlsaUnknown::NoAnswer { server } => format!("{server} 没有应答"),
        TlsaUnknown::Answered { server, failure } => format!("{server} 返回 {failure}"),
    }
}

const fn server(why: ServerUnknown) -> &'static str {
    match why {
        ServerUnknown::NothingListens => "没有程序在监听",
        ServerUnknown::Hidden => "看不到该进程：需要 root 或 CAP_SYS_PTRACE",
        ServerUnknown::NoProcesses => "本系统不显示进程",
        ServerUnknown::OnlyLinux => "只有 Linux 能显示监听的进程",
        ServerUnknown::NotKnown => "无法得知监听的进程",
    }
}
