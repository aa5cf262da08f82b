//! Simplified Chinese, of why a connection failed, or was not even tried.

use super::chain::chain;
use super::system::system;
use crate::cause::{AddressError, ConnectionError, NotTried};

pub(super) fn connection(error: &ConnectionError) -> String {
    let words = match error {
        ConnectionError::Timeout => "超时",
        ConnectionError::Closed => "对方关闭了连接",
        ConnectionError::NoAddress => "域名没有地址",
        ConnectionError::SlowResolver => "域名解析超时",
        ConnectionError::Untrusted(cause) => return format!("其证书不受信任：{}", chain(cause)),
        ConnectionError::NotTls => "对方没有使用 TLS",
        ConnectionError::OldTls => "对方不支持 TLS 1.2 和 1.3",
        ConnectionError::NothingInCommon => "对方拒绝了本机支持的所有 TLS 版本、密钥交换和加密算法",
        ConnectionError::UnknownName => "对方没有该域名的服务",
        ConnectionError::Alert(alert) => return format!("对方以 TLS 警报 {alert} 拒绝"),
        ConnectionError::RefusedByProxy(status) => return format!("代理拒绝了连接：HTTP {status}"),
        ConnectionError::SilentProxy => "代理没有应答",
        ConnectionError::BadAddress => "地址无法使用",
        ConnectionError::NotHttp => "不像 HTTP 服务器那样应答",
        ConnectionError::NotSmtp => "不像邮件服务器那样应答",
        ConnectionError::NotReset(code) => return format!("对 RSET 的应答为 {code}"),
        ConnectionError::OddEnd(code) => return format!("对邮件的应答为 {code}"),
        ConnectionError::Failed => "连接失败",
        ConnectionError::System(error) => return system(error),
    };
    words.to_owned()
}

pub(super) const fn not_tried(why: NotTried) -> &'static str {
    match why {
        NotTried::PublicByHttp => "明文 HTTP 只用于本机和私有网络，而该主机的地址是公网地址",
        NotTried::NotPublic => "有一个地址不是公网地址，只有以 ca-file 验证的证书才能指向那里",
        NotTried::OfLink => "有一个地址未分配，或仅限本链路",
        NotTried::ProxiedHttp => "明文 HTTP 不经过代理发送",
        NotTried::BadProxy => "代理地址的格式不是 http://HOST:PORT",
        NotTried::NoTls => "没有设置 TLS",
    }
}

/// After what the address is called.
pub(super) const fn address(error: AddressError) -> &'static str {
    match error {
        AddressError::Space => "含有空格或换行",
        AddressError::NotOfWeb => "不以 https:// 开头",
        AddressError::Login => "含有用户名",
        AddressError::BadCharacter => "含有网址中不能使用的字符",
        AddressError::NoHost => "中没有主机名",
    }
}
