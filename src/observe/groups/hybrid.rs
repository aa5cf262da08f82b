//! ML-KEM-768 together with a curve (draft-ietf-tls-ecdhe-mlkem): each share, and the secret, is that of both, one
//! after the other.

use ml_kem::{Ciphertext, Decapsulate, FromSeed, KeyExport, MlKem768, Seed};
use rustls::Error;
use rustls::crypto::ActiveKeyExchange;
use rustls::crypto::ring::kx_group;

use super::{Started, random};

const CIPHERTEXT: usize = 1088;
const POINT: usize = 65;

/// ML-KEM before the curve.
pub(super) fn x25519() -> Result<Started, Error> {
    let (curve, lattice) = (kx_group::X25519.start()?, lattice()?);
    let share = [lattice.share.as_slice(), curve.pub_key()].concat();
    let finish = move |peer: &[u8]| {
        let (ciphertext, point) = peer.split_at_checked(CIPHERTEXT)?;
        let secrets = [(lattice.finish)(ciphertext)?, agree(curve, point)?];
        Some(secrets.concat())
    };
    Ok(Started { share, finish: Box::new(finish) })
}

/// The curve before ML-KEM.
pub(super) fn secp256r1() -> Result<Started, Error> {
    let (curve, lattice) = (kx_group::SECP256R1.start()?, lattice()?);
    let share = [curve.pub_key(), lattice.share.as_slice()].concat();
    let finish = move |peer: &[u8]| {
        let (point, ciphertext) = peer.split_at_checked(POINT)?;
        let secrets = [agree(curve, point)?, (lattice.finish)(ciphertext)?];
        Some(secrets.concat())
    };
    Ok(Started { share, finish: Box::new(finish) })
}

fn agree(curve: Box<dyn ActiveKeyExchange>, point: &[u8]) -> Option<Vec<u8>> {
    curve.complete(point).ok().map(|secret| secret.secret_bytes().to_vec())
}

fn lattice() -> Result<Started, Error> {
    Ok(lattice_of(random::<64>()?))
}

fn lattice_of(seed: [u8; 64]) -> Started {
    let (secret, public) = MlKem768::from_seed(&Seed::from(seed));
    let finish = move |ciphertext: &[u8]| {
        let ciphertext = Ciphertext::<MlKem768>::try_from(ciphertext).ok()?;
        Some(secret.decapsulate(&ciphertext).to_vec())
    };
    Started { share: public.to_bytes().to_vec(), finish: Box::new(finish) }
}

#[cfg(test)]
mod tests {
    use ml_kem::{EncapsulationKey, TryKeyInit as _};
    use shake::Shake128;
    use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};

    use super::*;

    /// Of 100 keys, messages and arbitrary ciphertexts, each drawn from SHAKE128 of nothing, the shares, ciphertexts and
    /// secrets go into another SHAKE128: its first bytes are published with the vectors of C2SP, and Go's library, another
    /// implementation of FIPS 203, comes to the same.
    #[test]
    fn keys_and_secrets_are_those_of_another_implementation() {
        let mut drawn = Shake128::default().finalize_xof();
        let mut all = Shake128::default();
        for _ in 0..100 {
            let (mut seed, mut message, mut arbitrary) = ([0; 64], [0; 32], [0; CIPHERTEXT]);
            drawn.read(&mut seed);
            let lattice = lattice_of(seed);
            all.update(&lattice.share);
            drawn.read(&mut message);
            let public = EncapsulationKey::<MlKem768>::new_from_slice(&lattice.share).unwrap();
            let (ciphertext, secret) = public.encapsulate_deterministic(&message.into());
            all.update(&ciphertext);
            all.update(&secret);
            assert_eq!((lattice.finish)(&ciphertext).unwrap(), secret.to_vec());
            drawn.read(&mut arbitrary);
            all.update(&(lattice_of(seed).finish)(&arbitrary).unwrap());
        }
        let mut digest = [0; 32];
        all.finalize_xof().read(&mut digest);
        let digest = crate::certificate::Fingerprint::new(digest);
        assert_eq!(digest.to_string(), "1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415");
    }

    #[test]
    fn of_an_answer_of_another_length_comes_no_secret() {
        for length in [0, CIPHERTEXT - 1, CIPHERTEXT, CIPHERTEXT + 31, CIPHERTEXT + 33] {
            assert!((x25519().unwrap().finish)(&vec![1; length]).is_none());
            assert!((secp256r1().unwrap().finish)(&vec![4; length]).is_none());
        }
    }
}
