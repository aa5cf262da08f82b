//! Whether a private key belongs to a certificate: both are known by a digest of their public half, and of the private
//! one nothing is kept.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::CertificateWithDer;
use super::ber::element;
use super::raw_certificate::{RawCertificate, expect, items, whole};
use crate::text::hex;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// What tells one pair of keys from another: a digest of the public half.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyPairId([u8; 32]);

impl fmt::Debug for KeyPairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0[..8]))
    }
}

impl KeyPairId {
    /// Of RSA and elliptic curves; others cannot be told.
    #[must_use]
    pub fn of_certificate(parsed: &CertificateWithDer) -> Option<Self> {
        let key = RawCertificate::of(&parsed.der)?.key;
        let (kind, _) = expect(0x06, key.algorithm)?;
        match kind {
            RSA | RSA_PSS => Self::of_modulus(expect(0x30, key.bits)?.0),
            EC => Self::of_point(key.bits),
            _ => None,
        }
    }

    /// Of a private key, known by its form: PKCS #8, PKCS #1 or SEC 1; an encrypted one cannot be told.
    pub(in crate::certificate) fn of_private_key(der: &[u8]) -> Option<Self> {
        let (content, _) = expect(0x30, der)?;
        let (_, rest) = expect(0x02, content)?;
        match rest.first()? {
            0x30 => Self::of_wrapped(content),
            0x02 => Self::of_rsa(content),
            0x04 => Self::of_ec(content),
            _ => None,
        }
    }

    /// `PrivateKeyInfo` (RFC 5958 §2).
    fn of_wrapped(content: &[u8]) -> Option<Self> {
        let (_, rest) = expect(0x02, content)?;
        let (algorithm, rest) = expect(0x30, rest)?;
        let (kind, _) = expect(0x06, algorithm)?;
        let (key, _) = expect(0x04, rest)?;
        let (key, _) = expect(0x30, key)?;
        match kind {
            RSA | RSA_PSS => Self::of_rsa(key),
            EC => Self::of_ec(key),
            _ => None,
        }
    }

    /// `RSAPrivateKey` (RFC 8017 §A.1.2): version, modulus, public exponent, and the rest, which is not read.
    fn of_rsa(content: &[u8]) -> Option<Self> {
        let (_, rest) = expect(0x02, content)?;
        Self::of_modulus(rest)
    }

    fn of_modulus(numbers: &[u8]) -> Option<Self> {
        let (modulus, rest) = whole(0x02, numbers)?;
        let (exponent, _) = whole(0x02, rest)?;
        Some(Self::digest(b"RSA", &[modulus, exponent]))
    }

    /// `ECPrivateKey` (RFC 5915 §3), where it holds the public half as well, as nearly all do.
    fn of_ec(content: &[u8]) -> Option<Self> {
        let field = items(content).flatten().find_map(|field| match element(field)? {
            (0xa1, field, _) => Some(field),
            _ => None,
        })?;
        let (bits, _) = expect(0x03, field)?;
        Self::of_point(bits.strip_prefix(&[0])?)
    }

    /// By the first coordinate: a compressed point is the same point (SEC 1 §2.3.3).
    fn of_point(point: &[u8]) -> Option<Self> {
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
        Self(parts.iter().fold(hash, Sha256::chain_update).finalize().into())
    }
}
