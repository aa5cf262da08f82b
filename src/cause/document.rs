//! Why a document of the web was not fetched, or is not what was asked for.

use serde::{Deserialize, Serialize};

use super::places::Places;
use super::{ChainCause, ConnectionError, NotTried};

/// Why a document was not fetched, and the server of which that is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentCause {
    pub place: String,
    pub error: DocumentError,
}

/// Why a document was not fetched, as the end of the sentence "SERVER: …".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentError {
    #[error("{0}")]
    Connection(ConnectionError),
    #[error("{0}")]
    NotTried(NotTried),
    /// Nothing to judge the server by.
    #[error("{0}")]
    NoRoots(Box<ChainCause>),
    /// In words of the TLS library.
    #[error("TLS cannot be used: {0}")]
    NoTls(String),
    #[error("it is not asked: only https is")]
    OnlyHttps,
    #[error("no answer in time")]
    NotInTime,
    #[error("it answered HTTP {0}")]
    Status(u16),
    #[error("it leads to no address")]
    NoLocation,
    #[error("it leads from one address to the next")]
    TooManyRedirects,
    #[error("its answer is larger than {0} KiB")]
    TooLarge(u64),
    #[error("its answer ended too early, or took too long")]
    CutOff,
    #[error("its answer is no RDAP")]
    NotRdap,
    #[error("it holds no certificate")]
    NoCertificate,
}

impl DocumentError {
    /// A server answered, and that is what is wrong with its answer.
    #[must_use]
    pub const fn is_of_answer(&self) -> bool {
        match self {
            Self::Connection(_) | Self::NotTried(_) | Self::NoRoots(_) | Self::NoTls(_) | Self::NotInTime => false,
            Self::OnlyHttps
            | Self::Status(_)
            | Self::NoLocation
            | Self::TooManyRedirects
            | Self::TooLarge(_)
            | Self::CutOff
            | Self::NotRdap
            | Self::NoCertificate => true,
        }
    }
}

impl DocumentCause {
    pub(super) fn clause(&self, at: Places) -> String {
        format!("{}: {}", at.bare(&self.place), at.text(&self.error.to_string()))
    }
}
