//! The facts of one certificate beside what it has in common with others.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::tables::{Incomplete, Shared, Tables};
use crate::certificate::{Certificate, CertificateKind, DateOf, DistinguishedName, Fingerprint, Limit};

/// A certificate without its fingerprint, by which it is known.
#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the state")]
pub(super) struct Facts<'a> {
    /// The number of what certificates of its authority have in common.
    authority: usize,
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    dns_names: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "<[IpAddr]>::is_empty")]
    ip_addresses: Cow<'a, [IpAddr]>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_authority: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_date: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_registration: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_revocation_list: bool,
    /// Without it: whether the authority is its own subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_self_issued: Option<bool>,
    /// The key that it has alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_id: Option<KeyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited_by: Option<Cow<'a, Limit>>,
    #[serde(borrow)]
    serial: Cow<'a, str>,
    /// Without it: its first DNS name as its common name.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    subject: Option<Cow<'a, str>>,
    valid: Validity,
}

impl<'a> Facts<'a> {
    pub(super) fn new(certificate: &'a Certificate, shared: &Shared<'a>) -> Self {
        let (authority, key_id) = shared.authority(certificate);
        let is_own = certificate.issuer == certificate.subject;
        let first = certificate.dns_names.first();
        let is_usual = first.is_some_and(|first| common_name(&certificate.subject) == Some(first));
        Self {
            authority,
            dns_names: Cow::Borrowed(&certificate.dns_names),
            ip_addresses: Cow::Borrowed(&certificate.ip_addresses),
            is_authority: certificate.is_authority,
            is_date: certificate.is_date(),
            is_registration: certificate.date() == Some(DateOf::Registration),
            is_revocation_list: certificate.kind == CertificateKind::RevocationList,
            is_self_issued: (certificate.is_self_issued != is_own).then_some(certificate.is_self_issued),
            key_id: key_id.map(KeyId),
            limited_by: certificate.limited_by.as_deref().map(Cow::Borrowed),
            serial: Cow::Borrowed(&certificate.serial),
            subject: (!is_usual).then_some(Cow::Borrowed(certificate.subject.as_str())),
            valid: Validity { from: certificate.not_before, until: certificate.not_after },
        }
    }

    pub(super) fn whole(self, fingerprint: Fingerprint, tables: &Tables<'_>) -> Result<Arc<Certificate>, Incomplete> {
        let authority = tables.authority(self.authority)?;
        let subject: DistinguishedName = match (self.subject, self.dns_names.first()) {
            (Some(subject), _) => subject.into_owned().into(),
            (None, Some(name)) => [COMMON_NAME, name].concat().into(),
            (None, None) => return Err(Incomplete::Field("subject")),
        };
        let issuer = authority.issuer.as_deref().unwrap_or(&subject).clone();
        Ok(Arc::new(Certificate {
            dns_names: self.dns_names.into_owned(),
            fingerprint,
            ip_addresses: self.ip_addresses.into_owned(),
            is_authority: self.is_authority,
            is_self_issued: self.is_self_issued.unwrap_or(authority.issuer.is_none()),
            issuer,
            key: authority.key(self.key_id.map(|id| id.0)),
            kind: CertificateKind::from_flags(self.is_date, self.is_registration, self.is_revocation_list),
            limited_by: self.limited_by.map(|limit| Box::new(limit.into_owned())),
            not_after: self.valid.until,
            not_before: self.valid.from,
            serial: self.serial.into_owned(),
            signature_algorithm: authority.signature_algorithm.clone(),
            subject,
            usages: Arc::clone(&authority.usages),
        }))
    }
}

/// The root of a certificate that needs no chain.
pub(super) fn usual_root(certificate: &Certificate) -> Option<&DistinguishedName> {
    certificate.is_self_issued.then_some(&certificate.issuer)
}

const COMMON_NAME: &str = "CN=";

/// What stands behind `CN=` where a name begins with it.
fn common_name(subject: &DistinguishedName) -> Option<&str> {
    subject.as_str().strip_prefix(COMMON_NAME)
}

/// From when until when, as ISO 8601 writes an interval.
#[derive(Clone, Copy)]
struct Validity {
    from: OffsetDateTime,
    until: OffsetDateTime,
}

impl Serialize for Validity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Vec::with_capacity(41);
        let mut write = |at: OffsetDateTime, behind: &[u8]| {
            at.format_into(&mut text, &Rfc3339).map_err(serde::ser::Error::custom)?;
            text.extend_from_slice(behind);
            Ok(())
        };
        write(self.from, b"/")?;
        write(self.until, b"")?;
        serializer.serialize_str(std::str::from_utf8(&text).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Validity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).map_err(D::Error::custom);
        let (from, until) = text.split_once('/').ok_or_else(|| D::Error::custom("an interval has two ends"))?;
        Ok(Self { from: parse(from)?, until: parse(until)? })
    }
}

/// The SHA-256 of a public key, in base64 as pins have it (RFC 7469 §2.4): most certificates have one, and it is shorter.
struct KeyId(Fingerprint);

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(self.0.bytes()))
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut digest = [0; 32];
        let text = Cow::<str>::deserialize(deserializer)?;
        match BASE64.decode_slice(&*text, &mut digest) {
            Ok(32) => Ok(Self(Fingerprint::new(digest))),
            _ => Err(D::Error::custom("a key is known by 32 bytes in base64")),
        }
    }
}
