//! Japanese, of why a connection failed, or was not even tried.

use super::super::forms::of_peer;
use crate::cause::{AddressError, ConnectionError, NotTried, SystemError, SystemErrorKind};

pub(super) fn connection(error: &ConnectionError) -> String {
    let words = match error {
        ConnectionError::Timeout => "タイムアウト",
        ConnectionError::Closed => "相手が接続を切断しました",
        ConnectionError::NoAddress => "名前にアドレスがありません",
        ConnectionError::SlowResolver => "名前解決のタイムアウト",
        ConnectionError::Untrusted(said) => {
            return format!("{}（プライベート認証局は ca-file で追加します）", of_peer(said));
        }
        ConnectionError::RefusedByProxy(said) => return format!("プロキシが接続を拒否しました：{}", of_peer(said)),
        ConnectionError::BadAddress => "アドレスが使用できません",
        ConnectionError::NotHttp => "HTTP サーバーとしての応答ではありません",
        ConnectionError::NotSmtp => "メールサーバーとしての応答ではありません",
        ConnectionError::NotReset(code) => return format!("RSET への応答が {code} でした"),
        ConnectionError::OddEnd(code) => return format!("メールへの応答が {code} でした"),
        ConnectionError::Failed => "接続に失敗しました",
        ConnectionError::System(error) => return system(error),
    };
    words.to_owned()
}

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

pub(super) const fn not_tried(why: NotTried) -> &'static str {
    match why {
        NotTried::PublicByHttp => {
            "平文の HTTP はこのホストとプライベートネットワークでのみ使えますが、公開アドレスのホストです"
        }
        NotTried::NotPublic => "公開アドレスではないアドレスがあり、ca-file で検証した証明書の場合のみ接続できます",
        NotTried::OfLink => "割り当てのないアドレス、またはリンクローカルのアドレスがあります",
        NotTried::ProxiedHttp => "平文の HTTP はプロキシ経由では送信しません",
        NotTried::BadProxy => "プロキシのアドレスが http://HOST:PORT の形式ではありません",
        NotTried::NoTls => "TLS が設定されていません",
    }
}

/// After what the address is called.
pub(super) const fn address(error: AddressError) -> &'static str {
    match error {
        AddressError::Space => "に空白または改行が含まれています",
        AddressError::NotOfWeb => "が https:// で始まっていません",
        AddressError::Login => "にユーザー名が含まれています",
        AddressError::BadCharacter => "に URL で使えない文字が含まれています",
        AddressError::NoHost => "にホスト名がありません",
    }
}
