//! Why an endpoint showed nothing, and what to do about it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::dial::NoAddress;
use super::target::Target;
use super::tls::Fault;
use super::{starttls, tunnel};
use crate::cause::{Doing, EndpointCause, FailureCause, FileCause, Interruption, Peer, ProxyName, SystemError};
use crate::certificate::NotACertificate;
use crate::event::FindingId;
use crate::fault;
use crate::observation::Failure;
use crate::policy::{Host, Protocol, Proxy};

/// What went wrong at one address.
#[derive(Debug)]
pub(super) enum Trouble {
    Connect(io::Error),
    Proxy(tunnel::Fault),
    /// Before TLS.
    Greeting(starttls::Fault),
    Handshake(Fault),
}

/// How the endpoint is asked.
pub(super) struct Query<'a> {
    pub protocol: Protocol,
    pub port: u16,
    pub proxy: Option<&'a Proxy>,
}

impl From<io::Error> for Interruption {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Self::Closed,
            _ if is_timeout(&error) => Self::Timeout,
            _ => Self::System(SystemError::from_io(&error)),
        }
    }
}

impl From<io::Error> for tunnel::Fault {
    fn from(error: io::Error) -> Self {
        Self::Interrupted(error.into())
    }
}

impl From<io::Error> for starttls::Fault {
    fn from(error: io::Error) -> Self {
        Self::Interrupted(error.into())
    }
}

impl Trouble {
    fn is_silence(&self) -> bool {
        matches!(self, Self::Connect(error) if is_timeout(error))
    }

    fn cause(&self, address: SocketAddr, query: &Query<'_>, within: Duration) -> EndpointCause {
        let proxy = query.proxy.map(ProxyName::from);
        let peer = proxy.clone().map_or(Peer::Address(address), Peer::Behind);
        match (self, proxy) {
            (Self::Connect(error), proxy) => {
                let peer = proxy.map_or(Peer::Address(address), |proxy| Peer::Proxy(proxy, address));
                match error.kind() {
                    io::ErrorKind::ConnectionRefused => EndpointCause::Refused(peer),
                    _ if self.is_silence() => EndpointCause::NoAnswer { peers: vec![peer], within },
                    _ => EndpointCause::NoWay { peer, error: SystemError::from_io(error) },
                }
            }
            (Self::Proxy(error), proxy) => {
                EndpointCause::Proxy { proxy: proxy.unwrap_or_default(), error: error.clone(), within }
            }
            (Self::Greeting(error), _) => {
                EndpointCause::Greeting { peer, protocol: query.protocol.to_string(), error: error.clone(), within }
            }
            (Self::Handshake(Fault::NotTls), _) if query.protocol != Protocol::Tls => {
                EndpointCause::Handshake { peer, error: Fault::NotTlsAsAgreed, within }
            }
            (Self::Handshake(error), _) => EndpointCause::Handshake { peer, error: error.clone(), within },
        }
    }

    fn help(&self, query: &Query<'_>) -> Option<String> {
        let in_the_clear = Protocol::usual_on(query.port).filter(|_| query.protocol == Protocol::Tls);
        match (self, in_the_clear) {
            (Self::Handshake(Fault::NotTls | Fault::Timeout | Fault::Closed), Some(protocol)) => {
                let scheme = protocol.scheme();
                Some(format!(
                    "{protocol} usually begins in the clear on this port: write {scheme}://HOST, or --starttls {scheme}"
                ))
            }
            (Self::Handshake(Fault::NotTls), None) if query.protocol == Protocol::Tls => {
                Some("check the port".to_owned())
            }
            (Self::Handshake(Fault::Closed), None) => Some(
                "a server behind a load balancer may want the PROXY header first: proxy-protocol = true, or --proxy-protocol"
                    .to_owned(),
            ),
            (Self::Handshake(Fault::UnknownName), _) => Some("ask for another name with --server-name".to_owned()),
            (Self::Greeting(starttls::Fault::Refused(_)), _) => {
                Some("TLS may be switched off there, or begin with the first byte on another port".to_owned())
            }
            (Self::Greeting(starttls::Fault::TurnedAway(_)), _) => Some(
                "it may refuse the address of this machine: have it allowed there, or look at it from elsewhere"
                    .to_owned(),
            ),
            (Self::Greeting(starttls::Fault::Injected(_)), _) => {
                Some("they may have been written on the way: look at it from elsewhere".to_owned())
            }
            (Self::Greeting(_), _) => Some("check the scheme and the port".to_owned()),
            (Self::Proxy(tunnel::Fault::WantsLogin), _) => {
                Some("write proxy = \"http://NAME:PASSWORD@HOST:PORT\"".to_owned())
            }
            _ => None,
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

pub(super) fn no_address(host: &Host, error: NoAddress, within: Duration) -> Failure {
    let host = host.to_string();
    match error {
        NoAddress::Timeout => Failure::new(FindingId::Unreachable, EndpointCause::NoAddressWithin { host, within }),
        NoAddress::Unknown(error) => Failure::new(FindingId::Unreachable, EndpointCause::NoAddress { host, error })
            .with_help("check the spelling, and the resolver of this machine"),
    }
}

/// The program itself failed while it looked.
pub(super) fn fault(target: &Target<'_>, fault: fault::Fault) -> Failure {
    Failure::by_fault(FindingId::Unreachable, &target.endpoint.written, Doing::Looking, fault)
}

/// The time for looking was over before.
pub(super) fn not_reached() -> Failure {
    Failure::new(FindingId::Unreachable, FailureCause::NotReached).with_help("raise `time-limit`, or lower --timeout")
}

/// This machine gives nothing to wait with.
pub(super) fn no_poller(error: &io::Error) -> Failure {
    Failure::new(FindingId::Unreachable, EndpointCause::NoPoller(SystemError::from_io(error)))
        .with_help("check the limits of this machine: ulimit -n")
}

/// The own certificate cannot be shown, so the endpoint was not asked.
pub(super) fn no_identity(cause: FileCause) -> Failure {
    Failure::new(FindingId::Unreachable, cause)
}

pub(super) fn unparsable(address: SocketAddr, error: Option<NotACertificate>) -> Failure {
    let peer = Peer::Address(address);
    let cause = match error {
        Some(error) => EndpointCause::NotACertificate { peer, error },
        None => EndpointCause::NothingShown { peer },
    };
    Failure::new(FindingId::Unparsable, cause)
}

pub(super) fn unreachable(faults: &[(SocketAddr, Trouble)], query: &Query<'_>, within: Duration) -> Failure {
    const NAMED: usize = 3;
    let named = faults.iter().take(NAMED);
    let causes: Vec<_> = if query.proxy.is_none() && faults.iter().all(|(_, fault)| fault.is_silence()) {
        let peers = named.map(|(address, _)| Peer::Address(*address)).collect();
        vec![EndpointCause::NoAnswer { peers, within }]
    } else {
        named.map(|(address, fault)| fault.cause(*address, query, within)).collect()
    };
    let cause = EndpointCause::Addresses { causes, more: faults.len().saturating_sub(NAMED) };
    let help = faults.iter().find_map(|(_, fault)| fault.help(query));
    Failure { help, ..Failure::new(FindingId::Unreachable, cause) }
}
