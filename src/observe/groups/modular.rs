//! Groups that plain arithmetic of large numbers is enough for: X448 (RFC 7748 §5) and those of RFC 7919.

use rustls::Error;
use rustls::ffdhe_groups::FfdheGroup;

use super::{Started, random};
use crate::bytes::BigUint;

/// Bytes of a coordinate of Curve448.
const X448: usize = 56;
/// The coordinate of its base point.
const BASE: u8 = 5;
/// (156326 - 2) / 4.
const A24: u32 = 39081;

pub(super) fn x448() -> Result<Started, Error> {
    let mut scalar = random::<X448>()?;
    scalar[0] &= 0xfc;
    scalar[X448 - 1] |= 0x80;
    let share = multiply(&scalar, &BigUint::from(BASE));
    let finish = move |peer: &[u8]| {
        let peer = (peer.len() == X448).then(|| BigUint::from_bytes_le(peer))?;
        let secret = multiply(&scalar, &peer);
        // Nothing comes of a point of low order.
        secret.iter().any(|byte| *byte != 0).then_some(secret)
    };
    Ok(Started { share, finish: Box::new(finish) })
}

/// The ladder of RFC 7748 §5.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "these integers have no bound, and nothing is taken from a smaller one"
)]
fn multiply(scalar: &[u8; X448], u: &BigUint) -> Vec<u8> {
    let one = BigUint::from(1_u8);
    let prime = (&one << 448_u32) - (&one << 224_u32) - &one;
    let times = |a: &BigUint, b: &BigUint| (a * b) % &prime;
    let plus = |a: &BigUint, b: &BigUint| (a + b) % &prime;
    let minus = |a: &BigUint, b: &BigUint| (a + &prime - b) % &prime;
    let u = u % &prime;
    let (mut x2, mut z2, mut x3, mut z3) = (one.clone(), BigUint::ZERO, u.clone(), one);
    let bits = scalar.iter().rev().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    for bit in bits {
        if bit {
            std::mem::swap(&mut x2, &mut x3);
            std::mem::swap(&mut z2, &mut z3);
        }
        let (a, b) = (plus(&x2, &z2), minus(&x2, &z2));
        let (da, cb) = (times(&minus(&x3, &z3), &a), times(&plus(&x3, &z3), &b));
        let (aa, bb) = (times(&a, &a), times(&b, &b));
        let e = minus(&aa, &bb);
        let (sum, difference) = (plus(&da, &cb), minus(&da, &cb));
        x3 = times(&sum, &sum);
        z3 = times(&u, &times(&difference, &difference));
        x2 = times(&aa, &bb);
        z2 = times(&e, &plus(&aa, &times(&BigUint::from(A24), &e)));
        if bit {
            std::mem::swap(&mut x2, &mut x3);
            std::mem::swap(&mut z2, &mut z3);
        }
    }
    let inverse = z2.modpow(&(&prime - 2_u8), &prime);
    let mut bytes = times(&x2, &inverse).to_bytes_le();
    bytes.resize(X448, 0);
    bytes
}

/// Diffie-Hellman over a finite field, as TLS 1.3 has it: all numbers are as long as the prime.
pub(super) fn finite_field(group: &FfdheGroup<'static>) -> Result<Started, Error> {
    let (length, prime) = (group.p.len(), BigUint::from_bytes_be(group.p));
    // RFC 7919 §5.2 wants 400 bits of the largest.
    let exponent = BigUint::from_bytes_be(&random::<50>()?);
    let share = padded(&BigUint::from_bytes_be(group.g).modpow(&exponent, &prime), length);
    let finish = move |peer: &[u8]| {
        let peer = (peer.len() == length).then(|| BigUint::from_bytes_be(peer))?;
        let is_in_range = peer > BigUint::from(1_u8) && peer < &prime - 1_u8;
        is_in_range.then(|| padded(&peer.modpow(&exponent, &prime), length))
    };
    Ok(Started { share, finish: Box::new(finish) })
}

fn padded(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let mut whole = vec![0; length.saturating_sub(bytes.len())];
    whole.extend(bytes);
    whole
}

#[cfg(test)]
mod tests {
    use rustls::ffdhe_groups::{FFDHE2048, FFDHE3072, FFDHE8192};

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// RFC 7748 §6.2.
    #[test]
    fn the_ladder_gives_the_public_key_of_the_rfc() {
        let mut scalar: [u8; X448] = bytes(concat!(
            "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28d",
            "d9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b"
        ))
        .try_into()
        .unwrap();
        scalar[0] &= 0xfc;
        scalar[X448 - 1] |= 0x80;
        let expected = bytes(concat!(
            "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c",
            "22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0"
        ));
        assert_eq!(multiply(&scalar, &BigUint::from(BASE)), expected);
    }

    #[test]
    fn of_a_share_without_worth_comes_no_secret() {
        for share in [vec![0; X448], vec![1; X448 - 1]] {
            assert!((x448().unwrap().finish)(&share).is_none());
        }
        for group in [FFDHE2048, FFDHE8192] {
            let length = group.p.len();
            let mut one = vec![0; length];
            one[length - 1] = 1;
            for share in [one, vec![0xff; length], vec![2; length - 1]] {
                assert!((finite_field(&group).unwrap().finish)(&share).is_none());
            }
        }
    }

    #[test]
    fn both_sides_of_a_finite_field_come_to_one_secret_as_long_as_the_prime() {
        let (one, other) = (finite_field(&FFDHE3072).unwrap(), finite_field(&FFDHE3072).unwrap());
        let secret = (one.finish)(&other.share).unwrap();
        assert_eq!((secret.len(), Some(secret)), (384, (other.finish)(&one.share)));
    }
}
