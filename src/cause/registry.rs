//! Why it is not known when the registration of a domain ends.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::DocumentCause;
use super::places::Places;
use crate::fault::Fault;

/// Why it is not known when a registration ends. The text of a variant is the host of the registry where nothing else is
/// said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryCause {
    NoAnswer(DocumentCause),
    /// While its answer was read.
    Fault(Fault),
    /// It wants no question now.
    Busy(String),
    /// The status (RFC 8056) of a registration that has ended.
    Ended(String),
    NoEnd(String),
    BadEnd(String),
    OtherDomain(String),
    NotRegistered(String),
    /// The registered domain of which it is a host.
    Host(String),
    /// What was remembered as text alone.
    Said(String),
}

/// What a registry says of a domain whose registration is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostRegistration {
    /// It has ended, and can be restored for some time.
    Ended,
    NotRegistered,
}

impl fmt::Display for RegistryCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clause(Places::Named))
    }
}

impl RegistryCause {
    /// Whether the registration itself is lost, and not only unknown.
    #[must_use]
    pub const fn lost(&self) -> Option<LostRegistration> {
        match self {
            Self::Ended(_) => Some(LostRegistration::Ended),
            Self::NotRegistered(_) => Some(LostRegistration::NotRegistered),
            Self::NoAnswer(_)
            | Self::Fault(_)
            | Self::Busy(_)
            | Self::NoEnd(_)
            | Self::BadEnd(_)
            | Self::OtherDomain(_)
            | Self::Host(_)
            | Self::Said(_) => None,
        }
    }

    pub(super) fn clause(&self, at: Places) -> String {
        let registry = |host: &String| format!("the registry at {}", at.quoted(host));
        match self {
            Self::NoAnswer(cause) => format!("its registry gave no answer: {}", cause.clause(at)),
            Self::Fault(fault) => format!("its registry gave no answer: its answer cannot be read: {fault}"),
            Self::Busy(host) => format!("its registry wants no question now: {}", at.bare(host)),
            Self::Ended(status) => format!("its registration has ended: for the registry it is in \"{status}\""),
            Self::NoEnd(host) => format!("{} does not say when the registration ends", registry(host)),
            Self::BadEnd(host) => format!("{} gave an end that is no date", registry(host)),
            Self::OtherDomain(host) => format!("{} answered about another domain", registry(host)),
            Self::NotRegistered(host) => format!("it is not registered: {} knows no such domain", registry(host)),
            Self::Host(parent) => format!(
                "it is a host of the registered domain {}, and has no registration of its own",
                at.quoted(parent)
            ),
            Self::Said(said) => at.text(said),
        }
    }
}

impl From<&str> for RegistryCause {
    fn from(said: &str) -> Self {
        Self::Said(said.to_owned())
    }
}
