//! Simplified Chinese, of why nothing is looked at where something is named.

use super::super::quotes::quoted;
use super::file::read;
use crate::address::NotAPlace;
use crate::cause::{LineError, NotAnEndpoint, UnreadCause};

pub(super) fn unread(cause: &UnreadCause) -> String {
    match cause {
        UnreadCause::List(list, error) => format!("列表 {list} 无法读取：{}", read(error)),
        UnreadCause::Line(list, line, error) => format!("列表 {list} 第 {line} 行：{}", of_line(error)),
        UnreadCause::MoreLines(list, more) => format!("列表 {list} 另有 {more} 行不是端点"),
        UnreadCause::EmptyList(list) => format!("列表 {list} 中没有端点"),
        UnreadCause::Include(pattern) => format!("{pattern} 没有包含任何文件"),
        UnreadCause::Target(said) => quoted(said),
    }
}

fn of_line(error: &LineError) -> String {
    match error {
        LineError::TooLong => "超出端点的长度".to_owned(),
        LineError::Unprintable(line) => format!("{line} 含有不可打印的字符"),
        LineError::Path(line) => format!("{line} 是路径，不是端点"),
        LineError::TwoColons(line) => format!("{line} 不是端点"),
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Host(host))) if host.is_empty() => {
            "没有主机名".to_owned()
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Port(port))) if port.is_empty() => {
            "冒号后没有端口".to_owned()
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Host(host))) => format!("{host} 不是主机名"),
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Zone(zone))) => {
            format!("{zone} 不是带网络接口的地址，应写作 [fe80::1%eth0]")
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Port(port))) => {
            format!("{port} 不是端口，应为 1 到 65535 的数字")
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Scheme(scheme, None)) => format!("不支持协议 {scheme}"),
        LineError::NotAnEndpoint(NotAnEndpoint::Scheme(scheme, Some(right))) => {
            format!("不支持协议 {scheme}，是否应为 {right}://？")
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Login) => "端点不含用户名和密码：请删去 @ 及其之前的内容".to_owned(),
    }
}
