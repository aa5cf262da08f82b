//! Japanese, of what the operating system or a library said.

use super::super::forms::of_peer;
use crate::cause::{SystemError, SystemErrorKind};

pub(super) fn system(SystemError { kind, said }: &SystemError) -> String {
    let words = match kind {
        SystemErrorKind::NotFound => "ファイルまたはディレクトリがありません",
        SystemErrorKind::PermissionDenied => "権限がありません",
        SystemErrorKind::IsADirectory => "ディレクトリです",
        SystemErrorKind::ConnectionRefused => "接続が拒否されました",
        SystemErrorKind::ConnectionReset => "相手が接続をリセットしました",
        SystemErrorKind::TimedOut => "接続のタイムアウト",
        SystemErrorKind::NetworkUnreachable => "ネットワークに到達できません",
        SystemErrorKind::HostUnreachable => "ホストへの経路がありません",
        SystemErrorKind::UnknownName => "ホスト名が存在しません",
        SystemErrorKind::NoAddress => "名前にアドレスがありません",
        SystemErrorKind::NoResolver => "名前解決に一時的に失敗しました",
        SystemErrorKind::Other => return of_peer(said),
    };
    words.to_owned()
}
