//! One look at an endpoint, before it is made.

use std::net::IpAddr;
use std::time::Duration;

use super::questions::Ask;
use super::trust::TrustAnchors;
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
            Some(via) if via.names_port() => (&via.host, via.port),
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
}
