//! What a mail server computes to judge a login that keeps the password back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The digits that answer `challenge`.
pub(crate) fn cram_md5(password: &str, challenge: &str) -> String {
    let mut mac = Hmac::<md5::Md5>::new_from_slice(password.as_bytes()).unwrap();
    mac.update(challenge.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The server's side of SCRAM-SHA-256 (RFC 5802 §3), which keeps only the stored key and the server key.
pub(crate) struct Scram {
    client_first: String,
    first: String,
    stored_key: Vec<u8>,
    server_key: Vec<u8>,
    signed: std::cell::RefCell<String>,
}

impl Scram {
    pub(crate) fn new(client_first: &str, password: &str) -> Self {
        let client_first = client_first.strip_prefix("n,,").unwrap().to_owned();
        let nonce = client_first.split_once(",r=").unwrap().1.to_owned();
        let salt = b"sixteen bytes of";
        let salted = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt, 4096);
        Self {
            first: format!("r={nonce}andmine,s={},i=4096", BASE64.encode(salt)),
            client_first,
            stored_key: Sha256::digest(keyed(&salted, "Client Key")).to_vec(),
            server_key: keyed(&salted, "Server Key"),
            signed: std::cell::RefCell::default(),
        }
    }

    pub(crate) fn first(&self) -> &str {
        &self.first
    }

    pub(crate) fn is_proved_by(&self, last: &str) -> bool {
        let (without_proof, proof) = last.split_once(",p=").unwrap();
        let nonce = self.first.split(',').next().unwrap();
        assert_eq!(without_proof, format!("c=biws,{nonce}"));
        *self.signed.borrow_mut() = format!("{},{},{without_proof}", self.client_first, self.first);
        let signature = keyed(&self.stored_key, &self.signed.borrow());
        let key: Vec<u8> =
            BASE64.decode(proof).unwrap().iter().zip(signature).map(|(one, other)| one ^ other).collect();
        Sha256::digest(key).to_vec() == self.stored_key
    }

    pub(crate) fn last(&self) -> String {
        format!("v={}", BASE64.encode(keyed(&self.server_key, &self.signed.borrow())))
    }
}
