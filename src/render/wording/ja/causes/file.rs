//! Japanese, of why files showed nothing.

use super::super::forms::{between, of_peer};
use super::system::system;
use crate::cause::{FileCause, FileRole, FolderError, HeldInstead, PatternError, ReadError};
use crate::certificate::{BadBlock, BlockFault, ContainerError, ContainerKind, NotACertificate};
use crate::render::wording::full_width::before;
use crate::secret::SecretError;

pub(super) fn file(cause: &FileCause) -> String {
    match cause {
        FileCause::Unreadable { role: FileRole::StandardInput, error: ReadError::TooLarge, .. } => {
            "標準入力が 32 MiB を超えています".to_owned()
        }
        FileCause::Unreadable { role, path, error } => {
            format!("{}を読み取れません：{}", of_role(*role, path), read(error))
        }
        FileCause::NoCertificate { role, path, instead } => {
            let what = match instead {
                HeldInstead::Nothing => "に証明書がありません",
                HeldInstead::PrivateKey => "には秘密鍵だけがあり、証明書がありません",
                HeldInstead::Request => "には証明書署名要求だけがあり、証明書がありません",
            };
            format!("{}{what}", of_role(*role, path))
        }
        FileCause::NoClientKey { path } => {
            format!("{}に暗号化されていない秘密鍵がありません", of_role(FileRole::ClientKey, path))
        }
        FileCause::OtherClientKey { certificate, key } => format!(
            "{}と{}が一致しません",
            of_role(FileRole::ClientCertificate, certificate),
            of_role(FileRole::ClientKey, key)
        ),
        FileCause::NothingMatches { pattern } => format!("{pattern} に一致するファイルがありません"),
        FileCause::BadPattern { pattern, error } => {
            let why = match error {
                PatternError::NoText => "テキストではありません",
                PatternError::LastBackslash => "末尾の \\ の後に文字がありません",
                PatternError::OpenBracket => "[ に対応する ] がありません",
                PatternError::OpenBrace => "{ に対応する } がありません（文字そのものは [{] と書きます）",
                PatternError::ClosingBrace => "} に対応する { がありません（文字そのものは [}] と書きます）",
            };
            format!("{pattern} は正しいパターンではありません：{why}")
        }
        FileCause::Broken { path, first: BadBlock { number, line, fault }, more } => {
            let more = if *more == 0 { String::new() } else { format!("（ほかに {more} か所の破損）") };
            let line = line.map(|line| format!("（{line} 行目）")).unwrap_or_default();
            format!("{path}：{number} 番目の証明書{line}：{}{more}", block(fault))
        }
        FileCause::Closed { path, error, no_password } => {
            let why = no_password.as_ref().map(|error| format!("：{}", secret(error))).unwrap_or_default();
            format!("{path}：{}{why}", container(error))
        }
        FileCause::Away { path, folder, error } => {
            format!("{path} を確認できません：フォルダー {folder} {}", of_folder(error))
        }
    }
}

fn of_role(role: FileRole, path: &str) -> String {
    match role {
        FileRole::Target => before(path),
        FileRole::ClientCertificate => before(&format!("クライアント証明書 {path}")),
        FileRole::ClientKey => before(&format!("クライアントの秘密鍵 {path}")),
        FileRole::StandardInput => "標準入力".to_owned(),
    }
}

pub(super) fn read(error: &ReadError) -> String {
    match error {
        ReadError::System(error) => system(error),
        ReadError::NotAFile(_) => "通常のファイルではありません".to_owned(),
        ReadError::TooLarge => "32 MiB を超えています".to_owned(),
        ReadError::Utf16 => "UTF-16 です（UTF-8 で保存してください）".to_owned(),
    }
}

/// After what the folder is called.
pub(super) fn of_folder(error: &FolderError) -> String {
    match error {
        FolderError::Empty => "は空です（マウントされていない可能性があります）".to_owned(),
        FolderError::NotThere => "がありません".to_owned(),
        FolderError::Unreadable(error) => format!("を読み取れません：{}", system(error)),
    }
}

pub(super) fn block(fault: &BlockFault) -> String {
    let words = match fault {
        BlockFault::NoEnd => "END の行がありません",
        BlockFault::NoBegin => "BEGIN の行がなく、END の行だけがあります",
        BlockFault::NotBase64 => "base64 ではありません",
        BlockFault::NoBlock => "証明書がありません",
        BlockFault::CutShort => "途中で切れています",
        BlockFault::Content(error) => return not_a_certificate(error),
    };
    words.to_owned()
}

pub(super) fn not_a_certificate(error: &NotACertificate) -> String {
    let words = match error {
        NotACertificate::Structure(said) => return format!("証明書の DER 形式ではありません（{}）", of_peer(said)),
        NotACertificate::Dates { not_before, not_after } => {
            return format!("日付を解釈できません：not-before {not_before}、not-after {not_after}");
        }
        NotACertificate::EndsEarly => "証明書の DER 形式ではありません（途中で切れています）",
        NotACertificate::OtherElements => "証明書の DER 形式ではありません（内部の構造が異なります）",
        NotACertificate::List => "失効リストの DER 形式ではありません",
        NotACertificate::EndlessList => "次回更新日時のない失効リストです",
        NotACertificate::OpenPgp => "既知のバージョンの OpenPGP 鍵ではありません",
        NotACertificate::Ssh => "既知の種類の SSH 証明書ではありません",
    };
    words.to_owned()
}

pub(super) fn container(error: &ContainerError) -> String {
    let words = match error {
        ContainerError::NeedsPassword => "PKCS#12 形式で、パスワードが必要です",
        ContainerError::WrongPassword => "PKCS#12 形式で、パスワードが正しくありません",
        ContainerError::ToAKey => "パスワードではなく鍵で暗号化された PKCS#12 形式です",
        ContainerError::Algorithm(algorithm) => {
            return format!("PKCS#12 形式で、暗号アルゴリズム {algorithm} に対応していません");
        }
        ContainerError::TooManyRounds => "PKCS#12 形式で、要求されるハッシュの回数が多すぎます",
        ContainerError::Broken(kind) => return format!("壊れた{}です", between(kind_of(*kind))),
    };
    words.to_owned()
}

const fn kind_of(container: ContainerKind) -> &'static str {
    match container {
        ContainerKind::Pkcs12 => "PKCS#12",
        ContainerKind::Pkcs7 => "PKCS#7",
        ContainerKind::JavaKeyStore => "Java キーストア",
        ContainerKind::Keybox => "GnuPG キーボックス",
    }
}

pub(super) fn secret(error: &SecretError) -> String {
    match error {
        SecretError::NotSet(variable) => format!("環境変数 {variable} が設定されていません"),
        SecretError::NoCredentials(name) => {
            format!("systemd のクレデンシャル {name} がありません（CREDENTIALS_DIRECTORY が未設定です）")
        }
        SecretError::Unreadable { path, said } => format!("{path} を読み取れません：{}", of_peer(said)),
        SecretError::NotRegular(path) => format!("{path} を読み取れません（通常のファイルではありません）"),
        SecretError::Empty(_) => "シークレットが空です".to_owned(),
    }
}
