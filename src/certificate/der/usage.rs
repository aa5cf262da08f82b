//! What the key of a certificate may do: the key usage extension (RFC 5280 §4.2.1.3).

use super::ber::Elements;
use super::raw_certificate::RawCertificate;

const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// In the first byte of the bits.
const KEY_CERT_SIGN: u8 = 0x04;

/// Whether the key may sign certificates: where no usage is named, any is allowed.
pub(super) fn may_issue(der: &[u8]) -> bool {
    let usage = RawCertificate::of(der).and_then(|raw| raw.extension(KEY_USAGE));
    usage.is_none_or(|value| {
        let usage = Elements(value).expect(0x03);
        usage.is_some_and(|usage| usage.content.get(1).is_some_and(|byte| byte & KEY_CERT_SIGN != 0))
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, KeyUsagePurpose};

    use super::may_issue;

    #[test]
    fn a_key_signs_certificates_where_that_is_named_or_nothing_is() {
        for (usages, may) in [
            (&[][..], true),
            (&[KeyUsagePurpose::KeyCertSign], true),
            (&[KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign], true),
            (&[KeyUsagePurpose::CrlSign], false),
            (&[KeyUsagePurpose::DecipherOnly], false),
        ] {
            let mut params = CertificateParams::new(["ca.example".to_owned()]).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages = usages.to_vec();
            let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            assert_eq!(may_issue(made.der()), may, "{usages:?}");
        }
        assert!(may_issue(b""), "what cannot be read is the verifier's to refuse");
    }
}
