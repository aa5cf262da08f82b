//! Why an endpoint showed nothing, in words.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::dial::NoAddress;
use super::target::Target;
use super::tls::Fault;
use super::{starttls, tunnel};
use crate::disk::plain;
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

/// Whom the trouble is with.
pub(super) struct Peer<'a> {
    pub protocol: Protocol,
    pub port: u16,
    pub proxy: Option<&'a Proxy>,
}

impl Trouble {
    fn is_silence(&self) -> bool {
        matches!(self, Self::Connect(error) if is_timeout(error))
    }

    fn clause(&self, address: SocketAddr, peer: &Peer<'_>, limit: &str) -> String {
        let who = match peer.proxy {
            None => address.to_string(),
            Some(proxy) => format!("the endpoint behind the {proxy}"),
        };
        match self {
            Self::Connect(error) => {
                let who = peer.proxy.map_or_else(|| address.to_string(), |proxy| format!("the {proxy} ({address})"));
                match error.kind() {
                    io::ErrorKind::ConnectionRefused => format!("{who} refused the connection"),
                    _ if self.is_silence() => format!("no answer from {who} within {limit}"),
                    _ => format!("no way to {who}: {}", plain(error)),
                }
            }
            Self::Proxy(fault) => {
                let proxy = peer.proxy.map(ToString::to_string).unwrap_or_default();
                format!("the {proxy} {}", fault.clause(limit))
            }
            Self::Greeting(fault) => greeting(fault, &who, peer.protocol, limit),
            Self::Handshake(Fault::NotTls) if peer.protocol != Protocol::Tls => {
                format!("{who} agreed to TLS and then did not speak it")
            }
            Self::Handshake(fault) => match fault {
                Fault::Timeout => format!("{who} showed no certificate within {limit}"),
                Fault::Closed => format!("{who} closed the connection before it showed a certificate"),
                Fault::NotTls => format!("{who} does not speak TLS"),
                Fault::TooOld => {
                    format!("{who} offers neither TLS 1.2 nor 1.3, and shows no certificate in anything older")
                }
                Fault::NothingInCommon => {
                    format!("{who} speaks TLS and refused every version, key exchange and cipher that is known here")
                }
                Fault::RefusedOnce => {
                    format!("{who} refused the handshake, and did not answer when it was asked in other ways")
                }
                Fault::TooLarge => format!("{who} sends a chain larger than any real one"),
                Fault::UnknownName => format!("{who} knows no host of this name"),
                Fault::NoProof => {
                    format!(
                        "{who} showed a certificate and could not prove that it has its key: the signature is wrong"
                    )
                }
                Fault::Other(words) => format!("{who} showed no certificate: {words}"),
            },
        }
    }

    fn help(&self, peer: &Peer<'_>) -> Option<String> {
        let in_the_clear = Protocol::usual_on(peer.port).filter(|_| peer.protocol == Protocol::Tls);
        match (self, in_the_clear) {
            (Self::Handshake(Fault::NotTls | Fault::Timeout | Fault::Closed), Some(protocol)) => {
                let scheme = protocol.scheme();
                Some(format!(
                    "{protocol} usually begins in the clear on this port: write {scheme}://HOST, or --starttls {scheme}"
                ))
            }
            (Self::Handshake(Fault::NotTls), None) if peer.protocol == Protocol::Tls => {
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

fn greeting(fault: &starttls::Fault, who: &str, protocol: Protocol, limit: &str) -> String {
    let said = |words: &str| if words.is_empty() { String::new() } else { format!(": it says `{words}`") };
    match fault {
        starttls::Fault::Io(error) if is_timeout(error) => {
            format!("{who} did not come to TLS in {protocol} within {limit}")
        }
        starttls::Fault::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                format!("{who} closed the connection before TLS began in {protocol}")
            }
            _ => format!("{who} did not come to TLS in {protocol}: {}", plain(error)),
        },
        starttls::Fault::Unexpected(words) => format!("{who} does not speak {protocol}{}", said(words)),
        starttls::Fault::Refused(words) => format!("{who} speaks {protocol} and offers no TLS{}", said(words)),
        starttls::Fault::TurnedAway(words) => {
            format!("{who} speaks {protocol} and refused this connection{}", said(words))
        }
        starttls::Fault::Injected(bytes) => {
            format!("{who} agreed to TLS and sent {bytes} bytes in the clear after that")
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// As people write a time limit.
pub(super) fn words(limit: Duration) -> String {
    if limit.subsec_millis() == 0 { format!("{} s", limit.as_secs()) } else { format!("{} ms", limit.as_millis()) }
}

pub(super) fn no_address(host: &Host, error: &NoAddress, limit: Duration) -> Failure {
    let (message, help) = match error {
        NoAddress::Timeout => (format!("no address of `{host}` within {}", words(limit)), None),
        NoAddress::Unknown(cause) => {
            (format!("`{host}` has no address: {cause}"), Some("check the spelling, and the resolver of this machine"))
        }
    };
    Failure { id: FindingId::Unreachable, message, help: help.map(str::to_owned) }
}

/// The program itself failed while it looked.
pub(super) fn fault(target: &Target<'_>, fault: &fault::Fault) -> Failure {
    Failure::by_fault(FindingId::Unreachable, &target.endpoint.written, "looked at", fault)
}

/// The time for looking was over before.
pub(super) fn not_reached() -> Failure {
    let message = "not looked at: the time for looking was over".to_owned();
    let help = Some("raise `time-limit`, or lower --timeout".to_owned());
    Failure { id: FindingId::Unreachable, message, help }
}

/// This machine gives nothing to wait with.
pub(super) fn no_poller(error: &io::Error) -> Failure {
    let message = format!("no connection can be made: {}", plain(error));
    let help = Some("check the limits of this machine: ulimit -n".to_owned());
    Failure { id: FindingId::Unreachable, message, help }
}

/// The own certificate cannot be shown, so the endpoint was not asked.
pub(super) fn no_identity(message: String) -> Failure {
    Failure { id: FindingId::Unreachable, message, help: None }
}

pub(super) fn unparsable(address: SocketAddr, fault: &str) -> Failure {
    let message = format!("the certificate of {address} {fault}");
    Failure { id: FindingId::Unparsable, message, help: None }
}

pub(super) fn unreachable(faults: &[(SocketAddr, Trouble)], peer: &Peer<'_>, limit: &str) -> Failure {
    const NAMED: usize = 3;
    let mut clauses: Vec<_> = if peer.proxy.is_none() && faults.iter().all(|(_, fault)| fault.is_silence()) {
        let addresses: Vec<_> = faults.iter().take(NAMED).map(|(address, _)| address.to_string()).collect();
        vec![format!("no answer from {} within {limit}", addresses.join(", "))]
    } else {
        faults.iter().take(NAMED).map(|(address, fault)| fault.clause(*address, peer, limit)).collect()
    };
    if faults.len() > NAMED {
        clauses.push(format!("and {} addresses more", faults.len() - NAMED));
    }
    let help = faults.iter().find_map(|(_, fault)| fault.help(peer));
    Failure { id: FindingId::Unreachable, message: clauses.join("; "), help }
}
