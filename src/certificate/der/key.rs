//! Whether a private key belongs to a certificate: both are known by a digest of their public half, and of the private
//! one nothing is kept.

use sha2::{Digest as _, Sha256};

use super::CertificateWithDer;
use super::ber::Elements;
use super::raw_certificate::RawCertificate;
use crate::certificate::Fingerprint;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// What tells one pair of keys from another: a digest of the public half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyPairId(Fingerprint);

impl KeyPairId {
    /// Of RSA and elliptic curves; others cannot be told.
    #[must_use]
    pub fn from_certificate(parsed: &CertificateWithDer) -> Option<Self> {
        let key = RawCertificate::new(&parsed.der)?.key;
        match Elements(key.algorithm).expect(0x06)?.content {
            RSA | RSA_PSS => Self::from_modulus(Elements(key.bits).enter(0x30)?),
            EC => Self::from_point(key.bits),
            _ => None,
        }
    }

    /// Of a private key, known by its form: PKCS #8, PKCS #1 or SEC 1; an encrypted one cannot be told.
    pub(in crate::certificate) fn from_private_key(der: &[u8]) -> Option<Self> {
        let mut fields = Elements(der).enter(0x30)?;
        let _version = fields.expect(0x02)?;
        match fields.clone().next()?.tag {
            0x30 => Self::from_wrapped(fields),
            0x02 => Self::from_modulus(fields),
            0x04 => Self::from_ec(fields),
            _ => None,
        }
    }

    /// `PrivateKeyInfo` (RFC 5958 §2), from its algorithm on.
    fn from_wrapped(mut fields: Elements<'_>) -> Option<Self> {
        let kind = fields.enter(0x30)?.expect(0x06)?.content;
        let mut key = fields.enter(0x04)?.enter(0x30)?;
        let _version = key.expect(0x02)?;
        match kind {
            RSA | RSA_PSS => Self::from_modulus(key),
            EC => Self::from_ec(key),
            _ => None,
        }
    }

    /// `RSAPrivateKey` (RFC 8017 §A.1.2) from its modulus on: of what follows the public exponent nothing is read.
    fn from_modulus(mut numbers: Elements<'_>) -> Option<Self> {
        let (modulus, exponent) = (numbers.expect(0x02)?, numbers.expect(0x02)?);
        Some(Self::digest(b"RSA", &[modulus.whole, exponent.whole]))
    }

    /// `ECPrivateKey` (RFC 5915 §3), where it holds the public half as well, as nearly all do.
    fn from_ec(mut fields: Elements<'_>) -> Option<Self> {
        Self::from_point(fields.find(|field| field.tag == 0xa1)?.children().next()?.bits()?)
    }

    /// By the first coordinate: a compressed point is the same point (SEC 1 §2.3.3).
    fn from_point(point: &[u8]) -> Option<Self> {
        let (form, coordinates) = point.split_first()?;
        let first = match form {
            2 | 3 => coordinates,
            4 => &coordinates[..coordinates.len() / 2],
            _ => return None,
        };
        (!first.is_empty()).then(|| Self::digest(b"EC", &[first]))
    }

    fn digest(kind: &[u8], parts: &[&[u8]]) -> Self {
        let hash = Sha256::new().chain_update(kind);
        Self(Fingerprint::new(parts.iter().fold(hash, Sha256::chain_update).finalize().into()))
    }
}
