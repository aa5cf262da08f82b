//! Japanese, of what is wrong with a certificate that was seen.

use super::renewal::renewal;
use crate::cause::{
    FindingCause, KeyMismatch, LegacyProtocol, ServerUnknown, TlsaUnknown, WeakCipher, Weakness, minute, pin,
};
use crate::render::wording::full_width::before;

pub(super) fn finding(cause: &FindingCause) -> String {
    match cause {
        FindingCause::NotYetValid { from } => format!("有効期間の開始は {} UTC です", minute(*from)),
        FindingCause::KeyMismatch(KeyMismatch::Beside(path)) => {
            format!("同じ場所の秘密鍵 {path} はこの証明書のものではありません")
        }
        FindingCause::KeyMismatch(KeyMismatch::InTheFile) => {
            "同じファイルの秘密鍵はこの証明書のものではありません".to_owned()
        }
        FindingCause::KeyMismatch(KeyMismatch::InAnother(path)) => {
            format!("同じ証明書を含む {path} の秘密鍵はこの証明書のものではありません")
        }
        FindingCause::NameMismatch { missing, has, more } => {
            let has = match (has.join("、"), more) {
                (none, 0) if none.is_empty() => "証明書にホスト名がありません".to_owned(),
                (has, 0) => format!("証明書の対象は {has} です"),
                (has, more) => format!("証明書の対象は {has} ほか {more} 件です"),
            };
            format!("{} が含まれていません。{has}", missing.join("、"))
        }
        FindingCause::ChainMisordered => "証明書チェーンが発行の順に並んでいません".to_owned(),
        FindingCause::Weak { issuer, weakness } => {
            let whose = issuer.as_ref().map(|issuer| format!("発行者 {issuer}：")).unwrap_or_default();
            match weakness {
                Weakness::Key { algorithm, bits } => format!("{whose}{bits} ビットの {algorithm} 鍵"),
                Weakness::Signature { algorithm } => format!("{whose}{algorithm} による署名"),
            }
        }
        FindingCause::LegacyProtocol(protocol) => match protocol {
            LegacyProtocol::Version(version) => format!("{version} までしか対応していません"),
            LegacyProtocol::Cipher(cipher) => {
                format!("TLS 1.2 では{}にしか対応していません", before(of_cipher(*cipher)))
            }
        },
        FindingCause::LifetimeTooLong { lifetime, longest } => {
            format!("有効期間が {lifetime} 日で、公開認証局が発行できる上限の {longest} 日を超えています")
        }
        FindingCause::PinMismatch { key } => format!("公開鍵 {} はピン留めした鍵に含まれていません", pin(*key)),
        FindingCause::TlsaMismatch { at: None, key } => {
            format!("一致する TLSA レコードがありません（必要な値は 3 1 1 {key}）")
        }
        FindingCause::TlsaMismatch { at: Some(at), key } => {
            format!("{at} に一致する TLSA レコードがありません（必要な値は 3 1 1 {key}）")
        }
        FindingCause::TlsaMissing { at, key } => {
            format!("DNS に {at} の TLSA レコードがありません（一致する値は 3 1 1 {key}）")
        }
        FindingCause::TlsaUnknown { at, why } => format!("{at} の TLSA レコード：{}", tlsa(why)),
        FindingCause::NotLoaded { port, program, process, since, changed } => {
            let (since, changed) = (minute(*since), minute(*changed));
            format!(
                "ポート {port} の {program}（プロセス {process}）は {since} UTC に起動し、ファイルは {changed} UTC に変更されています"
            )
        }
        FindingCause::Renewal(cause) => renewal(cause),
        FindingCause::ServerUnknown { port, why } => format!("ポート {port}：{}", server(*why)),
        FindingCause::CopyOutdated { usage, fingerprint, until, more } => {
            let usage = usage.as_deref().unwrap_or("限定なし");
            let more = if *more > 0 { format!("、ほか {more} 件") } else { String::new() };
            format!(
                "このコピーにない証明書を提供元が公開しています（用途 {usage}、SHA-256 {fingerprint}、有効期限 {until}{more}）"
            )
        }
    }
}

fn tlsa(why: &TlsaUnknown) -> String {
    match why {
        TlsaUnknown::Incomparable => "比較できるものは一致せず、ほかに SHA-512 のレコードがあります".to_owned(),
        TlsaUnknown::Unusable => "クライアントが使えるレコードがありません".to_owned(),
        TlsaUnknown::NoName => "エンドポイントが IP アドレスで、DNS 名がありません".to_owned(),
        TlsaUnknown::NoServer => "/etc/resolv.conf に DNS サーバーがありません".to_owned(),
        TlsaUnknown::NoAnswer { server } => format!("{server} から応答がありません"),
        TlsaUnknown::Answered { server, failure } => format!("{server} の応答は {failure} です"),
    }
}

const fn server(why: ServerUnknown) -> &'static str {
    match why {
        ServerUnknown::NothingListens => "待ち受けているプログラムがありません",
        ServerUnknown::Hidden => "プロセスを参照できません（root または CAP_SYS_PTRACE が必要です）",
        ServerUnknown::NoProcesses => "このシステムではプロセスを参照できません",
        ServerUnknown::OnlyLinux => "待ち受けているプロセスを確認できるのは Linux のみです",
        ServerUnknown::NotKnown => "待ち受けているプロセスが不明です",
    }
}

const fn of_cipher(cipher: WeakCipher) -> &'static str {
    match cipher {
        WeakCipher::RsaKeyExchange => " RSA 鍵交換（前方秘匿性なし）",
        WeakCipher::FiniteFieldDiffieHellman => "有限体の Diffie-Hellman 鍵交換",
        WeakCipher::Dsa => " DSA",
        WeakCipher::Refused => "現在のクライアントが拒否する暗号方式",
    }
}
