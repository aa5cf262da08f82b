//! Japanese, of why a registration or a document of the web is not known.

use super::super::forms::{of_peer, quoted};
use super::chain::chain;
use super::connection::{connection, not_tried};
use super::fault;
use crate::cause::{DocumentCause, DocumentError, RegistryCause};

pub(super) fn registry(cause: &RegistryCause) -> String {
    match cause {
        RegistryCause::NoAnswer(DocumentCause { place, error }) => {
            format!("レジストリから応答がありません：{place}：{}", document(error))
        }
        RegistryCause::Fault(error) => format!("レジストリの応答を読み取れません：{}", fault(error)),
        RegistryCause::Busy(host) => format!("レジストリが現在問い合わせを受け付けていません：{host}"),
        RegistryCause::Ended(status) => format!("登録は終了しています（レジストリでの状態は「{status}」）"),
        RegistryCause::NoEnd(host) => format!("レジストリ {host} は登録の期限を公開していません"),
        RegistryCause::BadEnd(host) => format!("レジストリ {host} が返した期限は日付ではありません"),
        RegistryCause::OtherDomain(host) => format!("レジストリ {host} が別のドメインについて応答しました"),
        RegistryCause::NotRegistered(host) => {
            format!("登録されていません（レジストリ {host} にこのドメインがありません）")
        }
        RegistryCause::Host(parent) => format!("登録済みドメイン {parent} の中のホストであり、単独の登録はありません"),
        RegistryCause::Said(said) => quoted(said),
    }
}

pub(super) fn document(error: &DocumentError) -> String {
    let words = match error {
        DocumentError::Connection(error) => return connection(error),
        DocumentError::NotTried(why) => not_tried(*why),
        DocumentError::NoRoots(cause) => return chain(cause),
        DocumentError::NoTls(said) => return format!("TLS を使用できません：{}", of_peer(said)),
        DocumentError::OnlyHttps => "問い合わせは https のみで行います",
        DocumentError::NotInTime => "時間内に応答がありません",
        DocumentError::Status(status) => return format!("HTTP {status} の応答"),
        DocumentError::NoLocation => "リダイレクト先のアドレスがありません",
        DocumentError::TooManyRedirects => "リダイレクトが繰り返されています",
        DocumentError::TooLarge(most) => return format!("応答が {most} KiB を超えています"),
        DocumentError::CutOff => "応答が途中で切れたか、時間がかかりすぎました",
        DocumentError::NotRdap => "応答が RDAP ではありません",
        DocumentError::NoCertificate => "証明書が含まれていません",
    };
    words.to_owned()
}
