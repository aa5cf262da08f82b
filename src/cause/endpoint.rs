//! Why an endpoint showed nothing.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::SystemError;
use super::places::Places;
use crate::certificate::NotACertificate;

/// Why an endpoint showed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointCause {
    /// At each address that was tried first, and at how many more.
    Addresses {
        causes: Vec<EndpointCause>,
        more: usize,
    },
    Refused(Peer),
    NoAnswer {
        peers: Vec<Peer>,
        within: Duration,
    },
    NoWay {
        peer: Peer,
        error: SystemError,
    },
    Proxy {
        proxy: ProxyName,
        error: ProxyError,
        within: Duration,
    },
    /// Before TLS, in the protocol of this name.
    Greeting {
        peer: Peer,
        protocol: String,
        error: GreetingError,
        within: Duration,
    },
    Handshake {
        peer: Peer,
        error: HandshakeError,
        within: Duration,
    },
    /// What it showed is no certificate.
    NotACertificate {
        peer: Peer,
        error: NotACertificate,
    },
    NothingShown {
        peer: Peer,
    },
    /// As the resolver says; nothing where its answer is empty.
    NoAddress {
        host: String,
        error: Option<SystemError>,
    },
    NoAddressWithin {
        host: String,
        within: Duration,
    },
    /// This machine gives nothing to wait with.
    NoPoller(SystemError),
}

/// Whom a connection goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    Address(SocketAddr),
    /// What is behind the proxy.
    Behind(ProxyName),
    /// The proxy itself, at an address.
    Proxy(ProxyName, SocketAddr),
}

/// A proxy as it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyName {
    /// `HTTP` or `SOCKS5`.
    pub kind: &'static str,
    /// `HOST:PORT`.
    pub place: String,
}

/// Why a conversation before TLS ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interruption {
    Timeout,
    Closed,
    System(SystemError),
}

/// Why a proxy did not pass the connection on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyError {
    Interrupted(Interruption),
    /// The status line of its answer.
    Answered(String),
    /// The code of its reply (RFC 1928 §6).
    Replied(u8),
    WantsLogin,
    /// It does not speak as a proxy.
    Unexpected,
}

/// Why TLS did not begin after a greeting in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GreetingError {
    Interrupted(Interruption),
    /// It spoke, and this is not what a server of the protocol says.
    Unexpected(String),
    /// It speaks the protocol, and will not change to TLS; with what it said, if anything.
    Refused(String),
    /// It speaks the protocol, and not with this machine or not now: what it said.
    TurnedAway(String),
    /// So many bytes came in the clear after it agreed: from whom cannot be known.
    Injected(usize),
}

/// Why a peer showed no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandshakeError {
    /// The deadline has passed.
    Timeout,
    Closed,
    NotTls,
    /// After it had agreed to TLS in the clear.
    NotTlsAsAgreed,
    /// TLS 1.1 or older.
    TooOld,
    /// Each algorithm that was offered is one too few.
    NothingInCommon,
    /// It refused what it was asked, and did not answer when it was asked in other ways.
    RefusedOnce,
    /// Its chain is larger than is read.
    TooLarge,
    /// It knows no host of the name.
    UnknownName,
    /// It showed a certificate and did not sign with its key.
    NoProof,
    /// Of an old version.
    WithoutCertificate,
    /// As RFC 8446 §6 calls it.
    Alert(String),
    Other(SystemError),
}

impl fmt::Display for ProxyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} proxy {}", self.kind, self.place)
    }
}

impl Places {
    fn proxy(self, proxy: &ProxyName) -> String {
        format!("the {} proxy {}", proxy.kind, self.bare(&proxy.place))
    }

    fn peer(self, peer: &Peer) -> String {
        match peer {
            Peer::Address(address) => self.bare(address),
            Peer::Behind(proxy) => format!("the endpoint behind {}", self.proxy(proxy)),
            Peer::Proxy(proxy, address) => format!("{} ({})", self.proxy(proxy), self.bare(address)),
        }
    }
}

impl EndpointCause {
    pub(super) fn clause(&self, at: Places) -> String {
        match self {
            Self::Addresses { causes, more } => {
                let more = (*more > 0).then(|| format!("and {more} addresses more"));
                let each: Vec<String> = causes.iter().map(|cause| cause.clause(at)).chain(more).collect();
                each.join("; ")
            }
            Self::Refused(peer) => format!("{} refused the connection", at.peer(peer)),
            Self::NoAnswer { peers, within } => {
                let peers: Vec<String> = peers.iter().map(|peer| at.peer(peer)).collect();
                format!("no answer from {} within {}", peers.join(", "), seconds(*within))
            }
            Self::NoWay { peer, error } => format!("no way to {}: {error}", at.peer(peer)),
            Self::Proxy { proxy, error, within } => {
                format!("{} {}", at.proxy(proxy), error.clause(&seconds(*within), at))
            }
            Self::Greeting { peer, protocol, error, within } => {
                format!("{} {}", at.peer(peer), error.clause(protocol, &seconds(*within), at))
            }
            Self::Handshake { peer, error, within } => {
                format!("{} {}", at.peer(peer), error.clause(&seconds(*within)))
            }
            Self::NotACertificate { peer, error } => format!("the certificate of {} {error}", at.peer(peer)),
            Self::NothingShown { peer } => format!("{} showed no certificate", at.peer(peer)),
            Self::NoAddress { host, error } => {
                let said = error.as_ref().map_or("the answer is empty", |error| &error.said);
                format!("{} has no address: {said}", at.quoted(host))
            }
            Self::NoAddressWithin { host, within } => {
                format!("no address of {} within {}", at.quoted(host), seconds(*within))
            }
            Self::NoPoller(said) => format!("no connection can be made: {said}"),
        }
    }
}

impl ProxyError {
    fn clause(&self, limit: &str, at: Places) -> String {
        match self {
            Self::Interrupted(Interruption::Timeout) => format!("did not pass the connection on within {limit}"),
            Self::Interrupted(Interruption::Closed) => "closed the connection".to_owned(),
            Self::Interrupted(Interruption::System(said)) => format!("did not pass the connection on: {said}"),
            Self::Answered(line) => format!("answered {}", at.quoted(line)),
            Self::Replied(reply) => {
                let meaning = match reply {
                    2 => "its rules do not allow this connection",
                    3 => "the network is unreachable",
                    4 => "the host is unreachable, or has no address",
                    5 => "the connection was refused",
                    6 => "it took too long",
                    7 | 8 => "it cannot connect to such an address",
                    _ => "it failed",
                };
                format!("says: {meaning}")
            }
            Self::WantsLogin => "wants another name and password".to_owned(),
            Self::Unexpected => "does not speak as a proxy of its kind".to_owned(),
        }
    }
}

impl GreetingError {
    fn clause(&self, protocol: &str, limit: &str, at: Places) -> String {
        let said =
            |words: &str| if words.is_empty() { String::new() } else { format!(": it says {}", at.quoted(words)) };
        match self {
            Self::Interrupted(Interruption::Timeout) => format!("did not come to TLS in {protocol} within {limit}"),
            Self::Interrupted(Interruption::Closed) => format!("closed the connection before TLS began in {protocol}"),
            Self::Interrupted(Interruption::System(said)) => format!("did not come to TLS in {protocol}: {said}"),
            Self::Unexpected(words) => format!("does not speak {protocol}{}", said(words)),
            Self::Refused(words) => format!("speaks {protocol} and offers no TLS{}", said(words)),
            Self::TurnedAway(words) => format!("speaks {protocol} and refused this connection{}", said(words)),
            Self::Injected(bytes) => format!("agreed to TLS and sent {bytes} bytes in the clear after that"),
        }
    }
}

impl HandshakeError {
    fn clause(&self, limit: &str) -> String {
        let clause = match self {
            Self::Timeout => return format!("showed no certificate within {limit}"),
            Self::Closed => "closed the connection before it showed a certificate",
            Self::NotTls => "does not speak TLS",
            Self::NotTlsAsAgreed => "agreed to TLS and then did not speak it",
            Self::TooOld => "offers neither TLS 1.2 nor 1.3, and shows no certificate in anything older",
            Self::NothingInCommon => "speaks TLS and refused every version, key exchange and cipher that is known here",
            Self::RefusedOnce => "refused the handshake, and did not answer when it was asked in other ways",
            Self::TooLarge => "sends a chain larger than any real one",
            Self::UnknownName => "knows no host of this name",
            Self::NoProof => "showed a certificate and could not prove that it has its key: the signature is wrong",
            Self::WithoutCertificate => "showed no certificate: it speaks without one",
            Self::Alert(alert) => return format!("showed no certificate: the peer refused with the alert {alert}"),
            Self::Other(said) => return format!("showed no certificate: {said}"),
        };
        clause.to_owned()
    }
}

/// As people write a time limit.
#[must_use]
pub fn seconds(limit: Duration) -> String {
    if limit.subsec_millis() == 0 { format!("{} s", limit.as_secs()) } else { format!("{} ms", limit.as_millis()) }
}
