//! Looking at one live endpoint: look first, judge after.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use time::OffsetDateTime;

use super::dial::{self, Connection, Deadline, NoAddress};
use super::identity::{self, Identity};
use super::legacy::{self, PresentedChain};
use super::probe_error::{self, Trouble, words};
use super::questions::Ask;
use super::tls::{self, Fault};
use super::trust::{TrustAnchors, TrustStores};
use super::{starttls, tunnel};
use crate::certificate::ChainWithDer;
use crate::observation::{Failure, ObservedCertificate};
use crate::policy::{Endpoint, EndpointOptions, Host, Proxy};

/// One endpoint, and how it is looked at.
#[derive(Clone, Debug)]
pub(super) struct Target<'a> {
    pub endpoint: &'a Endpoint,
    pub options: &'a EndpointOptions,
    pub judge: TrustAnchors<'a>,
    pub ask: Ask,
    /// One of its addresses, and how long it took to learn them.
    pub only: Option<(IpAddr, Duration)>,
}

impl Target<'_> {
    /// What the memory knows it by: what tells it from every other look.
    pub(super) fn place(&self) -> String {
        let name = self.options.server_name.as_ref().map_or_else(String::new, |name| format!("{name}@"));
        let via = self.options.connect.as_ref().map_or_else(String::new, |via| format!("@{}", via.place()));
        let only = self.only.map_or_else(String::new, |(address, _)| format!("@{address}"));
        format!("{name}{}{via}{only}", self.endpoint.place())
    }

    /// The name that is sent to it.
    fn name(&self) -> String {
        match (&self.options.server_name, &self.endpoint.host) {
            (Some(name), _) | (None, Host::Name(name)) => name.clone(),
            (None, Host::Address(address)) => address.to_string(),
        }
    }

    /// Where to connect.
    fn host_and_port(&self) -> (Host, u16) {
        let (host, port) = match &self.options.connect {
            Some(via) if via.has_own_port() => (&via.host, via.port),
            Some(via) => (&via.host, self.endpoint.port),
            None => (&self.endpoint.host, self.endpoint.port),
        };
        (self.only.map_or_else(|| host.clone(), |(address, _)| Host::Address(address)), port)
    }

    /// Every address of its name.
    pub(super) fn addresses(&self, limit: Duration) -> Result<Vec<SocketAddr>, Failure> {
        let (host, port) = self.host_and_port();
        let addresses = dial::addresses(&host, port, Deadline::after(limit));
        addresses.map_err(|error| probe_error::no_address(&host, &error, limit))
    }

    /// Looks within `limit`, from the resolution of the name to the last byte.
    pub(super) fn look(
        &self,
        trust_stores: &TrustStores,
        limit: Duration,
        now: OffsetDateTime,
    ) -> Result<ObservedCertificate, Failure> {
        let (address, shown) = self.shown(limit)?;
        let chain = tls::read_chain(&shown.chain).map_err(|fault| probe_error::unparsable(address, &fault))?;
        Ok(self.sight(chain, shown.weakness, address, trust_stores, now))
    }

    /// The chain that it serves, whole.
    pub(super) fn chain(&self, limit: Duration) -> Result<ChainWithDer, Failure> {
        let (address, shown) = self.shown(limit)?;
        tls::read_chain(&shown.chain).map_err(|fault| probe_error::unparsable(address, &fault))
    }

    /// What the first address that answers shows, and which that is.
    fn shown(&self, limit: Duration) -> Result<(SocketAddr, PresentedChain), Failure> {
        let spent = self.only.map_or(Duration::ZERO, |(_, spent)| spent);
        let deadline = Deadline::after(limit).less(spent);
        let (host, port) = self.host_and_port();
        let client = self.options.client.as_ref().map(identity::read).transpose().map_err(probe_error::no_identity)?;
        let (first, first_port) = match &self.options.proxy {
            Some(proxy) => (&proxy.host, proxy.port),
            None => (&host, port),
        };
        let no_address = |error: NoAddress| probe_error::no_address(first, &error, limit);
        let addresses = dial::addresses(first, first_port, deadline).map_err(no_address)?;
        let name = self.name();
        let mut faults = Vec::new();
        for (index, address) in addresses.iter().enumerate() {
            if deadline.left().is_none() {
                break;
            }
            let way = Route {
                address: *address,
                through: self.options.proxy.as_ref().map(|proxy| (proxy, &host, port)),
                endpoint: self.endpoint,
                name: &name,
                client: client.as_ref(),
                deadline: deadline.share(addresses.len() - index),
            };
            match way.show() {
                Ok(shown) => return Ok((*address, shown)),
                Err(fault) => faults.push((*address, fault)),
            }
        }
        let peer = probe_error::Peer { protocol: self.endpoint.protocol, port, proxy: self.options.proxy.as_ref() };
        Err(probe_error::unreachable(&faults, &peer, &words(limit)))
    }

    fn sight(
        &self,
        chain: ChainWithDer,
        legacy_protocol: Option<String>,
        address: SocketAddr,
        trust_stores: &TrustStores,
        now: OffsetDateTime,
    ) -> ObservedCertificate {
        let hearing = trust_stores.verify_chain((self.judge, self.ask), &chain, &self.endpoint.written, now);
        // Which address a proxy chose is for it to know.
        let address = self.options.proxy.is_none().then(|| address.to_string());
        ObservedCertificate { legacy_protocol, ..hearing.sight(chain, address) }
    }
}

/// One way to an endpoint: an address, and what is said there.
struct Route<'a> {
    address: SocketAddr,
    /// A proxy listens there, and passes the connection on.
    through: Option<(&'a Proxy, &'a Host, u16)>,
    endpoint: &'a Endpoint,
    name: &'a str,
    client: Option<&'a Identity>,
    deadline: Deadline,
}

impl Route<'_> {
    fn show(&self) -> Result<PresentedChain, Trouble> {
        let client = self.client.map(|(chain, key)| (chain.clone(), key.clone_key()));
        let mut connection = self.connect()?;
        let fault = match tls::peer_chain(&mut connection, self.name, client) {
            Ok(chain) => return Ok(PresentedChain { chain, weakness: None }),
            Err(fault @ (Fault::TooOld | Fault::TooLarge | Fault::ContainerError | Fault::Other(_))) => fault,
            Err(fault) => return Err(Trouble::Handshake(fault)),
        };
        drop(connection);
        // What the library refuses is asked again in the clear; where that fails, too, the first answer says more.
        let again = self
            .connect()
            .map_err(|_| ())
            .and_then(|mut connection| legacy::chain(&mut connection, self.name, tls::random()).map_err(|_| ()));
        again.map_err(|()| Trouble::Handshake(fault))
    }

    /// To where TLS begins.
    fn connect(&self) -> Result<Connection, Trouble> {
        let mut connection = Connection::open(self.address, self.deadline).map_err(Trouble::Connect)?;
        if let Some((proxy, host, port)) = self.through {
            tunnel::open(proxy, host, port, &mut connection).map_err(Trouble::Proxy)?;
        }
        starttls::begin(self.endpoint.protocol, &mut connection, self.name).map_err(Trouble::Greeting)?;
        Ok(connection)
    }
}
