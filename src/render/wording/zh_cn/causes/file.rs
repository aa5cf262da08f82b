//! Simplified Chinese, of why files showed nothing.

use super::super::quotes::of_peer;
use super::system::system;
use crate::cause::{FileCause, FileRole, FolderError, HeldInstead, PatternError, ReadError};
use crate::certificate::{BadBlock, BlockFault, ContainerError, ContainerKind, NotACertificate};
use crate::secret::SecretError;

pub(super) fn file(cause: &FileCause) -> String {
    match cause {
        FileCause::Unreadable { role: FileRole::StandardInput, error: ReadError::TooLarge, .. } => {
            "标准输入超过 32 MiB".to_owned()
        }
        FileCause::Unreadable { role, path, error } => format!("{} 无法读取：{}", of_role(*role, path), read(error)),
        FileCause::NoCertificate { role, path, instead } => {
            let what = match instead {
                HeldInstead::Nothing => "中没有证书",
                HeldInstead::PrivateKey => "中只有私钥，没有证书",
                HeldInstead::Request => "中只有证书签名请求，没有证书",
            };
            format!("{} {what}", of_role(*role, path))
        }
        FileCause::NoClientKey { path } => format!("{} 中没有不加密的私钥", of_role(FileRole::ClientKey, path)),
        FileCause::OtherClientKey { certificate, key } => format!(
            "{} 与{} 不匹配",
            of_role(FileRole::ClientCertificate, certificate),
            of_role(FileRole::ClientKey, key)
        ),
        FileCause::NothingMatches { pattern } => format!("没有文件与 {pattern} 匹配"),
        FileCause::BadPattern { pattern, error } => {
            let why = match error {
                PatternError::NoText => "不是文本",
                PatternError::LastBackslash => "末尾的 \\ 之后没有字符",
                PatternError::OpenBracket => "[ 没有对应的 ]",
                PatternError::OpenBrace => "{ 没有对应的 }，字符本身写作 [{]",
                PatternError::ClosingBrace => "} 没有对应的 {，字符本身写作 [}]",
            };
            format!("{pattern} 不是有效的通配模式：{why}")
        }
        FileCause::Broken { path, first: BadBlock { number, line, fault }, more } => {
            let more = if *more == 0 { String::new() } else { format!("；另有 {more} 处损坏") };
            let line = line.map(|line| format!("（第 {line} 行）")).unwrap_or_default();
            format!("{path}：第 {number} 张证书{line}{}{more}", block(fault))
        }
        FileCause::Closed { path, error, no_password } => {
            let why = no_password.as_ref().map(|error| format!("：{}", secret(error))).unwrap_or_default();
            format!("{path} {}{why}", container(error))
        }
        FileCause::Away { path, folder, error } => format!("没有看到 {path}：所在目录 {folder} {}", of_folder(error)),
    }
}

fn of_role(role: FileRole, path: &str) -> String {
    match role {
        FileRole::Target => path.to_owned(),
        FileRole::ClientCertificate => format!("客户端证书 {path}"),
        FileRole::ClientKey => format!("客户端私钥 {path}"),
        FileRole::StandardInput => "标准输入".to_owned(),
    }
}

pub(super) fn read(error: &ReadError) -> String {
    match error {
        ReadError::System(error) => system(error),
        ReadError::NotAFile(_) => "不是普通文件".to_owned(),
        ReadError::TooLarge => "超过 32 MiB".to_owned(),
        ReadError::Utf16 => "是 UTF-16，应为 UTF-8".to_owned(),
    }
}

pub(super) fn of_folder(error: &FolderError) -> String {
    match error {
        FolderError::Empty => "是空的，可能没有挂载".to_owned(),
        FolderError::NotThere => "不存在".to_owned(),
        FolderError::Unreadable(error) => format!("无法读取：{}", system(error)),
    }
}

pub(super) fn block(fault: &BlockFault) -> String {
    let words = match fault {
        BlockFault::NoEnd => "没有 END 行",
        BlockFault::NoBegin => "有 END 行而没有 BEGIN 行",
        BlockFault::NotBase64 => "不是 base64",
        BlockFault::NoBlock => "中没有证书",
        BlockFault::CutShort => "不完整",
        BlockFault::Content(error) => return not_a_certificate(error),
    };
    words.to_owned()
}

pub(super) fn not_a_certificate(error: &NotACertificate) -> String {
    let words = match error {
        NotACertificate::Structure(said) => return format!("不是有效的证书 DER 编码（{}）", of_peer(said)),
        NotACertificate::Dates { not_before, not_after } => {
            return format!("的日期无法识别：not-before {not_before}，not-after {not_after}");
        }
        NotACertificate::EndsEarly => "不是有效的证书 DER 编码（不完整）",
        NotACertificate::OtherElements => "不是有效的证书 DER 编码（内部结构不符）",
        NotACertificate::List => "不是有效的吊销列表 DER 编码",
        NotACertificate::EndlessList => "是没有写明下次更新时间的吊销列表",
        NotACertificate::OpenPgp => "不是已知版本的 OpenPGP 密钥",
        NotACertificate::Ssh => "不是已知类型的 SSH 证书",
    };
    words.to_owned()
}

pub(super) fn container(error: &ContainerError) -> String {
    let words = match error {
        ContainerError::NeedsPassword => "是 PKCS#12，需要密码",
        ContainerError::WrongPassword => "是 PKCS#12，密码不正确",
        ContainerError::ToAKey => "是以密钥而非密码加密的 PKCS#12",
        ContainerError::Algorithm(algorithm) => return format!("是 PKCS#12，加密算法未知：{algorithm}"),
        ContainerError::TooManyRounds => "是 PKCS#12，要求的散列次数过多",
        ContainerError::Broken(kind) => return format!("是损坏的 {}", kind_of(*kind)),
    };
    words.to_owned()
}

const fn kind_of(container: ContainerKind) -> &'static str {
    match container {
        ContainerKind::Pkcs12 => "PKCS#12",
        ContainerKind::Pkcs7 => "PKCS#7",
        ContainerKind::JavaKeyStore => "Java 密钥库",
        ContainerKind::Keybox => "GnuPG 密钥盒",
    }
}

pub(super) fn secret(error: &SecretError) -> String {
    match error {
        SecretError::NotSet(variable) => format!("环境变量 {variable} 未设置"),
        SecretError::NoCredentials(name) => format!("没有 systemd 凭据 {name}：CREDENTIALS_DIRECTORY 未设置"),
        SecretError::Unreadable { path, said } => format!("{path} 无法读取：{}", of_peer(said)),
        SecretError::NotRegular(path) => format!("{path} 无法读取：不是普通文件"),
        SecretError::Empty(_) => "密钥为空".to_owned(),
    }
}
