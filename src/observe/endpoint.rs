//! Looking at one live endpoint: look first, judge after.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use time::OffsetDateTime;

use super::probe::{Beside, Outcome, Shown};
use super::questions::Ask;
use super::trust::{TrustAnchors, TrustStores};
use super::{probe_error, tls};
use crate::certificate::{Certificate, ChainWithDer, Names};
use crate::observation::{Failure, ObservedCertificate};
use crate::policy::{Endpoint, EndpointOptions, Host};

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
    pub(super) fn name(&self) -> String {
        match (&self.options.server_name, &self.endpoint.host) {
            (Some(name), _) | (None, Host::Name(name)) => name.clone(),
            (None, Host::Address(address)) => address.to_string(),
            (None, Host::OnLink(link)) => link.address.to_string(),
        }
    }

    /// Where to connect.
    pub(super) fn host_and_port(&self) -> (Host, u16) {
        let (host, port) = match &self.options.connect {
            Some(via) if via.has_own_port() => (&via.host, via.port),
            Some(via) => (&via.host, self.endpoint.port),
            None => (&self.endpoint.host, self.endpoint.port),
        };
        (self.only.map_or_else(|| host.clone(), |(address, _)| Host::Address(address)), port)
    }

    /// What is dialled: itself, or its proxy.
    pub(super) fn first(&self) -> (Host, u16) {
        match &self.options.proxy {
            Some(proxy) => (proxy.host.clone(), proxy.port),
            None => self.host_and_port(),
        }
    }

    /// What a look came to: the certificate, and the one that the server has for keys of another kind.
    pub(super) fn observed(
        &self,
        outcome: Outcome,
        trust_stores: &TrustStores,
        now: OffsetDateTime,
    ) -> Result<(ObservedCertificate, Option<ObservedCertificate>), Failure> {
        let Shown { address, chain: shown, beside } = outcome?;
        let chain = tls::read_chain(&shown.chain).map_err(|fault| probe_error::unparsable(address, &fault))?;
        let mut sight = self.sight(chain, (shown.version, shown.weakness), address, trust_stores, now);
        sight.may_have_another = beside == Beside::Unknown;
        let Beside::Chain(other) = beside else { return Ok((sight, None)) };
        let other = tls::read_chain(&other)
            .ok()
            .map(|chain| self.sight(chain, (shown.version, None), address, trust_stores, now));
        let other = other.filter(|other| self.is_another(&sight.chain.leaf, &other.chain.leaf));
        Ok((sight, other))
    }

    /// Of another key algorithm and for the same names: a server without a certificate for a kind of key may show its default one.
    fn is_another(&self, first: &Certificate, other: &Certificate) -> bool {
        let names = Names::of(first);
        let mut addresses = other.ip_addresses.iter();
        let is_alike = other.dns_names.iter().any(|name| names.cover(name))
            || addresses.any(|address| first.ip_addresses.contains(address))
            || other.subject == first.subject
            || other.covers(&self.name());
        other.key.algorithm != first.key.algorithm && is_alike
    }

    fn sight(
        &self,
        chain: ChainWithDer,
        (version, legacy_protocol): (Option<&'static str>, Option<String>),
        address: SocketAddr,
        trust_stores: &TrustStores,
        now: OffsetDateTime,
    ) -> ObservedCertificate {
        let hearing = trust_stores.verify_chain((self.judge, self.ask), &chain, &self.endpoint.written, now);
        // Which address a proxy chose is for it to know.
        let address = self.options.proxy.is_none().then(|| address.to_string());
        ObservedCertificate { version, legacy_protocol, ..hearing.sight(chain, address) }
    }
}
