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
    let (secret, public) = MlKem768::from_seed(&Seed::from(random::<64>()?));
    let finish = move |ciphertext: &[u8]| {
        let ciphertext = Ciphertext::<MlKem768>::try_from(ciphertext).ok()?;
        Some(secret.decapsulate(&ciphertext).to_vec())
    };
    Ok(Started { share: public.to_bytes().to_vec(), finish: Box::new(finish) })
}
