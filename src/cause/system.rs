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
    /// The resolver knows no such name.
    UnknownName,
    /// The name has no address.
    NoAddress,
    /// The resolver has no answer now.
    NoResolver,
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

impl SystemError {
    /// In lower case, without the number.
    #[must_use]
    pub fn from_io(error: &io::Error) -> Self {
        // A library that says more than the system would lose its words.
        let kind = if error.get_ref().is_some() { SystemErrorKind::Other } else { error.kind().into() };
        let said = error.to_string();
        let words = said.split(" (os error").next().unwrap_or_default();
        let mut characters = words.chars();
        let said = characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect());
        Self { kind, said }
    }

    /// Of a name that was not resolved: the C libraries say why in words alone, the last of a line of clauses.
    #[must_use]
    pub fn from_resolver(error: &io::Error) -> Self {
        let Self { kind, said } = Self::from_io(error);
        let said = said.rsplit(": ").next().unwrap_or(&said).to_lowercase();
        let kind = match said.as_str() {
            "name or service not known" | "name does not resolve" => SystemErrorKind::UnknownName,
            "no address associated with hostname" => SystemErrorKind::NoAddress,
            "temporary failure in name resolution" | "try again" => SystemErrorKind::NoResolver,
            _ => kind,
        };
        Self { kind, said }
    }

    /// What was said by a library.
    pub fn other(error: &dyn std::error::Error) -> Self {
        Self { kind: SystemErrorKind::Other, said: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_said_is_known_by_its_kind_and_keeps_its_words() {
        let lookup = |words: &str| io::Error::other(format!("failed to lookup address information: {words}"));
        for (error, kind, said) in [
            (
                SystemError::from_io(&io::Error::from_raw_os_error(13)),
                SystemErrorKind::PermissionDenied,
                "permission denied",
            ),
            (SystemError::from_io(&io::Error::other("Permission denied")), SystemErrorKind::Other, "permission denied"),
            (
                SystemError::from_resolver(&lookup("Name or service not known")),
                SystemErrorKind::UnknownName,
                "name or service not known",
            ),
            (
                SystemError::from_resolver(&lookup("Name does not resolve")),
                SystemErrorKind::UnknownName,
                "name does not resolve",
            ),
            (
                SystemError::from_resolver(&lookup("Memory allocation failure")),
                SystemErrorKind::Other,
                "memory allocation failure",
            ),
        ] {
            assert_eq!((error.kind, error.said.as_str()), (kind, said));
        }
    }
}
