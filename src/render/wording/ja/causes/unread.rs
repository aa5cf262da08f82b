//! Japanese, of why nothing is looked at where something is named.

use super::super::forms::quoted;
use super::file::read;
use crate::address::NotAPlace;
use crate::cause::{LineError, NotAnEndpoint, UnreadCause};

pub(super) fn unread(cause: &UnreadCause) -> String {
    match cause {
        UnreadCause::List(list, error) => format!("一覧 {list} を読み取れません：{}", read(error)),
        UnreadCause::Line(list, line, error) => format!("一覧 {list} の {line} 行目：{}", of_line(error)),
        UnreadCause::MoreLines(list, more) => format!("一覧 {list} のほか {more} 行もエンドポイントではありません"),
        UnreadCause::EmptyList(list) => format!("一覧 {list} にエンドポイントがありません"),
        UnreadCause::Include(pattern) => format!("{pattern} に該当するファイルがありません"),
        UnreadCause::Target(said) => quoted(said),
    }
}

fn of_line(error: &LineError) -> String {
    match error {
        LineError::TooLong => "エンドポイントとしては長すぎます".to_owned(),
        LineError::Unprintable(line) => format!("{line} に印字できない文字が含まれています"),
        LineError::Path(line) => format!("{line} はパスであり、エンドポイントではありません"),
        LineError::TwoColons(line) => format!("{line} はエンドポイントではありません"),
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Host(host))) if host.is_empty() => {
            "ホスト名がありません".to_owned()
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Port(port))) if port.is_empty() => {
            "コロンの後にポートがありません".to_owned()
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Host(host))) => {
            format!("{host} はホスト名ではありません")
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Zone(zone))) => {
            format!("{zone} はインターフェース付きのアドレスではありません（[fe80::1%eth0] のように書きます）")
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Port(port))) => {
            format!("{port} はポート番号ではありません（1 から 65535 までの数です）")
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Scheme(scheme, None)) => {
            format!("プロトコル {scheme} には対応していません")
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Scheme(scheme, Some(right))) => {
            format!("プロトコル {scheme} には対応していません（{right}:// ではありませんか）")
        }
        LineError::NotAnEndpoint(NotAnEndpoint::Login) => {
            "エンドポイントにユーザー名とパスワードは書けません。@ とその前を削除してください".to_owned()
        }
    }
}
