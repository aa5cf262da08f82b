//! Simplified Chinese, of why a chain is not trusted.

use super::super::quotes::of_peer;
use super::file::{block, container, read};
use crate::cause::{Anchors, CaFileError, ChainCause};

pub(super) fn chain(cause: &ChainCause) -> String {
    let among = |anchors: &Anchors| match anchors {
        Anchors::CaFile => "指定的 CA 文件中",
        Anchors::Machine => "本机信任的根证书中",
    };
    let words = match cause {
        ChainCause::Expired => "证书链中有证书已过期",
        ChainCause::NotYetValid => "证书链中有证书尚未生效",
        ChainCause::BadSignature => "证书链中有签名错误",
        ChainCause::NotForServers => "不是服务器证书（扩展密钥用法）",
        ChainCause::BadEncoding => "证书链的编码不正确",
        ChainCause::OldSignature => "证书链的签名方式会被当前客户端拒绝",
        ChainCause::Authority => "这是 CA 证书，不是服务器证书",
        ChainCause::OldVersion => "X.509 版本低于 3",
        ChainCause::NameConstraints => "证书链中的签发者无权签发其域名",
        ChainCause::MayNotSign => "证书链中的签发者无权签发证书（密钥用法）",
        ChainCause::Refused(said) => return format!("客户端会拒绝其证书链：{}", of_peer(said)),
        ChainCause::SelfSigned => "签发者就是证书本身",
        ChainCause::NoKnownIssuer => "不是由受信任的 CA 签发；私有 CA 用 ca-file 指定",
        ChainCause::WrongName { name, has } if has.is_empty() => return format!("未覆盖 {name}；证书中没有域名"),
        ChainCause::WrongName { name, has } => return format!("未覆盖 {name}；它用于 {}", has.join(", ")),
        ChainCause::UnknownRoot { issuer, anchors } => return format!("其根证书 {issuer} 不在{}", among(anchors)),
        ChainCause::MissingIssuer { issuer, anchors } => {
            return format!("缺少其签发者 {issuer} 的证书，{}也没有", among(anchors));
        }
        ChainCause::UnknownIssuer { issuer, anchors } => return format!("其签发者 {issuer} 不在{}", among(anchors)),
        ChainCause::CaFile { path, error } => return format!("CA 文件 {path} {}", ca_file(error)),
    };
    words.to_owned()
}

pub(super) fn ca_file(error: &CaFileError) -> String {
    match error {
        CaFileError::Unreadable(error) => format!("无法读取：{}", read(error)),
        CaFileError::Block(fault) => format!("无法读取：其中一段{}", block(fault)),
        CaFileError::Container(error) => format!("无法读取：{}", container(error)),
        CaFileError::NoCertificate => "中没有证书".to_owned(),
    }
}
