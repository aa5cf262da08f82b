//! What one live endpoint showed, judged.

use std::net::SocketAddr;

use time::OffsetDateTime;

use super::probe::{Beside, Outcome, Shown};
use super::target::Target;
use super::trust::TrustStores;
use super::{presented, probe_error};
use crate::cause::LegacyProtocol;
use crate::certificate::{Certificate, ChainWithDer, Names};
use crate::observation::{Connection, Failure, ObservedCertificate};

/// The certificate that an endpoint showed, and the one that it has for keys of another kind. In boxes: thousands are
/// held in lists that grow.
pub(super) type Observed = (Box<ObservedCertificate>, Option<Box<ObservedCertificate>>);

impl Target<'_> {
    /// What a look came to.
    pub(super) fn observed(
        &self,
        outcome: Outcome,
        trust_stores: &TrustStores,
        now: OffsetDateTime,
    ) -> Result<Observed, Box<Failure>> {
        let Shown { address, chain: shown, leaf, beside } = outcome?;
        let issuers = &trust_stores.issuers;
        let chain = presented::read(leaf, &shown.chain, issuers)
            .map_err(|error| Box::new(probe_error::unparsable(address, error)))?;
        let mut sight = self.sight(chain, (shown.version, shown.weakness), address, trust_stores, now);
        sight.connection_mut().may_have_another = beside == Beside::Unknown;
        let Beside::Chain(other) = beside else { return Ok((Box::new(sight), None)) };
        let other = presented::read(None, &other, issuers)
            .ok()
            .map(|chain| self.sight(chain, (shown.version, None), address, trust_stores, now));
        let other = other.filter(|other| self.is_another(&sight.chain.leaf, &other.chain.leaf));
        Ok((Box::new(sight), other.map(Box::new)))
    }

    /// Of another key algorithm and for the same names: a server without a certificate for a kind of key may show its default one.
    fn is_another(&self, first: &Certificate, other: &Certificate) -> bool {
        let names = Names::new(first);
        let mut addresses = other.ip_addresses.iter().map(ToString::to_string);
        let is_alike = other.dns_names.iter().any(|name| names.cover(name))
            || addresses.any(|address| names.cover(&address))
            || other.subject == first.subject
            || other.covers(&self.name());
        other.key.algorithm != first.key.algorithm && is_alike
    }

    fn sight(
        &self,
        chain: ChainWithDer,
        (version, legacy_protocol): (Option<&'static str>, Option<LegacyProtocol>),
        address: SocketAddr,
        trust_stores: &TrustStores,
        now: OffsetDateTime,
    ) -> ObservedCertificate {
        let hearing = trust_stores.verify_chain((self.judge, self.ask), &chain, &self.endpoint.written, now);
        // Which address a proxy chose is for it to know.
        let address = self.options.proxy.is_none().then(|| address.to_string());
        let mut sight = hearing.sight(chain);
        let asked_name = Some(self.name());
        *sight.connection_mut() = Connection { address, asked_name, version, legacy_protocol, may_have_another: false };
        sight
    }
}
