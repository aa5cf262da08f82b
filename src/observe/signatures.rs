//! Signatures that were verified: the certificate of an issuer stands in the chains of many, and is verified once.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock};

use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use sha2::{Digest as _, Sha256};

use crate::net::roots::provider;

/// As many are remembered; where there are more, all are forgotten, and those of issuers are soon back.
const MOST: usize = 4096;

/// By a hash of the algorithm, the key, what was signed and the signature.
type Verified = Mutex<HashSet<[u8; 32]>>;

/// An algorithm that remembers which signatures it found valid.
#[derive(Debug)]
struct Remembering {
    number: usize,
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    verified: &'static Verified,
}

impl SignatureVerificationAlgorithm for Remembering {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let mut hash = Sha256::new().chain_update(self.number.to_be_bytes());
        for part in [public_key, message, signature] {
            hash = hash.chain_update(part.len().to_be_bytes()).chain_update(part);
        }
        let key: [u8; 32] = hash.finalize().into();
        if self.verified.lock().is_ok_and(|verified| verified.contains(&key)) {
            return Ok(());
        }
        self.algorithm.verify_signature(public_key, message, signature)?;
        if let Ok(mut verified) = self.verified.lock() {
            if verified.len() >= MOST {
                verified.clear();
            }
            verified.insert(key);
        }
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.algorithm.fips()
    }
}

/// The algorithms by which chains are verified.
pub(super) fn algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    static VERIFIED: OnceLock<Verified> = OnceLock::new();
    static REMEMBERING: OnceLock<Vec<Remembering>> = OnceLock::new();
    static ALGORITHMS: OnceLock<Vec<&dyn SignatureVerificationAlgorithm>> = OnceLock::new();
    let verified = VERIFIED.get_or_init(Mutex::default);
    let remembering = REMEMBERING.get_or_init(|| {
        let all = provider().signature_verification_algorithms.all;
        all.iter()
            .enumerate()
            .map(|(number, algorithm)| Remembering { number, algorithm: *algorithm, verified })
            .collect()
    });
    ALGORITHMS
        .get_or_init(|| remembering.iter().map(|algorithm| algorithm as &dyn SignatureVerificationAlgorithm).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Finds valid what is signed by its own first byte, and counts how often it is asked.
    #[derive(Debug)]
    struct FirstByte(AtomicUsize);

    impl SignatureVerificationAlgorithm for FirstByte {
        fn verify_signature(&self, _: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
            self.0.fetch_add(1, Ordering::Relaxed);
            if message.first() == signature.first() { Ok(()) } else { Err(InvalidSignature) }
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            AlgorithmIdentifier::from_slice(&[])
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            AlgorithmIdentifier::from_slice(&[])
        }
    }

    #[test]
    fn a_valid_signature_is_verified_once_and_a_wrong_one_each_time() {
        let counting: &'static FirstByte = Box::leak(Box::new(FirstByte(AtomicUsize::new(0))));
        let verified: &'static Verified = Box::leak(Box::default());
        let algorithm = Remembering { number: 0, algorithm: counting, verified };
        for _ in 0..3 {
            assert!(algorithm.verify_signature(b"k", b"message", b"m").is_ok());
        }
        assert_eq!(counting.0.load(Ordering::Relaxed), 1);
        for _ in 0..3 {
            assert!(algorithm.verify_signature(b"k", b"message", b"x").is_err());
        }
        assert_eq!(counting.0.load(Ordering::Relaxed), 4);
        for (key, message, signature) in
            [(&b"l"[..], &b"message"[..], &b"m"[..]), (b"k", b"messag", b"m"), (b"km", b"essage", b"m")]
        {
            assert_eq!(
                algorithm.verify_signature(key, message, signature).is_ok(),
                message.first() == signature.first()
            );
        }
        assert_eq!(counting.0.load(Ordering::Relaxed), 7);
        let other = Remembering { number: 1, algorithm: counting, verified };
        assert!(other.verify_signature(b"k", b"message", b"m").is_ok());
        assert_eq!(counting.0.load(Ordering::Relaxed), 8);
    }

    #[test]
    fn the_memory_of_signatures_is_bounded() {
        let counting: &'static FirstByte = Box::leak(Box::new(FirstByte(AtomicUsize::new(0))));
        let verified: &'static Verified = Box::leak(Box::default());
        let algorithm = Remembering { number: 0, algorithm: counting, verified };
        for number in 0..=MOST {
            let message = [&b"m"[..], &number.to_be_bytes()].concat();
            assert!(algorithm.verify_signature(b"k", &message, b"m").is_ok());
        }
        assert_eq!(verified.lock().unwrap().len(), 1);
    }
}
