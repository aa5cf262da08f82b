//! Looking at one live endpoint: look first, judge after.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use time::OffsetDateTime;

use super::dial::{self, Connection, Deadline, NoAddress};
use super::file::plain;
use super::questions::Ask;
use super::tls::{self, Fault};
use super::trust::{Courts, Judge};
use crate::certificate::Linked;
use crate::event::FindingId;
use crate::observation::{Failure, Sight};
use crate::policy::{Endpoint, EndpointOptions, Host};

/// One endpoint, and how it is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub endpoint: &'a Endpoint,
    pub options: &'a EndpointOptions,
    pub judge: Judge<'a>,
    pub ask: Ask,
}

impl Target<'_> {
    /// What the memory knows it by: what tells it from every other look.
    pub(super) fn place(&self) -> String {
        let name = self.options.server_name.as_ref().map_or_else(String::new, |name| format!("{name}@"));
        let via = self.options.connect.as_ref().map_or_else(String::new, |via| format!("@{}", via.place()));
        format!("{name}{}{via}", self.endpoint.place())
    }

    /// The name that is sent to it.
    fn name(&self) -> String {
        match (&self.options.server_name, &self.endpoint.host) {
            (Some(name), _) | (None, Host::Name(name)) => name.clone(),
            (None, Host::Address(address)) => address.to_string(),
        }
    }

    /// Where to connect.
    fn host_and_port(&self) -> (&Host, u16) {
        match &self.options.connect {
            Some(via) if via.has_own_port() => (&via.host, via.port),
            Some(via) => (&via.host, self.endpoint.port),
            None => (&self.endpoint.host, self.endpoint.port),
        }
    }

    /// Looks within `limit`, from the resolution of the name to the last byte.
    pub(super) fn look(&self, courts: &Courts, limit: Duration, now: OffsetDateTime) -> Result<Sight, Failure> {
        let deadline = Deadline::after(limit);
        let (host, port) = self.host_and_port();
        let addresses = dial::addresses(host, port, deadline).map_err(|error| no_address(host, &error, limit))?;
        let name = self.name();
        let mut faults = Vec::new();
        for (index, address) in addresses.iter().enumerate() {
            if deadline.left().is_none() {
                break;
            }
            match show(*address, &name, deadline.share(addresses.len() - index)) {
                Ok(shown) => {
                    let chain = tls::read_chain(&shown).map_err(|fault| unparsable(*address, &fault))?;
                    return Ok(self.sight(chain, *address, courts, now));
                }
                Err(fault) => faults.push((*address, fault)),
            }
        }
        Err(unreachable(&faults, port, limit))
    }

    fn sight(&self, chain: Linked, address: SocketAddr, courts: &Courts, now: OffsetDateTime) -> Sight {
        let (trust, inquiry) = courts.hear((self.judge, self.ask), &chain, &self.endpoint.written, now);
        let is_misordered = chain.is_misordered;
        Sight { chain: chain.into_chain(), address: Some(address.to_string()), trust, is_misordered, inquiry }
    }
}

fn show(address: SocketAddr, name: &str, deadline: Deadline) -> Result<Vec<Vec<u8>>, Trouble> {
    let mut connection = Connection::open(address, deadline).map_err(Trouble::Connect)?;
    tls::peer_chain(&mut connection, name).map_err(Trouble::Handshake)
}

/// What went wrong at one address.
enum Trouble {
    Connect(io::Error),
    Handshake(Fault),
}

impl Trouble {
    fn is_silence(&self) -> bool {
        matches!(self, Self::Connect(error) if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock))
    }

    fn clause(&self, address: SocketAddr, limit: &str) -> String {
        match self {
            Self::Connect(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                format!("{address} refused the connection")
            }
            Self::Connect(_) if self.is_silence() => format!("no answer from {address} within {limit}"),
            Self::Connect(error) => format!("no way to {address}: {}", plain(error)),
            Self::Handshake(fault) => match fault {
                Fault::Timeout => format!("{address} showed no certificate within {limit}"),
                Fault::Closed => format!("{address} closed the connection before it showed a certificate"),
                Fault::NotTls => format!("{address} does not speak TLS"),
                Fault::TooOld => {
                    format!("{address} offers neither TLS 1.2 nor 1.3, or none of the algorithms of today")
                }
                Fault::UnknownName => format!("{address} knows no host of this name"),
                Fault::Other(words) => format!("{address} showed no certificate: {words}"),
            },
        }
    }

    fn help(&self, port: u16) -> Option<&'static str> {
        match self {
            Self::Handshake(Fault::NotTls | Fault::Timeout)
                if matches!(port, 21 | 25 | 110 | 143 | 389 | 587 | 5432) =>
            {
                Some(
                    "this port begins in the clear and changes to TLS later (STARTTLS), which this version does not speak",
                )
            }
            Self::Handshake(Fault::NotTls) => Some("check the port"),
            Self::Handshake(Fault::TooOld) => Some("TLS 1.0 and 1.1 are not read by this version"),
            Self::Handshake(Fault::UnknownName) => Some("ask for another name with --server-name"),
            _ => None,
        }
    }
}

/// As people write a time limit.
fn words(limit: Duration) -> String {
    if limit.subsec_millis() == 0 { format!("{} s", limit.as_secs()) } else { format!("{} ms", limit.as_millis()) }
}

fn no_address(host: &Host, error: &NoAddress, limit: Duration) -> Failure {
    let (message, help) = match error {
        NoAddress::Timeout => (format!("no address of `{host}` within {}", words(limit)), None),
        NoAddress::Unknown(cause) => {
            (format!("`{host}` has no address: {cause}"), Some("check the spelling, and the resolver of this machine"))
        }
    };
    Failure { id: FindingId::Unreachable, message, help: help.map(str::to_owned) }
}

fn unparsable(address: SocketAddr, fault: &str) -> Failure {
    let message = format!("the certificate of {address} {fault}");
    Failure { id: FindingId::Unparsable, message, help: None }
}

fn unreachable(faults: &[(SocketAddr, Trouble)], port: u16, limit: Duration) -> Failure {
    const NAMED: usize = 3;
    let limit = words(limit);
    let mut clauses: Vec<_> = if faults.iter().all(|(_, fault)| fault.is_silence()) {
        let addresses: Vec<_> = faults.iter().take(NAMED).map(|(address, _)| address.to_string()).collect();
        vec![format!("no answer from {} within {limit}", addresses.join(", "))]
    } else {
        faults.iter().take(NAMED).map(|(address, fault)| fault.clause(*address, &limit)).collect()
    };
    if faults.len() > NAMED {
        clauses.push(format!("and {} addresses more", faults.len() - NAMED));
    }
    let help = faults.iter().find_map(|(_, fault)| fault.help(port)).map(str::to_owned);
    Failure { id: FindingId::Unreachable, message: clauses.join("; "), help }
}
