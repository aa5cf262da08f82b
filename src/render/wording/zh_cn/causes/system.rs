//! Simplified Chinese, of what the operating system or a library said.

use super::super::quotes::of_peer;
use crate::cause::{SystemError, SystemErrorKind};

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
