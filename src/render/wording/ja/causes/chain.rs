//! Japanese, of why a chain is not trusted.

use super::super::forms::of_peer;
use super::file::{block, container, read};
use crate::cause::{Anchors, CaFileError, ChainCause};

pub(super) fn chain(cause: &ChainCause) -> String {
    let among = |anchors: &Anchors| match anchors {
        Anchors::CaFile => "指定した CA ファイル",
        Anchors::Machine => "このホストが信頼するルート証明書",
    };
    let words = match cause {
        ChainCause::Expired => "証明書チェーンに期限切れの証明書があります",
        ChainCause::NotYetValid => "証明書チェーンに有効期間の開始前の証明書があります",
        ChainCause::BadSignature => "証明書チェーンの署名が正しくありません",
        ChainCause::NotForServers => "サーバー用の証明書ではありません（拡張鍵用途）",
        ChainCause::BadEncoding => "証明書チェーンのエンコードが正しくありません",
        ChainCause::OldSignature => "証明書チェーンの署名方式は現在のクライアントに拒否されます",
        ChainCause::Authority => "認証局の証明書であり、サーバー証明書ではありません",
        ChainCause::OldVersion => "X.509 のバージョンが 3 より古いものです",
        ChainCause::NameConstraints => "証明書チェーンの発行者に、このホスト名の証明書を発行する権限がありません",
        ChainCause::MayNotSign => "証明書チェーンの発行者に、証明書に署名する権限がありません（鍵用途）",
        ChainCause::Refused(said) => return format!("証明書チェーンはクライアントに拒否されます：{}", of_peer(said)),
        ChainCause::SelfSigned => "発行者が証明書自身です",
        ChainCause::NoKnownIssuer => {
            "信頼する認証局が発行したものではありません（プライベート認証局は ca-file で指定します）"
        }
        ChainCause::WrongName { name, has } if has.is_empty() => {
            return format!("{name} が含まれていません（ホスト名のない証明書です）");
        }
        ChainCause::WrongName { name, has } => {
            return format!("{name} が含まれていません（対象は {} です）", has.join("、"));
        }
        ChainCause::UnknownRoot { issuer, anchors } => {
            return format!("ルート証明書 {issuer} が{}にありません", among(anchors));
        }
        ChainCause::MissingIssuer { issuer, anchors } => {
            return format!("発行者 {issuer} の証明書が、チェーンにも{}にもありません", among(anchors));
        }
        ChainCause::UnknownIssuer { issuer, anchors } => {
            return format!("発行者 {issuer} が{}にありません", among(anchors));
        }
        ChainCause::CaFile { path, error } => return format!("CA ファイル {path} {}", ca_file(error)),
    };
    words.to_owned()
}

pub(super) fn ca_file(error: &CaFileError) -> String {
    match error {
        CaFileError::Unreadable(error) => format!("を読み取れません：{}", read(error)),
        CaFileError::Block(fault) => format!("を読み取れません：{}", block(fault)),
        CaFileError::Container(error) => format!("を読み取れません：{}", container(error)),
        CaFileError::NoCertificate => "に証明書がありません".to_owned(),
    }
}
