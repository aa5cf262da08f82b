//! What the operating system or a library said.

use std::io;

use serde::{Deserialize, Serialize};

/// In the words of the operating system or of a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{said}")]
pub struct SystemError {
    pub kind: SystemErrorKind,
    pub said: String,
}

/// What each language has words of its own for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemErrorKind {
    NotFound,
    PermissionDenied,
    IsADirectory,
    ConnectionRefused,
    ConnectionReset,
    TimedOut,
    NetworkUnreachable,
    HostUnreachable,
    Other,
}

impl From<io::ErrorKind> for SystemErrorKind {
    fn from(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::PermissionDenied,
            io::ErrorKind::IsADirectory => Self::IsADirectory,
            io::ErrorKind::ConnectionRefused => Self::ConnectionRefused,
            io::ErrorKind::ConnectionReset => Self::ConnectionReset,
            io::ErrorKind::TimedOut => Self::TimedOut,
            io::ErrorKind::NetworkUnreachable => Self::NetworkUnreachable,
            io::ErrorKind::HostUnreachable => Self::HostUnreachable,
            _ => Self::Other,
        }
    }
}

impl From<&io::Error> for SystemError {
    fn from(error: &io::Error) -> Self {
        // A library that says more than the system would lose its words.
        let kind = if error.get_ref().is_some() { SystemErrorKind::Other } else { error.kind().into() };
        Self { kind, said: error.to_string() }
    }
}

impl SystemError {
    /// What was said by a library.
    pub fn other(error: &dyn std::error::Error) -> Self {
        Self { kind: SystemErrorKind::Other, said: error.to_string() }
    }
}
