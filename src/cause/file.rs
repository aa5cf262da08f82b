//! Why files showed nothing.

use std::fmt::Display;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::SystemError;
use super::places::Places;
use crate::certificate::{BadBlock, ContainerError};
use crate::secret::SecretError;

/// Why a file, or files, showed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileCause {
    Unreadable {
        role: FileRole,
        path: String,
        error: ReadError,
    },
    NoCertificate {
        role: FileRole,
        path: String,
        instead: HeldInstead,
    },
    NoClientKey {
        path: String,
    },
    OtherClientKey {
        certificate: String,
        key: String,
    },
    NothingMatches {
        pattern: String,
    },
    BadPattern {
        pattern: String,
        error: PatternError,
    },
    /// With the first block that is broken, and how many more are.
    Broken {
        path: String,
        first: BadBlock,
        more: usize,
    },
    /// A container that does not open, and why there is no password for it.
    Closed {
        path: String,
        error: ContainerError,
        no_password: Option<SecretError>,
    },
    /// Nothing can be said to be missing from its folder.
    Away {
        path: String,
        folder: String,
        error: FolderError,
    },
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileRole {
    /// To be looked at.
    Target,
    /// The certificate that is shown to servers, or its key.
    ClientCertificate,
    ClientKey,
    StandardInput,
}

/// Why something was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ReadError {
    #[error("{0}")]
    System(SystemError),
    #[error("it is a {0} and no regular file")]
    NotAFile(NodeKind),
    #[error("it is larger than 32 MiB")]
    TooLarge,
    /// A list, where it has to be UTF-8.
    #[error("it is UTF-16")]
    Utf16,
}

/// What stands where a file should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    #[error("directory")]
    Directory,
    #[error("FIFO")]
    Fifo,
    #[error("socket")]
    Socket,
    #[error("device")]
    Device,
}

/// Why text is no pattern of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    NoText,
    LastBackslash,
    OpenBracket,
    OpenBrace,
    ClosingBrace,
}

/// Why nothing can be said to be missing from a folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    /// And on another device than before.
    #[error("is empty, as if nothing were mounted there")]
    Empty,
    #[error("is not there")]
    NotThere,
    #[error("cannot be read: {0}")]
    Unreadable(SystemError),
}

impl FileRole {
    fn of(self, path: &str, at: Places) -> String {
        match self {
            Self::Target => at.quoted(path),
            Self::ClientCertificate => format!("the client certificate {}", at.quoted(path)),
            Self::ClientKey => format!("the client key {}", at.quoted(path)),
            Self::StandardInput => "standard input".to_owned(),
        }
    }
}

/// What a file without a certificate holds in its stead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldInstead {
    Nothing,
    PrivateKey,
    Request,
}

impl FileCause {
    /// Of a file that was to be looked at.
    pub(crate) fn unreadable(path: &Path, error: ReadError) -> Self {
        Self::Unreadable { role: FileRole::Target, path: path.display().to_string(), error }
    }

    /// Likewise.
    pub(crate) fn no_certificate(path: &dyn Display, instead: HeldInstead) -> Self {
        Self::NoCertificate { role: FileRole::Target, path: path.to_string(), instead }
    }

    pub(super) fn clause(&self, at: Places) -> String {
        match self {
            Self::Unreadable { role: FileRole::StandardInput, error: ReadError::TooLarge, .. } => {
                "standard input is larger than 32 MiB".to_owned()
            }
            Self::Unreadable { role, path, error } => format!("{} cannot be read: {error}", role.of(path, at)),
            Self::NoCertificate { role, path, instead } => {
                let what = match instead {
                    HeldInstead::Nothing => "no certificate",
                    HeldInstead::PrivateKey => "a private key and no certificate",
                    HeldInstead::Request => "a certificate request (CSR) and no certificate",
                };
                format!("{} holds {what}", role.of(path, at))
            }
            Self::NoClientKey { path } => {
                format!("{} holds no private key without a password", FileRole::ClientKey.of(path, at))
            }
            Self::OtherClientKey { certificate, key } => format!(
                "{} does not fit {}",
                FileRole::ClientCertificate.of(certificate, at),
                FileRole::ClientKey.of(key, at)
            ),
            Self::NothingMatches { pattern } => format!("{} matches nothing", at.quoted(pattern)),
            Self::BadPattern { pattern, error } => {
                let why = match error {
                    PatternError::NoText => return format!("{} is no text", at.quoted(pattern)),
                    PatternError::LastBackslash => "nothing follows its last `\\`",
                    PatternError::OpenBracket => "a `[` has no `]`",
                    PatternError::OpenBrace => "a `{` has no `}`: write `[{]` for the character",
                    PatternError::ClosingBrace => "a `}` has no `{`: write `[}]` for the character",
                };
                format!("{} is no glob: {why}", at.quoted(pattern))
            }
            Self::Broken { path, first, more } => {
                let more = if *more == 0 {
                    String::new()
                } else {
                    format!("; and {more} more {} broken", if *more == 1 { "is" } else { "are" })
                };
                format!("{}: {first}{more}", at.quoted(path))
            }
            Self::Closed { path, error, no_password } => {
                let why = no_password.as_ref().map(|error| format!(": {}", error.in_full())).unwrap_or_default();
                format!("{} {error}{why}", at.quoted(path))
            }
            Self::Away { path, folder, error } => {
                format!("{} was not seen: its folder {} {error}", at.quoted(path), at.quoted(folder))
            }
        }
    }
}
