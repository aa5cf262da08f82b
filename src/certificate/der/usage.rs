//! What the key of a certificate may do: the key usage extension (RFC 5280 §4.2.1.3).

use super::ber::Elements;
use super::raw_certificate::RawCertificate;

const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];

/// What is signed with a key, as its bit in the first byte of the extension.
#[derive(Clone, Copy)]
pub(in crate::certificate) enum KeyUsage {
    Certificates = 0x04,
    RevocationLists = 0x02,
}

impl RawCertificate<'_> {
    /// Whether the key may sign these: without the extension all, and nothing where it cannot be read.
    pub(in crate::certificate) fn may_sign(&self, usage: KeyUsage) -> bool {
        self.extension(KEY_USAGE).is_none_or(|value| {
            let named = Elements(value).expect(0x03);
            named.is_some_and(|named| named.content.get(1).is_some_and(|first| first & usage as u8 != 0))
        })
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, CustomExtension, KeyPair, KeyUsagePurpose};

    use super::*;

    fn allowed(params: &CertificateParams) -> (bool, bool) {
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let raw = RawCertificate::new(made.der()).unwrap();
        (raw.may_sign(KeyUsage::Certificates), raw.may_sign(KeyUsage::RevocationLists))
    }

    #[test]
    fn a_key_signs_what_is_named_or_anything_where_nothing_is() {
        for (usages, may) in [
            (&[][..], (true, true)),
            (&[KeyUsagePurpose::KeyCertSign], (true, false)),
            (
                &[KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
                (true, true),
            ),
            (&[KeyUsagePurpose::CrlSign], (false, true)),
            (&[KeyUsagePurpose::DecipherOnly], (false, false)),
        ] {
            let mut params = CertificateParams::default();
            params.key_usages = usages.to_vec();
            assert_eq!(allowed(&params), may, "{usages:?}");
        }
    }

    #[test]
    fn a_key_usage_that_cannot_be_read_allows_nothing() {
        for value in [&b""[..], b"\x03", b"\x03\x01\x00", b"\x04\x02\x00\x06", b"\x30\x04\x03\x02\x01\x06"] {
            let mut params = CertificateParams::default();
            params.custom_extensions.push(CustomExtension::from_oid_content(&[2, 5, 29, 15], value.to_vec()));
            assert_eq!(allowed(&params), (false, false), "{value:x?}");
        }
    }
}
