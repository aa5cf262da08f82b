//! One of every kind of finding, for tests of their words.

use time::OffsetDateTime;

use super::FindingCause as F;
use super::{KeyMismatch, LegacyProtocol, WeakCipher, Weakness};

pub(crate) fn findings() -> Vec<F> {
    std::iter::successors(Some(F::ChainMisordered), next).collect()
}

/// What comes after it: a new kind does not compile without a place in this order.
fn next(cause: &F) -> Option<F> {
    let from = OffsetDateTime::UNIX_EPOCH;
    let algorithm = "RSA".to_owned();
    let weak = |issuer, weakness| F::Weak { issuer, weakness };
    let cipher = |cipher| F::LegacyProtocol(LegacyProtocol::Cipher(cipher));
    Some(match cause {
        F::ChainMisordered => F::NotYetValid { from },
        F::NotYetValid { .. } => F::KeyMismatch(KeyMismatch::InTheFile),
        F::KeyMismatch(KeyMismatch::InTheFile) => F::KeyMismatch(KeyMismatch::Beside("/a.key".to_owned())),
        F::KeyMismatch(KeyMismatch::Beside(_)) => {
            F::NameMismatch { missing: vec!["a.example".to_owned()], has: Vec::new(), more: 0 }
        }
        F::NameMismatch { missing, has, .. } if has.is_empty() => {
            F::NameMismatch { missing: missing.clone(), has: missing.clone(), more: 0 }
        }
        F::NameMismatch { missing, has, more: 0 } => {
            F::NameMismatch { missing: missing.clone(), has: has.clone(), more: 4 }
        }
        F::NameMismatch { .. } => weak(None, Weakness::Key { algorithm, bits: 1024 }),
        F::Weak { issuer: None, weakness } => weak(Some("CN=A".to_owned()), weakness.clone()),
        F::Weak { weakness: Weakness::Key { .. }, .. } => weak(None, Weakness::Signature { algorithm }),
        F::Weak { weakness: Weakness::Signature { .. }, .. } => F::LegacyProtocol(LegacyProtocol::Version("TLS 1.1")),
        F::LegacyProtocol(LegacyProtocol::Version(_)) => cipher(WeakCipher::RsaKeyExchange),
        F::LegacyProtocol(LegacyProtocol::Cipher(of)) => match of {
            WeakCipher::RsaKeyExchange => cipher(WeakCipher::FiniteFieldDiffieHellman),
            WeakCipher::FiniteFieldDiffieHellman => cipher(WeakCipher::Dsa),
            WeakCipher::Dsa => cipher(WeakCipher::Refused),
            WeakCipher::Refused => F::LifetimeTooLong { lifetime: 500, longest: 398 },
        },
        F::LifetimeTooLong { .. } => return None,
    })
}
