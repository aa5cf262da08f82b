//! Simplified Chinese, of what is wrong with a certificate that was seen.

use crate::cause::{FindingCause, KeyMismatch, LegacyProtocol, WeakCipher, Weakness, minute};

pub(super) fn finding(cause: &FindingCause) -> String {
    match cause {
        FindingCause::NotYetValid { from } => format!("{} UTC 之前无效", minute(*from)),
        FindingCause::KeyMismatch(KeyMismatch::Beside(path)) => format!("旁边的私钥 {path} 不属于该证书"),
        FindingCause::KeyMismatch(KeyMismatch::InTheFile) => "同一文件中的私钥不属于该证书".to_owned(),
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
            LegacyProtocol::Cipher(WeakCipher::Refused) => "只支持 TLS 1.2 的当前客户端会拒绝的加密算法".to_owned(),
        },
        FindingCause::LifetimeTooLong { lifetime, longest } => {
            format!("有效期 {lifetime} 天，公共 CA 最多可签发 {longest} 天")
        }
    }
}
