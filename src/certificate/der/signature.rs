//! Whether something was signed by a key.

use rustls::crypto::ring;

use super::raw_certificate::{PublicKey, Signed};

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::certificate) enum NotSigned {
    /// By an algorithm, or a kind of key, that is broken today or is not known.
    Unsupported,
    Wrong,
}

/// Checks that `signed` was signed with the private half of `key`.
pub(in crate::certificate) fn check(key: PublicKey<'_>, signed: &Signed<'_>) -> Result<(), NotSigned> {
    let mut outcome = Err(NotSigned::Unsupported);
    for algorithm in ring::default_provider().signature_verification_algorithms.all {
        let is_for_key = algorithm.public_key_alg_id().as_ref() == key.algorithm;
        if !is_for_key || algorithm.signature_alg_id().as_ref() != signed.algorithm {
            continue;
        }
        match algorithm.verify_signature(key.bits, signed.body.whole, signed.signature) {
            Ok(()) => return Ok(()),
            Err(_) => outcome = Err(NotSigned::Wrong),
        }
    }
    outcome
}
