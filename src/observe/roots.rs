//! The roots that chains are judged by, and what the library says of a chain.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, Error};
use time::OffsetDateTime;

use super::signatures;
use crate::cause::ChainCause;
use crate::certificate::{self, Certificate, CertificateWithDer, ChainWithDer};
use crate::net::roots::{RootSet, verifying_config};
use crate::net::tls_error;

/// Roots that chains are judged by.
pub(super) struct Roots {
    set: Arc<RootSet>,
    /// From a file that the operator named.
    pub are_chosen: bool,
    /// Those, read when one is first asked for.
    read: OnceLock<Vec<CertificateWithDer>>,
    /// How they are called, as a certificate names its issuer.
    names: OnceLock<HashSet<Vec<u8>>>,
}

/// The verdict of the library on a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PathValidation {
    Trusted,
    UnknownIssuer,
    /// As a clause about the chain.
    Bad(ChainCause),
}

impl Roots {
    /// Those of this machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set), else those built in.
    pub(super) fn from_machine() -> &'static Self {
        static ROOTS: OnceLock<Roots> = OnceLock::new();
        ROOTS.get_or_init(|| Self::new(Arc::clone(RootSet::from_machine()), false))
    }

    fn new(set: Arc<RootSet>, are_chosen: bool) -> Self {
        Self { set, are_chosen, read: OnceLock::new(), names: OnceLock::new() }
    }

    /// Those of a `ca-file`.
    pub(super) fn from_file(path: &Path) -> Result<Self, ChainCause> {
        let set = RootSet::from_ca_file(path).map_err(|error| ChainCause::ca_file(path, error))?;
        Ok(Self::new(Arc::new(set), true))
    }

    /// Each of these roots, read.
    pub(super) fn certificates(&self) -> impl Iterator<Item = CertificateWithDer> {
        self.set.certificates.iter().filter_map(|der| certificate::read_der(der).ok()).map(|(parsed, _)| parsed)
    }

    /// The root that issued this certificate, the one that lasts longest where there are several.
    pub(super) fn issuer_of(&self, top: &CertificateWithDer) -> Option<Arc<Certificate>> {
        if top.certificate.is_self_issued {
            return None;
        }
        let roots = self.read.get_or_init(|| self.certificates().collect()).iter();
        let issuers = roots.map(|root| &root.certificate).filter(|root| root.subject == top.certificate.issuer);
        issuers.max_by_key(|root| root.not_after).cloned()
    }

    /// Whether a certificate of the chain names one of these roots as its issuer: without that, no way leads to a root.
    /// It tells the chains of private authorities apart for far less than [`Roots::judge`] does.
    pub(super) fn are_named_by(&self, chain: &ChainWithDer) -> bool {
        let names = self.names.get_or_init(|| self.set.store.roots.iter().map(|root| root.subject.to_vec()).collect());
        std::iter::once(&chain.leaf).chain(&chain.rest).any(|certificate| names.contains(certificate.issuer_name()))
    }

    /// For connections to servers of an authority: verified by the roots of this machine and by these.
    pub(super) fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        verifying_config(self.are_chosen.then_some(&*self.set)).map_err(|error| error.to_string())
    }

    /// Whether a chain ends in one of these roots, at a moment at which its leaf is valid: dates are judged apart.
    pub(super) fn judge(&self, chain: &ChainWithDer, now: OffsetDateTime) -> PathValidation {
        let leaf = &chain.leaf.certificate;
        let moment = now.min(leaf.not_after).max(leaf.not_before);
        let seconds = u64::try_from(moment.unix_timestamp()).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let der = CertificateDer::from(chain.leaf.der.as_slice());
        // The verifier reads no key usage of authorities: what may issue nothing is not shown to it.
        let issuers = chain.rest.iter().filter(|issuer| issuer.may_issue());
        let rest: Vec<_> = issuers.map(|issuer| CertificateDer::from(issuer.der.as_slice())).collect();
        let outcome = ParsedCertificate::try_from(&der).and_then(|leaf| {
            verify_server_cert_signed_by_trust_anchor(&leaf, &self.set.store, &rest, time, signatures::algorithms())
        });
        match outcome {
            Ok(()) => PathValidation::Trusted,
            Err(_) if self.set.certificates.iter().any(|root| root.as_ref() == chain.leaf.der) => {
                PathValidation::Trusted
            }
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) if rest.len() < chain.rest.len() => {
                PathValidation::Bad(ChainCause::MayNotSign)
            }
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => PathValidation::UnknownIssuer,
            Err(error) => PathValidation::Bad(tls_error::chain(&error)),
        }
    }

    /// Whether the chain ends in a root that browsers trust.
    pub(super) fn is_public(chain: &ChainWithDer, now: OffsetDateTime) -> bool {
        static PUBLIC: OnceLock<Roots> = OnceLock::new();
        PUBLIC.get_or_init(|| Self::new(Arc::new(RootSet::public()), false)).judge(chain, now)
            == PathValidation::Trusted
    }
}
