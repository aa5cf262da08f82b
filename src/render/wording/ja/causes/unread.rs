//! Japanese, of why nothing is looked at where something is named.

use super::super::forms::{of_peer, quoted};
use crate::cause::UnreadCause;

pub(super) fn unread(cause: &UnreadCause) -> String {
    match cause {
        UnreadCause::List(list, said) => format!("一覧 {list} を読み取れません：{}", of_peer(said)),
        UnreadCause::Line(list, line, said) => format!("一覧 {list} の {line} 行目：{}", of_peer(said)),
        UnreadCause::MoreLines(list, more) => format!("一覧 {list} のほか {more} 行もエンドポイントではありません"),
        UnreadCause::EmptyList(list) => format!("一覧 {list} にエンドポイントがありません"),
        UnreadCause::Include(pattern) => format!("{pattern} に該当するファイルがありません"),
        UnreadCause::Target(said) => quoted(said),
    }
}
