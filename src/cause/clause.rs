//! A clause for people: the value that it is worded from, or the English words.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{FailureCause, FileCause, FileRole, LostRegistration, ReadError, SystemError, SystemErrorKind};

/// What is wrong, or why something is not known. It is written down in English: what is read again is text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Remembered", into = "String")]
pub enum Clause {
    Cause(Arc<FailureCause>),
    Text(String),
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cause(cause) => cause.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Clause {
    /// Whether it says that the registration of a domain is lost.
    #[must_use]
    pub fn lost_registration(&self) -> Option<LostRegistration> {
        match self {
            Self::Cause(cause) => match &**cause {
                FailureCause::Registry(cause) => cause.lost(),
                _ => None,
            },
            Self::Text(_) => None,
        }
    }

    /// Whether it says that no file stands where one is watched.
    #[must_use]
    pub fn is_missing_file(&self) -> bool {
        let Self::Cause(cause) = self else { return false };
        let FailureCause::File(FileCause::Unreadable { role: FileRole::Target, error, .. }) = &**cause else {
            return false;
        };
        matches!(error, ReadError::System(SystemError { kind: SystemErrorKind::NotFound, .. }))
    }

    /// Whether it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

/// By the words: what was read again is the same as what was written.
impl Ord for Clause {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl PartialOrd for Clause {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Clause {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Clause {}

impl From<Clause> for String {
    fn from(clause: Clause) -> Self {
        clause.to_string()
    }
}

impl<T: Into<FailureCause>> From<T> for Clause {
    fn from(cause: T) -> Self {
        Self::Cause(Arc::new(cause.into()))
    }
}

impl From<&Arc<FailureCause>> for Clause {
    fn from(cause: &Arc<FailureCause>) -> Self {
        Self::Cause(Arc::clone(cause))
    }
}

/// What was written down. No other text becomes a clause by itself: it has words in one language alone.
#[derive(Deserialize)]
struct Remembered(String);

impl From<Remembered> for Clause {
    fn from(Remembered(text): Remembered) -> Self {
        Self::Text(text)
    }
}

/// A value that was remembered beside its words; nothing where another version wrote it and this one does not know it.
///
/// # Errors
/// It is no value at all.
pub fn if_known<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

/// What was remembered: a value that other words stand beside is of another version, and not of them.
#[must_use]
pub fn remembered<T: fmt::Display + Clone + for<'a> From<&'a str>>(said: &str, cause: Option<&T>) -> T {
    cause.filter(|cause| cause.to_string() == said).cloned().unwrap_or_else(|| said.into())
}
