//! Why a chain is not trusted.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ReadError;
use super::places::Places;
use crate::certificate::{BlockFault, ContainerError};

/// Why a chain is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainCause {
    Expired,
    NotYetValid,
    BadSignature,
    /// By its extended key usage.
    NotForServers,
    BadEncoding,
    /// In a way that clients of today refuse.
    OldSignature,
    /// The leaf is a certificate of an authority.
    Authority,
    /// Of an X.509 version before 3.
    OldVersion,
    NameConstraints,
    /// By its key usage.
    MayNotSign,
    /// In words of the library.
    Refused(String),
    SelfSigned,
    /// Of a server that is not watched: none of its issuers is known.
    NoKnownIssuer,
    /// Of such a server, too: the name that it was asked by, and those that it shows.
    WrongName {
        name: String,
        has: Vec<String>,
    },
    UnknownRoot {
        issuer: String,
        anchors: Anchors,
    },
    MissingIssuer {
        issuer: String,
        anchors: Anchors,
    },
    UnknownIssuer {
        issuer: String,
        anchors: Anchors,
    },
    /// What it is to be judged by cannot be used.
    CaFile {
        path: String,
        error: CaFileError,
    },
}

/// Whose roots a chain is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchors {
    CaFile,
    Machine,
}

/// Why a `ca-file` names no roots, as a sentence about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum CaFileError {
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    #[error("its block {0}")]
    Block(BlockFault),
    #[error("it {0}")]
    Container(ContainerError),
    #[error("it holds no certificate")]
    NoCertificate,
}

impl fmt::Display for ChainCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clause(Places::Named))
    }
}

impl ChainCause {
    pub(crate) fn ca_file(path: &Path, error: CaFileError) -> Self {
        Self::CaFile { path: path.display().to_string(), error }
    }

    /// With the words and names of others as `said` makes them.
    pub(super) fn map_said(self, said: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Refused(words) => Self::Refused(said(&words)),
            Self::WrongName { name, has } => Self::WrongName { name, has: has.iter().map(|name| said(name)).collect() },
            other => other,
        }
    }

    pub(super) fn clause(&self, at: Places) -> String {
        let among = |anchors: &Anchors| match anchors {
            Anchors::CaFile => "is not among the CA file",
            Anchors::Machine => "is not among the roots of this machine",
        };
        let clause = match self {
            Self::Expired => "a certificate in its chain has expired",
            Self::NotYetValid => "a certificate in its chain is not yet valid",
            Self::BadSignature => "a signature in its chain is wrong",
            Self::NotForServers => "it is not meant for servers (extended key usage)",
            Self::BadEncoding => "its chain is not encoded as it should be",
            Self::OldSignature => "its chain is signed in a way that clients of today refuse",
            Self::Authority => "it is a certificate of an authority, not of a server",
            Self::OldVersion => "it is of an X.509 version before 3",
            Self::NameConstraints => "an issuer in its chain may not speak for its names",
            Self::MayNotSign => "an issuer in its chain may not sign certificates (key usage)",
            Self::Refused(said) => return format!("clients refuse its chain: {said}"),
            Self::SelfSigned => "it is signed by itself",
            Self::NoKnownIssuer => {
                "it was issued by no authority that is trusted here; a private one is named by `ca-file`"
            }
            Self::WrongName { name, has } => {
                let has =
                    if has.is_empty() { "it has no names".to_owned() } else { format!("it is for {}", has.join(", ")) };
                return format!("it does not cover {}; {has}", at.quoted(name));
            }
            Self::UnknownRoot { issuer, anchors } => return format!("its root `{issuer}` {}", among(anchors)),
            Self::MissingIssuer { issuer, anchors } => {
                return format!("the certificate of its issuer `{issuer}` is missing, and {}", among(anchors));
            }
            Self::UnknownIssuer { issuer, anchors } => return format!("its issuer `{issuer}` {}", among(anchors)),
            Self::CaFile { path, error: CaFileError::NoCertificate } => {
                return format!("the CA file {} holds no certificate", at.quoted(path));
            }
            Self::CaFile { path, error } => {
                return format!("the CA file {} cannot be read: {error}", at.quoted(path));
            }
        };
        clause.to_owned()
    }
}
