//! Japanese, of why a connection failed, or was not even tried.

use super::chain::chain;
use super::system::system;
use crate::cause::{AddressError, ConnectionError, NotTried};

pub(super) fn connection(error: &ConnectionError) -> String {
    let words = match error {
        ConnectionError::Timeout => "タイムアウト",
        ConnectionError::Closed => "相手が接続を切断しました",
        ConnectionError::NoAddress => "名前にアドレスがありません",
        ConnectionError::SlowResolver => "名前解決のタイムアウト",
        ConnectionError::Untrusted(cause) => return format!("証明書を信頼できません：{}", chain(cause)),
        ConnectionError::NotTls => "相手が TLS を使用していません",
        ConnectionError::OldTls => "相手が TLS 1.2 にも 1.3 にも対応していません",
        ConnectionError::NothingInCommon => {
            "相手が、こちらの対応する TLS のバージョン、鍵交換、暗号方式をすべて拒否しました"
        }
        ConnectionError::UnknownName => "相手にこのホスト名のサービスがありません",
        ConnectionError::Alert(alert) => return format!("相手が TLS アラート {alert} で拒否しました"),
        ConnectionError::RefusedByProxy(status) => return format!("プロキシが接続を拒否しました：HTTP {status}"),
        ConnectionError::SilentProxy => "プロキシから応答がありません",
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
