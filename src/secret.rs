//! A secret of the policy file: where it is, never what it is.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
pub(crate) use zeroize::{Zeroize, Zeroizing};

/// Resolved when a channel is used and not before.
#[derive(Clone)]
pub enum Secret {
    Literal(SecretString),
    /// An environment variable.
    Environment(String),
    /// A file, of which the first line counts; absolute.
    File(PathBuf),
    /// A systemd credential: a file in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl Secret {
    /// The value, where the policy file itself holds it.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(value) => Some(value.expose_secret()),
            _ => None,
        }
    }
}

/// A secret in the clear, held for as long as a channel needs it and wiped after.
#[derive(Clone)]
pub struct Revealed(SecretString);

impl Revealed {
    /// Takes over a value; its copies are wiped.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        // As it comes it would be cut to its length: what was cut off might stay behind.
        let value = Zeroizing::new(value.into());
        Self(SecretString::from(value.as_str()))
    }

    /// The value itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// Why a secret is not to be had; it names the place, never the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum SecretError {
    #[error("the environment variable `{0}` is not set")]
    NotSet(String),
    #[error("there is no systemd credential `{0}`: `CREDENTIALS_DIRECTORY` is not set")]
    NoCredentials(String),
    #[error("`{path}` cannot be read")]
    Unreadable { path: String, said: String },
    /// A pipe, a device or a directory.
    #[error("`{0}` cannot be read")]
    NotRegular(String),
    #[error("{0} is empty")]
    Empty(String),
}

impl SecretError {
    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::NotSet(_) => "set it where certnotify is started: cron and systemd have an environment of their own",
            Self::NoCredentials(_) => "run it as a systemd service with LoadCredential=, or write { file = … }",
            Self::Unreadable { .. } => "make the file readable for the user certnotify runs as",
            Self::NotRegular(_) => "name a regular file: a directory, a pipe or a device holds no secret",
            Self::Empty(_) => "write the secret there, on the first line",
        }
    }

    /// With what the system said.
    #[must_use]
    pub fn in_full(&self) -> String {
        match self {
            Self::Unreadable { said, .. } => format!("{self}: {said}"),
            Self::NotRegular(_) => format!("{self}: it is no regular file"),
            Self::NotSet(_) | Self::NoCredentials(_) | Self::Empty(_) => self.to_string(),
        }
    }
}
