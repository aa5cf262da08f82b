//! Logins that prove that a password is known and do not send it: SCRAM (RFC 5802, RFC 7677) and CRAM-MD5 (RFC 2195).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

use crate::policy::Revealed;
use crate::text::hex;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    pub(super) const fn mechanism(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
        }
    }

    fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }

    fn keyed(self, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => keyed::<Hmac<Sha1>>(key, bytes),
            Self::Sha256 => keyed::<Hmac<Sha256>>(key, bytes),
        }
    }

    fn salted(self, password: &str, salt: &[u8], rounds: u32) -> Vec<u8> {
        let password = password.as_bytes();
        match self {
            Self::Sha1 => pbkdf2::pbkdf2_hmac_array::<Sha1, 20>(password, salt, rounds).to_vec(),
            Self::Sha256 => pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, salt, rounds).to_vec(),
        }
    }
}

fn keyed<M: Mac + KeyInit>(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    // HMAC takes keys of every length.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    mac.update(bytes);
    mac.finalize().into_bytes().to_vec()
}

/// One SCRAM login, without channel binding.
pub(super) struct Scram {
    hash: Hash,
    nonce: String,
    /// The first message without its header.
    first: String,
}

/// The last message of the client, and what only a server that knows the password can answer.
pub(super) struct Proof {
    pub(super) message: Revealed,
    signature: String,
}

impl Scram {
    /// A server that asks for more rounds wants to hold this program up.
    const MOST_ROUNDS: u32 = 1_000_000;
    const HEADER: &'static str = "n,,";

    /// `nonce` is random, printable ASCII without a comma.
    pub(super) fn new(hash: Hash, user: &str, nonce: String) -> Self {
        let user = prepared(user).replace('=', "=3D").replace(',', "=2C");
        Self { hash, first: format!("n={user},r={nonce}"), nonce }
    }

    pub(super) fn first(&self) -> String {
        format!("{}{}", Self::HEADER, self.first)
    }

    /// Nothing, where `server_first` is not what a server may say.
    pub(super) fn prove(&self, server_first: &str, password: &Revealed) -> Option<Proof> {
        let mut fields = server_first.split(',');
        let mut field = |name: &str| fields.next().and_then(|field| field.strip_prefix(name));
        let (nonce, salt, rounds) = (field("r=")?, field("s=")?, field("i=")?);
        let rounds = rounds.parse().ok().filter(|rounds| (1..=Self::MOST_ROUNDS).contains(rounds))?;
        if nonce.len() <= self.nonce.len() || !nonce.starts_with(&self.nonce) {
            return None;
        }
        let without_proof = format!("c={},r={nonce}", BASE64.encode(Self::HEADER));
        let signed = format!("{},{server_first},{without_proof}", self.first);
        let salted = self.hash.salted(&prepared(password.expose()), &BASE64.decode(salt).ok()?, rounds);
        let client_key = self.hash.keyed(&salted, b"Client Key");
        let signature = self.hash.keyed(&self.hash.of(&client_key), signed.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(key, signature)| key ^ signature).collect();
        let server_key = self.hash.keyed(&salted, b"Server Key");
        Some(Proof {
            message: Revealed::new(format!("{without_proof},p={}", BASE64.encode(proof))),
            signature: BASE64.encode(self.hash.keyed(&server_key, signed.as_bytes())),
        })
    }
}

impl Proof {
    pub(super) fn is_answered_by(&self, server_final: &str) -> bool {
        let said = server_final.split(',').next().and_then(|field| field.strip_prefix("v="));
        said == Some(self.signature.as_str())
    }
}

/// The answer to the challenge of CRAM-MD5.
pub(super) fn cram_md5(user: &str, password: &Revealed, challenge: &[u8]) -> Revealed {
    let digest = keyed::<Hmac<Md5>>(password.expose().as_bytes(), challenge);
    Revealed::new(format!("{user} {}", hex(&digest)))
}

/// What `SASLprep` (RFC 4013) makes of a name or password that it allows.
fn prepared(text: &str) -> String {
    const SPACES: [char; 18] = [
        '\u{a0}', '\u{1680}', '\u{2000}', '\u{2001}', '\u{2002}', '\u{2003}', '\u{2004}', '\u{2005}', '\u{2006}',
        '\u{2007}', '\u{2008}', '\u{2009}', '\u{200a}', '\u{200b}', '\u{202f}', '\u{205f}', '\u{3000}', ' ',
    ];
    let is_nothing = |letter: char| {
        matches!(letter, '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}' | '\u{200c}' | '\u{200d}'
            | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
    };
    let plain = text.chars().filter(|letter| !is_nothing(*letter));
    plain.map(|letter| if SPACES.contains(&letter) { ' ' } else { letter }).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(hash: Hash, nonce: &str, server_first: &str) -> Option<Proof> {
        Scram::new(hash, "user", nonce.to_owned()).prove(server_first, &Revealed::new("pencil"))
    }

    /// RFC 5802 §5.
    #[test]
    fn scram_sha_1_is_that_of_its_document() {
        let nonce = "fyko+d2lbbFgONRv9qkxdawL";
        assert_eq!(Scram::new(Hash::Sha1, "user", nonce.to_owned()).first(), format!("n,,n=user,r={nonce}"));
        let both = format!("{nonce}3rfcNHYJY1ZVvWVs7j");
        let proof = proof(Hash::Sha1, nonce, &format!("r={both},s=QSXCR+Q6sek8bf92,i=4096")).unwrap();
        assert_eq!(proof.message.expose(), format!("c=biws,r={both},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="));
        assert!(proof.is_answered_by("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="));
        assert!(!proof.is_answered_by("v=rmF9pqV8S7suAoZWja4dJRkFsKR=") && !proof.is_answered_by("e=other-error"));
    }

    /// RFC 7677 §3.
    #[test]
    fn scram_sha_256_is_that_of_its_document() {
        let nonce = "rOprNGfwEbeRWgbNEkqO";
        let both = format!("{nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        let proof = proof(Hash::Sha256, nonce, &format!("r={both},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")).unwrap();
        assert_eq!(proof.message.expose(), format!("c=biws,r={both},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        assert!(proof.is_answered_by("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    #[test]
    fn a_server_that_is_no_such_server_gets_no_proof() {
        for first in [
            "",
            "r=abcdef,s=QSXCR+Q6sek8bf92",
            "r=abcdef,s=QSXCR+Q6sek8bf92,i=0",
            "r=abcdef,s=QSXCR+Q6sek8bf92,i=4294967295",
            "r=abcdef,s=***,i=4096",
            "r=abc,s=QSXCR+Q6sek8bf92,i=4096",
            "r=xyzdef,s=QSXCR+Q6sek8bf92,i=4096",
            "m=ext,r=abcdef,s=QSXCR+Q6sek8bf92,i=4096",
        ] {
            assert!(proof(Hash::Sha256, "abc", first).is_none(), "{first}");
        }
        assert!(proof(Hash::Sha256, "abc", "r=abcdef,s=QSXCR+Q6sek8bf92,i=4096").is_some());
    }

    /// RFC 2195 §2.
    #[test]
    fn cram_md5_is_that_of_its_document() {
        let challenge = b"<1896.697170952@postoffice.reston.mci.net>";
        let answer = cram_md5("tim", &Revealed::new("tanstaaftanstaaf"), challenge);
        assert_eq!(answer.expose(), "tim b913a602c7eda7a495b4e6e7334d3890");
    }

    /// RFC 4013 §3.
    #[test]
    fn what_is_written_in_two_ways_is_one_password() {
        assert_eq!(prepared("I\u{ad}X"), "IX");
        assert_eq!(prepared("\u{aa}\u{a0}\u{2168}"), "a IX");
        assert_eq!(prepared("user"), "user");
    }
}
