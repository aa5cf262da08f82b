//! The facts of one certificate, as all other modules read them.

mod as_text;
mod chain;
mod der;
mod distinguished_name;
mod file;
mod fingerprint;
mod kind;
mod lifetime;
mod name;
mod oid_name;
mod revocation;
mod stored;

pub use chain::{Chain, ChainWithDer, sent, stored};
pub(crate) use der::ber::Elements;
pub use der::key::KeyPairId;
pub use der::serial::decimal as decimal_serial;
pub use der::{CertificateWithDer, NotACertificate, read as read_der};
pub use distinguished_name::DistinguishedName;
pub use file::contents::{BadBlock, BlockFault, ContainerError, ContainerKind, Contents};
pub use file::issuers::Issuers;
pub use file::pem::{private_key, write as to_pem};
pub(crate) use file::pkcs12::encryption::Aes128;
pub use file::read as read_file;
pub use fingerprint::{Fingerprint, NotAFingerprint};
pub use kind::{CertificateKind, DateOf};
pub use name::{Names, canonical as canonical_name, covering_wildcard};
pub use oid_name::OidName;
pub use revocation::revocation_target::RevocationTarget;
pub use revocation::{crl, ocsp};

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// The public key of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// `RSA`, `EC`, `Ed25519`, `Ed448`, `DSA` or the dotted OID.
    pub algorithm: OidName,
    /// Size of the modulus or of the field, in bits, where the algorithm has one.
    pub bits: Option<u32>,
    /// SHA-256 of the `SubjectPublicKeyInfo`: the same key has the same one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Fingerprint>,
}

/// One X.509 certificate (RFC 5280), reduced to what people and decisions need. Text in it is
/// as the certificate has it: untrusted until a renderer or a report has cleaned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The DNS names of the subject alternative name extension, in their order.
    pub dns_names: Vec<String>,
    pub fingerprint: Fingerprint,
    /// The addresses of the subject alternative name extension, in their order.
    pub ip_addresses: Vec<IpAddr>,
    /// Basic constraints say that it may issue certificates.
    pub is_authority: bool,
    /// It names itself as its issuer.
    pub is_self_issued: bool,
    pub issuer: DistinguishedName,
    pub key: PublicKey,
    pub kind: CertificateKind,
    /// The issuer that ends before it and that it cannot do without, as its chain was seen.
    pub limited_by: Option<Box<Limit>>,
    /// The last second of validity (RFC 5280 §4.1.2.5 includes it).
    pub not_after: OffsetDateTime,
    pub not_before: OffsetDateTime,
    /// Lower-case hexadecimal of the integer without leading zeros, `-` before a negative one.
    pub serial: String,
    /// The name OpenSSL prints (`ecdsa-with-SHA256`), or the dotted OID.
    pub signature_algorithm: OidName,
    pub subject: DistinguishedName,
    /// What it may be used for (RFC 5280 §4.2.1.12): `serverAuth`, `clientAuth`, else the dotted OID; none: anything.
    /// Shared: most certificates have one of a few sets.
    pub usages: Arc<[OidName]>,
}

/// An end in year 9999 stands for no end (RFC 5280 §4.1.2.5).
#[must_use]
pub fn is_no_end(end: OffsetDateTime) -> bool {
    end.year() >= 9999
}

/// What ends before the certificate, and ends its use: an intermediate of its chain, or the metadata that it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub fingerprint: Fingerprint,
    /// It is the `validUntil` of SAML metadata: the subject is the entity.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_metadata: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub not_after: OffsetDateTime,
    pub subject: DistinguishedName,
}

impl Certificate {
    /// One of which no more is known than what it is called and when it is valid.
    #[must_use]
    pub fn with_dates(
        fingerprint: Fingerprint,
        subject: DistinguishedName,
        (not_before, not_after): (OffsetDateTime, OffsetDateTime),
    ) -> Self {
        Self {
            dns_names: Vec::new(),
            fingerprint,
            ip_addresses: Vec::new(),
            is_authority: false,
            is_self_issued: false,
            issuer: DistinguishedName::default(),
            key: PublicKey { algorithm: OidName::default(), bits: None, id: None },
            kind: CertificateKind::Certificate,
            limited_by: None,
            not_after,
            not_before,
            serial: String::new(),
            signature_algorithm: OidName::default(),
            subject,
            usages: Arc::default(),
        }
    }

    /// What it is the end of, where it is a date.
    #[must_use]
    pub const fn date(&self) -> Option<DateOf> {
        match self.kind {
            CertificateKind::Date(of) => Some(of),
            CertificateKind::Certificate | CertificateKind::RevocationList => None,
        }
    }

    /// Whether it stands for a date that was written, and is no certificate.
    #[must_use]
    pub const fn is_date(&self) -> bool {
        self.date().is_some()
    }

    /// The last second at which clients accept it: its own `not_after`, or that of an intermediate which ends earlier
    /// and which every path to a root contains. Reminders, events and verdicts count from here.
    #[must_use]
    pub fn effective_end(&self) -> OffsetDateTime {
        self.limited_by.as_ref().map_or(self.not_after, |limit| limit.not_after.min(self.not_after))
    }

    /// It ends in year 9999, which stands for no end (RFC 5280 §4.1.2.5): nothing is due before it.
    #[must_use]
    pub fn has_no_end(&self) -> bool {
        is_no_end(self.effective_end())
    }

    /// Whole days left until the effective end at `now`; negative once it has passed.
    #[must_use]
    pub fn days_left(&self, now: OffsetDateTime) -> i64 {
        // Floor, so that ten minutes past the end is day -1 and never day 0.
        (self.effective_end() - now).whole_seconds().div_euclid(24 * 60 * 60)
    }

    /// Whether its effective end is before `now`.
    #[must_use]
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        now > self.effective_end() && !self.has_no_end()
    }

    /// Whether it has begun and is not expired.
    #[must_use]
    pub fn is_valid(&self, now: OffsetDateTime) -> bool {
        self.not_before <= now && !self.is_expired(now)
    }

    /// From the first second of validity to the last; zero where the dates contradict each other.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        (self.not_after - self.not_before).max(Duration::ZERO)
    }

    /// The same in days, rounded to the nearest.
    #[must_use]
    pub fn lifetime_days(&self) -> i64 {
        self.lifetime().saturating_add(Duration::hours(12)).whole_days()
    }

    /// By what another one is the same, or has the same key.
    pub(crate) fn identities(&self) -> impl Iterator<Item = Fingerprint> {
        std::iter::once(self.fingerprint).chain(self.own_key())
    }

    /// The key that no certificate of another place should have; those of an authority have one key on purpose.
    pub(crate) fn own_key(&self) -> Option<Fingerprint> {
        self.key.id.filter(|_| !self.is_authority)
    }

    /// How many names and addresses it is for.
    #[must_use]
    pub fn name_count(&self) -> usize {
        self.dns_names.len() + self.ip_addresses.len()
    }

    /// The name a person would call it by: its first DNS name or address, else its subject.
    #[must_use]
    pub fn display_name(&self) -> String {
        match self.kind {
            CertificateKind::Date(_) => self.subject.to_string(),
            CertificateKind::RevocationList => format!("CRL of {}", self.subject_name()),
            CertificateKind::Certificate => {
                let address = || self.ip_addresses.first().map(IpAddr::to_string);
                self.dns_names.first().cloned().or_else(address).unwrap_or_else(|| self.subject_name())
            }
        }
    }

    /// The common name of the subject, else all of its name.
    fn subject_name(&self) -> String {
        self.subject.common_name().unwrap_or_else(|| self.subject.to_string())
    }

    /// By which organisation it was issued, else all of its issuer's name.
    #[must_use]
    pub fn issuing_organization(&self) -> String {
        self.issuer.organization().unwrap_or_else(|| self.issuer.to_string())
    }
}
