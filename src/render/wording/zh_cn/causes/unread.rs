//! Simplified Chinese, of why nothing is looked at where something is named.

use super::super::quotes::{of_peer, quoted};
use crate::cause::UnreadCause;

pub(super) fn unread(cause: &UnreadCause) -> String {
    match cause {
        UnreadCause::List(list, said) => format!("列表 {list} 无法读取：{}", of_peer(said)),
        UnreadCause::Line(list, line, said) => format!("列表 {list} 第 {line} 行：{}", of_peer(said)),
        UnreadCause::MoreLines(list, more) => format!("列表 {list} 另有 {more} 行不是端点"),
        UnreadCause::EmptyList(list) => format!("列表 {list} 中没有端点"),
        UnreadCause::Include(pattern) => format!("{pattern} 没有包含任何文件"),
        UnreadCause::Target(said) => quoted(said),
    }
}

#[cfg(test)]
mod tests {
    use super::super::is_chinese;
    use super::*;

    #[test]
    fn each_cause_speaks_each_language() {
        let causes = each!(UnreadCause: List("hosts.txt", "no such file"), Line("hosts.txt", 3usize, "it has no host"),
            MoreLines("hosts.txt", 2usize), EmptyList("hosts.txt"), Include("conf.d/*.toml"), Target("it has no host"));
        for cause in causes {
            let (english, chinese) = (cause.to_string(), unread(&cause));
            let is_quoted = matches!(cause, UnreadCause::Target(_));
            assert!(english.is_ascii() && (is_quoted || chinese.chars().any(is_chinese)), "{english}: {chinese}");
        }
    }
}
