//! Encryption by a password (RFC 7292, RFC 8018), as key stores have it: the only file that names its ciphers.

pub(crate) use aes::Aes128;
use aes::{Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, InnerIvInit as _, KeyInit};
use des::{Des, TdesEde2, TdesEde3};
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

use super::algorithm_names;
use crate::certificate::der::ber::{self, Element, Elements};
use crate::certificate::file::contents::{ContainerError, ContainerKind, Patience};

/// It is no PKCS#12 as it should be.
pub(super) const BROKEN: ContainerError = ContainerError::Broken(ContainerKind::Pkcs12);

/// Content octets of `1.2.840.113549`, below which stand the algorithms of RSA Data Security.
const RSADSI: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d];

/// A password in the forms in which programs hash it.
pub(super) struct Password {
    /// Two bytes a character and two at the end; nothing where there is no password.
    wide: Vec<u8>,
    plain: Vec<u8>,
}

impl Password {
    /// What to try, in this order: what was given, the empty one, none at all.
    pub(super) fn candidates(given: Option<&str>) -> Vec<Self> {
        let wide = |units: &mut dyn Iterator<Item = u16>| units.chain([0]).flat_map(u16::to_be_bytes).collect();
        let mut candidates = Vec::new();
        if let Some(text) = given.filter(|text| !text.is_empty()) {
            candidates.push(Self { wide: wide(&mut text.encode_utf16()), plain: text.into() });
            if !text.is_ascii() {
                // OpenSSL before 1.1.0 took each byte for a character; older tools know Latin 1 only.
                let latin = text.chars().map(|character| u8::try_from(character).ok()).collect::<Option<Vec<u8>>>();
                let plain = latin.unwrap_or_else(|| text.into());
                candidates.push(Self { wide: wide(&mut text.bytes().map(u16::from)), plain });
            }
        }
        candidates.push(Self { wide: vec![0, 0], plain: Vec::new() });
        candidates.push(Self { wide: Vec::new(), plain: Vec::new() });
        // That of the stores which come with Java.
        let usual = "changeit";
        candidates.push(Self { wide: wide(&mut usual.encode_utf16()), plain: usual.into() });
        candidates
    }
}

/// What is to be done with a password.
enum Scheme<'a> {
    /// RFC 7292 appendix B.
    Pkcs12 { cipher: Cipher, salt: &'a [u8], rounds: u64 },
    /// RFC 8018 §6.1
    Pbes1 { hash: fn(&[u8], &[u8], u32) -> Vec<u8>, cipher: Cipher, salt: &'a [u8], rounds: u64 },
    /// RFC 8018 §6.2
    Pbes2 { derive: Derive, cipher: Cipher, salt: &'a [u8], rounds: u64, iv: &'a [u8] },
}

type Derive = fn(password: &[u8], salt: &[u8], rounds: u32, key: &mut [u8]);

/// A cipher, and how many bytes its key has.
#[derive(Clone, Copy)]
struct Cipher {
    key_length: usize,
    decrypt: Decrypt,
}

type Decrypt = fn(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>>;

/// Decrypts `data` as `algorithm` says by the first password whose result `accept` likes, if any.
pub(super) fn decrypt<T>(
    algorithm: &Element<'_>,
    data: &[u8],
    passwords: &[Password],
    patience: &mut Patience,
    accept: impl Fn(Vec<u8>) -> Option<T>,
) -> Result<Option<T>, ContainerError> {
    let scheme = Scheme::new(algorithm)?;
    let mut last: Option<&[u8]> = None;
    for password in passwords {
        let bytes = if matches!(scheme, Scheme::Pkcs12 { .. }) { &password.wide } else { &password.plain };
        if last.replace(bytes) == Some(bytes) {
            continue;
        }
        if let Some(accepted) = scheme.decrypt(bytes, data, patience)?.and_then(&accept) {
            return Ok(Some(accepted));
        }
    }
    Ok(None)
}

impl<'a> Scheme<'a> {
    fn new(algorithm: &Element<'a>) -> Result<Self, ContainerError> {
        let mut fields = algorithm.children();
        let oid = fields.expect(0x06).ok_or(BROKEN)?.content;
        let parameters = fields.next().ok_or(BROKEN)?;
        let of_rsadsi = oid.strip_prefix(RSADSI).unwrap_or_default();
        if of_rsadsi == [1, 5, 13] {
            return Self::pbes2(&parameters);
        }
        let (salt, rounds) = salt_and_rounds(&mut parameters.children()).ok_or(BROKEN)?;
        let pkcs12 = |cipher| Ok(Self::Pkcs12 { cipher, salt, rounds });
        let pbes1 = |hash, cipher| Ok(Self::Pbes1 { hash, cipher, salt, rounds });
        match of_rsadsi {
            [1, 12, 1, 1] => pkcs12(Cipher::rc4(16)),
            [1, 12, 1, 2] => pkcs12(Cipher::rc4(5)),
            [1, 12, 1, 3] => pkcs12(Cipher::new::<TdesEde3>()),
            [1, 12, 1, 4] => pkcs12(Cipher::new::<TdesEde2>()),
            [1, 12, 1, 5] => pkcs12(Cipher::rc2(16)),
            [1, 12, 1, 6] => pkcs12(Cipher::rc2(5)),
            [1, 5, 3] => pbes1(hashed::<Md5>, Cipher::new::<Des>()),
            [1, 5, 6] => pbes1(hashed::<Md5>, Cipher::rc2(8)),
            [1, 5, 10] => pbes1(hashed::<Sha1>, Cipher::new::<Des>()),
            [1, 5, 11] => pbes1(hashed::<Sha1>, Cipher::rc2(8)),
            _ => Err(unknown(oid)),
        }
    }

    fn pbes2(parameters: &Element<'a>) -> Result<Self, ContainerError> {
        let mut parameters = parameters.children();
        let mut part = || parameters.expect(0x30).ok_or(BROKEN);
        let (derivation, encryption) = (part()?, part()?);
        let mut derivation = derivation.children();
        let oid = derivation.expect(0x06).ok_or(BROKEN)?.content;
        if oid.strip_prefix(RSADSI) != Some(&[1, 5, 12]) {
            return Err(unknown(oid));
        }
        let mut fields = derivation.expect(0x30).ok_or(BROKEN)?.children();
        let (salt, rounds) = salt_and_rounds(&mut fields).ok_or(BROKEN)?;
        let key_length = fields.optional(0x02).and_then(|length| length.unsigned());
        let derive = match fields.optional(0x30) {
            Some(function) => derivation_by(function.children().expect(0x06).ok_or(BROKEN)?.content)?,
            None => pbkdf2::pbkdf2_hmac::<Sha1>,
        };
        let mut encryption = encryption.children();
        let oid = encryption.expect(0x06).ok_or(BROKEN)?.content;
        let parameter = encryption.next().ok_or(BROKEN)?;
        let cipher = match oid {
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x02] => Cipher::new::<Aes128>(),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x16] => Cipher::new::<Aes192>(),
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a] => Cipher::new::<Aes256>(),
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7] => Cipher::new::<TdesEde3>(),
            [0x2b, 0x0e, 3, 2, 7] => Cipher::new::<Des>(),
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 2] => {
                let length = key_length.and_then(|length| usize::try_from(length).ok()).unwrap_or(16);
                Cipher::rc2(length.clamp(1, 128))
            }
            _ => return Err(unknown(oid)),
        };
        let iv = if parameter.tag == 0x30 { parameter.children().find(|field| field.tag == 0x04) } else { None };
        Ok(Self::Pbes2 { derive, cipher, salt, rounds, iv: iv.unwrap_or(parameter).content })
    }

    /// `None` where the padding shows that the password is wrong.
    fn decrypt(
        &self,
        password: &[u8],
        data: &[u8],
        patience: &mut Patience,
    ) -> Result<Option<Vec<u8>>, ContainerError> {
        Ok(match *self {
            Self::Pkcs12 { cipher, salt, rounds } => {
                let blocks = cipher.key_length.div_ceil(Sha1::output_size()) + 1;
                let rounds = patience.spend(rounds, blocks)?;
                let key = pkcs12_hashed(password, salt, 1, rounds, cipher.key_length);
                let iv = pkcs12_hashed(password, salt, 2, rounds, 8);
                (cipher.decrypt)(&key, &iv, data)
            }
            Self::Pbes1 { hash, cipher, salt, rounds } => {
                let hashed = hash(password, salt, patience.spend(rounds, 1)?);
                (cipher.decrypt)(&hashed[..8], &hashed[8..16], data)
            }
            Self::Pbes2 { derive, cipher, salt, rounds, iv } => {
                // Two hashes a round, and a long key may take all of that twice.
                let times = if cipher.key_length > Sha1::output_size() { 4 } else { 2 };
                let rounds = patience.spend(rounds, times)?;
                let mut key = vec![0; cipher.key_length];
                derive(password, salt, rounds, &mut key);
                (cipher.decrypt)(&key, iv, data)
            }
        })
    }
}

fn salt_and_rounds<'a>(fields: &mut Elements<'a>) -> Option<(&'a [u8], u64)> {
    Some((fields.expect(0x04)?.content, fields.next()?.unsigned()?))
}

fn derivation_by(function: &[u8]) -> Result<Derive, ContainerError> {
    Ok(match function.strip_prefix(RSADSI).unwrap_or_default() {
        [2, 6] => pbkdf2::pbkdf2_hmac::<Md5>,
        [2, 7] => pbkdf2::pbkdf2_hmac::<Sha1>,
        [2, 8] => pbkdf2::pbkdf2_hmac::<Sha224>,
        [2, 9] => pbkdf2::pbkdf2_hmac::<Sha256>,
        [2, 10] => pbkdf2::pbkdf2_hmac::<Sha384>,
        [2, 11] => pbkdf2::pbkdf2_hmac::<Sha512>,
        [2, 12] => pbkdf2::pbkdf2_hmac::<Sha512_224>,
        [2, 13] => pbkdf2::pbkdf2_hmac::<Sha512_256>,
        _ => return Err(unknown(function)),
    })
}

fn unknown(oid: &[u8]) -> ContainerError {
    let dotted = ber::dotted(oid);
    ContainerError::Algorithm(algorithm_names::of(&dotted).map_or(dotted, str::to_owned))
}

/// RFC 8018 §5.1
fn hashed<H: Digest>(password: &[u8], salt: &[u8], rounds: u32) -> Vec<u8> {
    let mut hash = H::new().chain_update(password).chain_update(salt).finalize();
    for _ in 1..rounds {
        hash = H::digest(&hash);
    }
    hash.to_vec()
}

/// RFC 7292 appendix B.2, with SHA-1.
fn pkcs12_hashed(password: &[u8], salt: &[u8], purpose: u8, rounds: u32, length: usize) -> Vec<u8> {
    const BLOCK: usize = 64;
    let filled = |bytes: &[u8]| -> Vec<u8> {
        let length = bytes.len().div_ceil(BLOCK) * BLOCK;
        bytes.iter().copied().cycle().take(length).collect()
    };
    let mut input = [filled(salt), filled(password)].concat();
    let mut output = Vec::with_capacity(length + Sha1::output_size());
    loop {
        let mut hash = Sha1::new().chain_update([purpose; BLOCK]).chain_update(&input).finalize();
        for _ in 1..rounds {
            hash = Sha1::digest(hash);
        }
        output.extend_from_slice(&hash);
        if output.len() >= length {
            output.truncate(length);
            return output;
        }
        let addend: Vec<u8> = hash.iter().copied().cycle().take(BLOCK).collect();
        for block in input.chunks_exact_mut(BLOCK) {
            let mut carry = 1;
            for (byte, added) in block.iter_mut().zip(&addend).rev() {
                let [high, low] = (u16::from(*byte) + u16::from(*added) + carry).to_be_bytes();
                (*byte, carry) = (low, u16::from(high));
            }
        }
    }
}

impl Cipher {
    fn new<C: BlockCipherDecrypt + KeyInit>() -> Self {
        Self { key_length: C::key_size(), decrypt: |key, iv, data| chained(C::new_from_slice(key).ok()?, iv, data) }
    }

    /// With as many effective bits as its key has.
    fn rc2(key_length: usize) -> Self {
        let decrypt =
            |key: &[u8], iv: &[u8], data: &[u8]| chained(rc2::Rc2::new_with_eff_key_len(key, 8 * key.len()), iv, data);
        Self { key_length, decrypt }
    }

    fn rc4(key_length: usize) -> Self {
        Self { key_length, decrypt: |key, _, data| Some(rc4(key, data)) }
    }
}

fn chained<C: BlockCipherDecrypt>(cipher: C, iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    cbc::Decryptor::inner_iv_slice_init(cipher, iv).ok()?.decrypt_padded_vec::<Pkcs7>(data).ok()
}

/// The stream cipher of exports from before 2000.
fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut state: [u8; 256] = std::array::from_fn(|index| index.to_le_bytes()[0]);
    let mut other = 0_u8;
    for index in 0..256 {
        other = other.wrapping_add(state[index]).wrapping_add(key[index % key.len()]);
        state.swap(index, usize::from(other));
    }
    let (mut index, mut other) = (0_u8, 0_u8);
    let next = |byte: &u8| {
        index = index.wrapping_add(1);
        other = other.wrapping_add(state[usize::from(index)]);
        state.swap(usize::from(index), usize::from(other));
        let sum = state[usize::from(index)].wrapping_add(state[usize::from(other)]);
        byte ^ state[usize::from(sum)]
    };
    data.iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    #[test]
    fn what_is_not_known_here_is_called_by_its_name() {
        let camellia = [0x2a, 0x83, 0x08, 0x8c, 0x9a, 0x4b, 0x3d, 1, 1, 1, 4];
        assert_eq!(unknown(&camellia), ContainerError::Algorithm("Camellia-256-CBC".to_owned()));
        assert_eq!(unknown(&[0x2a, 3, 4]), ContainerError::Algorithm("1.2.3.4".to_owned()));
    }

    #[test]
    fn keys_are_derived_as_the_published_vectors_say() {
        // "smeg", of the test suites of PKCS#12.
        let wide = [0, 0x73, 0, 0x6d, 0, 0x65, 0, 0x67, 0, 0];
        let salt = [0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f];
        assert_eq!(hex(&pkcs12_hashed(&wide, &salt, 1, 1, 24)), "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3");
        assert_eq!(hex(&pkcs12_hashed(&wide, &salt, 2, 1, 8)), "79993dfe048d3b76");
    }

    #[test]
    fn the_stream_cipher_agrees_with_its_published_vector() {
        assert_eq!(hex(&rc4(b"Key", b"Plaintext")), "bbf316e8d940af0ad3");
    }
}
