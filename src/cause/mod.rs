//! Why a look failed, what is wrong with what it showed, or why a message was not delivered, as a value: what is done about it depends on that, and each language has its own words.

mod chain;
mod clause;
mod connection;
mod delivery;
mod document;
mod endpoint;
mod file;
mod finding;
mod moments;
mod place;
mod places;
mod program;
mod registry;
mod renewal;
#[cfg(test)]
mod samples;
mod system;
mod unread;

use std::fmt;
use std::sync::Arc;

use crate::fault::Fault;

pub use chain::{Anchors, CaFileError, ChainCause};
pub use clause::{Clause, if_known, remembered};
pub use connection::{AddressError, ConnectionError, NotTried};
pub use delivery::{DeliveryCause, Handed, MailServerError, MailStep, Setting, TokenSource};
pub use document::{DocumentCause, DocumentError};
pub use endpoint::{EndpointCause, GreetingError, HandshakeError, Interruption, Peer, ProxyError, ProxyName, seconds};
pub use file::{FileCause, FileRole, FolderError, HeldInstead, NodeKind, PatternError, ReadError};
#[cfg(test)]
pub(crate) use finding::findings;
pub use finding::{FindingCause, KeyMismatch, LegacyProtocol, ServerUnknown, TlsaUnknown, WeakCipher, Weakness, pin};
pub use moments::{length, minute, span};
pub use place::PlaceCause;
use places::Places;
pub use program::{ProgramCause, ProgramEnd, ProgramError};
pub use registry::{LostRegistration, RegistryCause};
pub use renewal::{DeadEnd, RenewalBlock, RenewalCause};
#[cfg(test)]
pub(crate) use samples::{every_cause, is_quoted};
pub use system::{SystemError, SystemErrorKind};
pub use unread::{LineError, NotAnEndpoint, UnreadCause};

/// Why a look failed, what is wrong with what it showed, or why a message was not delivered. What peers and the operating system said is held as they said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureCause {
    Endpoint(EndpointCause),
    /// What an endpoint serves, where a certificate should be served, was not seen.
    Deployment {
        endpoint: String,
        cause: Arc<FailureCause>,
    },
    File(FileCause),
    Program(ProgramCause),
    Place(PlaceCause),
    /// It was seen, and is not trusted.
    Chain(ChainCause),
    /// It was seen, and this is wrong with it.
    Finding(FindingCause),
    Delivery(DeliveryCause),
    /// Several at once.
    Several(Vec<Arc<FailureCause>>),
    /// The time for looking was over before.
    NotReached,
    /// The document of a provider was not read.
    Metadata(DocumentCause),
    /// No registry of this top-level domain is known.
    NoRegistry {
        top: String,
    },
    /// As it is remembered from when it was asked about: one question a day.
    Registry(RegistryCause),
    /// What the policy file or the command line names, as `validate` says it.
    Unread(UnreadCause),
    /// The program itself failed while it did this to a place.
    Fault {
        place: String,
        doing: Doing,
        fault: Fault,
    },
}

/// What was done when the program failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Reading,
    Looking,
}

macro_rules! from {
    ($($variant:ident($of:ty)),*) => {
        $(impl From<$of> for FailureCause {
            fn from(cause: $of) -> Self {
                Self::$variant(cause)
            }
        })*
    };
}

from! { Endpoint(EndpointCause), File(FileCause), Program(ProgramCause), Place(PlaceCause), Chain(ChainCause), Delivery(DeliveryCause), Finding(FindingCause) }

/// In English, as a clause that names the place: `no answer from 192.0.2.1:443 within 10 s`.
impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clause(Places::Named))
    }
}

impl FailureCause {
    /// The same words for all places with this cause: `no answer from … within 10 s`.
    #[must_use]
    pub fn without_places(&self) -> String {
        self.clause(Places::LeftOut)
    }

    /// The name of an endpoint has no address.
    #[must_use]
    pub const fn is_without_address(&self) -> bool {
        matches!(self, Self::Endpoint(EndpointCause::NoAddress { .. }))
    }

    fn clause(&self, at: Places) -> String {
        match self {
            Self::Endpoint(cause) => cause.clause(at),
            Self::Deployment { endpoint, cause } => {
                format!("{}, where it should be served: {}", at.bare(endpoint), cause.clause(at))
            }
            Self::File(cause) => cause.clause(at),
            Self::Program(cause) => cause.clause(at),
            Self::Place(cause) => cause.clause(at),
            Self::Chain(cause) => cause.clause(at),
            Self::Finding(cause) => cause.to_string(),
            Self::Delivery(cause) => cause.to_string(),
            Self::Several(causes) => {
                let each: Vec<String> = causes.iter().map(|cause| cause.clause(at)).collect();
                each.join("; ")
            }
            Self::NotReached => "not looked at: the time for looking was over".to_owned(),
            Self::Metadata(cause) => format!("no metadata from {}", cause.clause(at)),
            Self::NoRegistry { top } => {
                format!("IANA lists no registry of {} that answers by RDAP over https", at.quoted(format!(".{top}")))
            }
            Self::Registry(cause) => cause.clause(at),
            Self::Unread(cause) => at.text(&cause.to_string()),
            Self::Fault { place, doing, fault } => {
                let done = match doing {
                    Doing::Reading => "read",
                    Doing::Looking => "looked at",
                };
                format!("{} cannot be {done}: {fault}", at.quoted(place))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn no_answer(peer: &str) -> FailureCause {
        let peers = vec![Peer::Address(peer.parse().unwrap())];
        EndpointCause::NoAnswer { peers, within: Duration::from_secs(10) }.into()
    }

    fn unreadable(path: &str) -> FailureCause {
        let error = ReadError::System(SystemError { kind: SystemErrorKind::NotFound, said: "no such file".to_owned() });
        FileCause::Unreadable { role: FileRole::Target, path: path.to_owned(), error }.into()
    }

    #[test]
    fn two_places_with_the_same_cause_have_the_same_words() {
        let registry = |said: &str| FailureCause::Registry(said.into());
        let no_address = |host: &str| EndpointCause::NoAddress { host: host.to_owned(), error: None }.into();
        for (one, other, said) in [
            (no_answer("192.0.2.1:443"), no_answer("[2001:db8::1]:8443"), "no answer from … within 10 s"),
            (no_address("a.example"), no_address("b"), "… has no address: the answer is empty"),
            (unreadable("/a/b"), unreadable("c.pem"), "… cannot be read: no such file"),
            (
                registry("no connection to a.example:1: refused"),
                registry("no connection to 10.0.0.1:2: refused"),
                "no connection to …: refused",
            ),
        ] {
            assert_ne!(one.to_string(), other.to_string());
            assert_eq!((one.without_places().as_str(), other.without_places().as_str()), (said, said));
        }
    }
}
