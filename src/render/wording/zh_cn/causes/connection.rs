//! Simplified Chinese, of why a connection failed, or was not even tried.

use super::super::quotes::of_peer;
use crate::cause::{AddressError, ConnectionError, NotTried, SystemError, SystemErrorKind};

pub(super) fn connection(error: &ConnectionError) -> String {
    let words = match error {
        ConnectionError::Timeout => "超时",
        ConnectionError::Closed => "对方关闭了连接",
        ConnectionError::NoAddress => "域名没有地址",
        ConnectionError::SlowResolver => "域名解析超时",
        ConnectionError::Untrusted(said) => return format!("{}；私有 CA 用 ca-file 添加", of_peer(said)),
        ConnectionError::RefusedByProxy(said) => return format!("代理拒绝了连接：{}", of_peer(said)),
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

pub(super) fn system(SystemError { kind, said }: &SystemError) -> String {
    let words = match kind {
        SystemErrorKind::NotFound => "文件或目录不存在",
        SystemErrorKind::PermissionDenied => "没有权限",
        SystemErrorKind::IsADirectory => "是一个目录",
        SystemErrorKind::ConnectionRefused => "连接被拒绝",
        SystemErrorKind::ConnectionReset => "连接被对方重置",
        SystemErrorKind::TimedOut => "连接超时",
        SystemErrorKind::NetworkUnreachable => "网络不可达",
        SystemErrorKind::HostUnreachable => "没有到主机的路由",
        SystemErrorKind::UnknownName => "域名不存在",
        SystemErrorKind::NoAddress => "域名没有地址",
        SystemErrorKind::NoResolver => "域名解析暂时失败",
        SystemErrorKind::Other => return of_peer(said),
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
