//! The names of algorithms and usages.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use super::as_text::as_text;
use super::der::ber::{self, Elements};

/// What an object identifier is called, else the identifier with dots. A usual name takes no memory of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct OidName(Cow<'static, str>);

/// By the content octets of the identifier.
type Table = [(&'static [u8], &'static str)];

const KEYS: &Table = &[
    (b"\x2a\x86\x48\xce\x3d\x02\x01", "EC"),
    // rsaEncryption and id-RSASSA-PSS
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "RSA"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "RSA"),
    (b"\x2b\x65\x70", "Ed25519"),
    (b"\x2b\x65\x71", "Ed448"),
    (b"\x2a\x86\x48\xce\x38\x04\x01", "DSA"),
];

/// As OpenSSL prints them.
const SIGNATURES: &Table = &[
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x02", "ecdsa-with-SHA256"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x03", "ecdsa-with-SHA384"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x04", "ecdsa-with-SHA512"),
    (b"\x2a\x86\x48\xce\x3d\x04\x03\x01", "ecdsa-with-SHA224"),
    (b"\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-with-SHA1"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "sha256WithRSAEncryption"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "sha384WithRSAEncryption"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "sha512WithRSAEncryption"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", "sha224WithRSAEncryption"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "rsassaPss"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "sha1WithRSAEncryption"),
    (b"\x2b\x0e\x03\x02\x1d", "sha1WithRSAEncryption"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02", "md2WithRSAEncryption"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x03", "md4WithRSAEncryption"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "md5WithRSAEncryption"),
    (b"\x2b\x65\x70", "ED25519"),
    (b"\x2b\x65\x71", "ED448"),
    (b"\x2a\x86\x48\xce\x38\x04\x03", "dsaWithSHA1"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x01", "dsa_with_SHA224"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x02", "dsa_with_SHA256"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x11", "ML-DSA-44"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x12", "ML-DSA-65"),
    (b"\x60\x86\x48\x01\x65\x03\x04\x03\x13", "ML-DSA-87"),
    (b"\x2a\x81\x1c\xcf\x55\x01\x83\x75", "SM2-with-SM3"),
];

/// Of the extended key usage (RFC 5280 §4.2.1.12).
const USAGES: &Table = &[
    (b"\x55\x1d\x25\x00", "any"),
    (b"\x2b\x06\x01\x05\x05\x07\x03\x01", "serverAuth"),
    (b"\x2b\x06\x01\x05\x05\x07\x03\x02", "clientAuth"),
    (b"\x2b\x06\x01\x05\x05\x07\x03\x03", "codeSigning"),
    (b"\x2b\x06\x01\x05\x05\x07\x03\x04", "emailProtection"),
    (b"\x2b\x06\x01\x05\x05\x07\x03\x08", "timeStamping"),
    (b"\x2b\x06\x01\x05\x05\x07\x03\x09", "OCSPSigning"),
];

impl OidName {
    pub(super) fn key(oid: &[u8]) -> Self {
        Self::new(oid, KEYS)
    }

    pub(super) fn signature(oid: &[u8]) -> Self {
        Self::new(oid, SIGNATURES)
    }

    /// Of an extended key usage: those that have a name in the order of their numbers, then the others as they come.
    pub(super) fn usages(extension: &[u8]) -> Option<Vec<Self>> {
        let oids = Elements(extension).enter(0x30)?.map(|usage| (usage.tag == 0x06).then_some(usage.content));
        let mut oids: Vec<&[u8]> = oids.collect::<Option<_>>()?;
        let place = |oid: &&[u8]| USAGES.iter().position(|(known, _)| known == oid).unwrap_or(USAGES.len());
        oids.sort_by_key(place);
        oids.dedup();
        Some(oids.into_iter().map(|oid| Self::new(oid, USAGES)).collect())
    }

    /// The name of the object identifier, or its numbers with dots where none is known.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn new(oid: &[u8], table: &Table) -> Self {
        let name = table.iter().find(|(known, _)| *known == oid);
        Self(name.map_or_else(|| ber::dotted(oid).into(), |(_, name)| Cow::Borrowed(*name)))
    }
}

impl From<&str> for OidName {
    fn from(name: &str) -> Self {
        let known = [KEYS, SIGNATURES, USAGES].into_iter().flatten().find(|(_, known)| *known == name);
        Self(known.map_or_else(|| name.to_owned().into(), |(_, name)| Cow::Borrowed(*name)))
    }
}

as_text!(OidName);

impl<'de> Deserialize<'de> for OidName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::from(name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::der::ber::encoded;
    use super::*;

    #[test]
    fn a_usual_name_is_held_once_however_it_was_read() {
        for (oid, name) in SIGNATURES {
            let [by_oid, by_name] = [OidName::signature(oid), OidName::from(&*(*name).to_owned())];
            assert_eq!((&by_oid, by_oid.as_ptr()), (&by_name, by_name.as_ptr()));
        }
        let read: OidName = serde_json::from_str(r#""1.2.3.4""#).unwrap();
        assert_eq!((&read, &*serde_json::to_string(&read).unwrap()), (&OidName::key(b"\x2a\x03\x04"), r#""1.2.3.4""#));
    }

    #[test]
    fn usages_are_told_once_in_the_order_of_their_numbers() {
        let [any, server, client] = [USAGES[0], USAGES[1], USAGES[2]].map(|(oid, _)| oid);
        let oids = [b"\x2a\x03\x04", client, server, client, any].map(|oid| encoded(0x06, oid)).concat();
        let usages = OidName::usages(&encoded(0x30, &oids)).unwrap();
        assert_eq!(usages, ["any", "serverAuth", "clientAuth", "1.2.3.4"]);
        assert_eq!(OidName::usages(&encoded(0x30, &encoded(0x04, any))), None);
    }
}
