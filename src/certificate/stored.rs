//! A certificate as JSON of the state has it: a flag for each kind. It is not made by flattening the kind, which would take
//! keys of other versions for known ones.

use std::net::IpAddr;
use std::ops::Not;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;

use super::{Certificate, CertificateKind, DateOf, DistinguishedName, Fingerprint, Limit, OidName, PublicKey};

#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the state")]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Certificate")]
struct Stored {
    dns_names: Vec<String>,
    fingerprint: Fingerprint,
    ip_addresses: Vec<IpAddr>,
    is_authority: bool,
    #[serde(default, skip_serializing_if = "Not::not", getter = "Certificate::is_date")]
    is_date: bool,
    #[serde(default, skip_serializing_if = "Not::not", getter = "is_registration")]
    is_registration: bool,
    #[serde(default, skip_serializing_if = "Not::not", getter = "is_revocation_list")]
    is_revocation_list: bool,
    is_self_issued: bool,
    issuer: DistinguishedName,
    key: PublicKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limited_by: Option<Box<Limit>>,
    #[serde(with = "time::serde::rfc3339")]
    not_after: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    not_before: OffsetDateTime,
    serial: String,
    signature_algorithm: OidName,
    subject: DistinguishedName,
    #[serde(default, skip_serializing_if = "<[OidName]>::is_empty")]
    usages: Arc<[OidName]>,
}

fn is_registration(certificate: &Certificate) -> bool {
    certificate.kind == CertificateKind::Date(DateOf::Registration)
}

fn is_revocation_list(certificate: &Certificate) -> bool {
    certificate.kind == CertificateKind::RevocationList
}

impl From<Stored> for Certificate {
    fn from(stored: Stored) -> Self {
        Self {
            dns_names: stored.dns_names,
            fingerprint: stored.fingerprint,
            ip_addresses: stored.ip_addresses,
            is_authority: stored.is_authority,
            is_self_issued: stored.is_self_issued,
            issuer: stored.issuer,
            key: stored.key,
            kind: CertificateKind::from_flags(stored.is_date, stored.is_registration, stored.is_revocation_list),
            limited_by: stored.limited_by,
            not_after: stored.not_after,
            not_before: stored.not_before,
            serial: stored.serial,
            signature_algorithm: stored.signature_algorithm,
            subject: stored.subject,
            usages: stored.usages,
        }
    }
}

impl Serialize for Certificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Certificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_as_flags_and_keys_of_other_versions_are_noticed() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let subject = DistinguishedName::from("CN=a");
        let mut certificate = Certificate::with_dates(Fingerprint::new([1; 32]), subject, (now, now));
        for (kind, flags) in [
            (CertificateKind::Certificate, ""),
            (CertificateKind::RevocationList, r#""is_revocation_list":true,"#),
            (CertificateKind::Date(DateOf::PolicyFile), r#""is_date":true,"#),
            (CertificateKind::Date(DateOf::Registration), r#""is_date":true,"is_registration":true,"#),
        ] {
            certificate.kind = kind;
            let text = serde_json::to_string(&certificate).unwrap();
            assert!(text.contains(&format!(r#""is_authority":false,{flags}"is_self_issued":false,"#)), "{text}");
            let later = text.replacen('{', r#"{"later":1,"#, 1);
            let mut unknown = Vec::new();
            let json = &mut serde_json::Deserializer::from_str(&later);
            let read: Certificate = serde_ignored::deserialize(json, |path| unknown.push(path.to_string())).unwrap();
            assert_eq!((read, unknown), (certificate.clone(), vec!["later".to_owned()]));
        }
    }
}
