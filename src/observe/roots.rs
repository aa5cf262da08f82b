//! The roots that chains are judged by, and what the library says of a chain.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, Error};
use time::OffsetDateTime;

use super::signatures;
use crate::certificate::{self, Certificate, CertificateWithDer, ChainWithDer};
use crate::net::roots::{CaFileError, RootSet, verifying_config};

/// Roots that chains are judged by.
pub(super) struct Roots {
    set: Arc<RootSet>,
    /// From a file that the operator named.
    pub are_chosen: bool,
    /// Those, read when one is first asked for.
    read: OnceLock<Vec<CertificateWithDer>>,
}

/// The verdict of the library on a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Trusted,
    UnknownIssuer,
    /// As a clause about the chain.
    Bad(String),
}

impl Roots {
    /// Those of this machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set), else those built in.
    pub(super) fn of_machine() -> &'static Self {
        static ROOTS: OnceLock<Roots> = OnceLock::new();
        ROOTS.get_or_init(|| Self::of(Arc::clone(RootSet::of_machine()), false))
    }

    fn of(set: Arc<RootSet>, are_chosen: bool) -> Self {
        Self { set, are_chosen, read: OnceLock::new() }
    }

    /// Those of a `ca-file`; the error is a clause that names it.
    pub(super) fn of_file(path: &Path) -> Result<Self, String> {
        let name = path.display();
        match RootSet::of_ca_file(path) {
            Ok(set) => Ok(Self::of(Arc::new(set), true)),
            Err(CaFileError::NoCertificate) => Err(format!("the CA file `{name}` holds no certificate")),
            Err(error) => Err(format!("the CA file `{name}` cannot be read: {error}")),
        }
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

    /// For connections to servers of an authority: verified by the roots of this machine and by these.
    pub(super) fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        verifying_config(self.are_chosen.then_some(&*self.set)).map_err(|error| error.to_string())
    }

    /// Whether a chain ends in one of these roots, at a moment at which its leaf is valid: dates are judged apart.
    pub(super) fn judge(&self, chain: &ChainWithDer, now: OffsetDateTime) -> Verdict {
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
            Ok(()) => Verdict::Trusted,
            Err(_) if self.set.certificates.iter().any(|root| root.as_ref() == chain.leaf.der) => Verdict::Trusted,
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) if rest.len() < chain.rest.len() => {
                Verdict::Bad("an issuer in its chain may not sign certificates (key usage)".to_owned())
            }
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => Verdict::UnknownIssuer,
            Err(error) => Verdict::Bad(in_words(&error)),
        }
    }

    /// Whether the chain ends in a root that browsers trust.
    pub(super) fn is_public(chain: &ChainWithDer, now: OffsetDateTime) -> bool {
        static PUBLIC: OnceLock<Roots> = OnceLock::new();
        PUBLIC.get_or_init(|| Self::of(Arc::new(RootSet::public()), false)).judge(chain, now) == Verdict::Trusted
    }
}

fn in_words(error: &Error) -> String {
    let Error::InvalidCertificate(kind) = error else { return error.to_string() };
    match kind {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "a certificate in its chain has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "a certificate in its chain is not yet valid".to_owned()
        }
        CertificateError::BadSignature => "a signature in its chain is wrong".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not meant for servers (extended key usage)".to_owned()
        }
        CertificateError::BadEncoding => "its chain is not encoded as it should be".to_owned(),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its chain is signed in a way that clients of today refuse".to_owned()
        }
        CertificateError::Other(other) => {
            let words = other.to_string();
            match words.as_str() {
                "CaUsedAsEndEntity" => "it is a certificate of an authority, not of a server".to_owned(),
                "UnsupportedCertVersion" => "it is of an X.509 version before 3".to_owned(),
                "NameConstraintViolation" => "an issuer in its chain may not speak for its names".to_owned(),
                _ => format!("clients refuse its chain: {words}"),
            }
        }
        other => format!("clients refuse its chain: {other}"),
    }
}
