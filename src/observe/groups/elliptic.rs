//! The curve P-521 (RFC 8446 §4.2.8.2).

use p521::ecdh::diffie_hellman;
use p521::{PublicKey, Sec1Point, SecretKey};
use rustls::Error;

use super::{Started, random};

const LENGTH: usize = 66;

pub(super) fn secp521r1() -> Result<Started, Error> {
    let mut scalar = random::<LENGTH>()?;
    // 520 bits are below the order of the curve, which has 521.
    scalar[0] = 0;
    let secret = SecretKey::from_slice(&scalar).map_err(|error| Error::General(error.to_string()))?;
    let share = Sec1Point::from(secret.public_key()).as_bytes().to_vec();
    let finish = move |peer: &[u8]| {
        // Points are sent whole, never compressed.
        let peer = (peer.first() == Some(&4)).then(|| PublicKey::from_sec1_bytes(peer).ok())??;
        let shared = diffie_hellman(secret.to_nonzero_scalar(), peer.as_affine());
        Some(shared.raw_secret_bytes().to_vec())
    };
    Ok(Started { share, finish: Box::new(finish) })
}
