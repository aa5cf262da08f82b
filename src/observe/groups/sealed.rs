//! The suites of TLS 1.3 with CCM (RFC 8446 appendix B.4).

use std::marker::PhantomData;
use std::sync::LazyLock;

use ccm::aead::array::typenum::Unsigned;
use ccm::aead::{Key, Tag};
use ccm::consts::{U8, U12, U16};
use ccm::{AeadCore, AeadInOut, Ccm, KeyInit};
use rustls::crypto::CipherSuiteCommon;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter, Nonce,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls13AeadAlgorithm, UnsupportedOperationError,
    make_tls13_aad,
};
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
use rustls::{
    CipherSuite, ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion, SupportedCipherSuite, Tls13CipherSuite,
};

use crate::certificate::Aes128;

type Long = Ccm<Aes128, U16, U12>;
type Short = Ccm<Aes128, U8, U12>;

pub(super) fn suites() -> Vec<SupportedCipherSuite> {
    static SUITES: LazyLock<Vec<Tls13CipherSuite>> = LazyLock::new(|| {
        let long = suite(CipherSuite::TLS13_AES_128_CCM_SHA256, &Algorithm::<Long>(PhantomData));
        let short = suite(CipherSuite::TLS13_AES_128_CCM_8_SHA256, &Algorithm::<Short>(PhantomData));
        [long, short].into_iter().flatten().collect()
    });
    SUITES.iter().map(SupportedCipherSuite::Tls13).collect()
}

/// As the suite with GCM, whose hash is the same.
fn suite(suite: CipherSuite, aead_alg: &'static dyn Tls13AeadAlgorithm) -> Option<Tls13CipherSuite> {
    let SupportedCipherSuite::Tls13(like) = TLS13_AES_128_GCM_SHA256 else { return None };
    let common = CipherSuiteCommon { suite, hash_provider: like.common.hash_provider, confidentiality_limit: 1 << 23 };
    Some(Tls13CipherSuite { common, hkdf_provider: like.hkdf_provider, aead_alg, quic: None })
}

/// What both forms are, whatever the length of their tags.
trait Cipher: AeadInOut + AeadCore<NonceSize = U12> + KeyInit<KeySize = U16> + Send + Sync + 'static {}

impl Cipher for Long {}
impl Cipher for Short {}

struct Algorithm<C>(PhantomData<fn() -> C>);

impl<C: Cipher> Tls13AeadAlgorithm for Algorithm<C> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Sealer { cipher: cipher::<C>(&key), iv })
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Sealer { cipher: cipher::<C>(&key), iv })
    }

    fn key_len(&self) -> usize {
        U16::to_usize()
    }

    fn extract_keys(&self, _: AeadKey, _: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

/// The library gives keys of the length that `key_len` says.
fn cipher<C: Cipher>(key: &AeadKey) -> C {
    C::new(&Key::<C>::from_fn(|at| key.as_ref()[at]))
}

struct Sealer<C> {
    cipher: C,
    iv: Iv,
}

impl<C: Cipher> MessageEncrypter for Sealer<C> {
    fn encrypt(&mut self, message: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        let length = self.encrypted_payload_len(message.payload.len());
        let mut payload = PrefixedPayload::with_capacity(length);
        payload.extend_from_chunks(&message.payload);
        payload.extend_from_slice(&[message.typ.into()]);
        let nonce = Nonce::new(&self.iv, seq).0;
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce.into(), &make_tls13_aad(length), payload.as_mut().into())
            .map_err(|_| Error::EncryptError)?;
        payload.extend_from_slice(&tag);
        Ok(OutboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, payload))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        length.saturating_add(1).saturating_add(C::TagSize::to_usize())
    }
}

impl<C: Cipher> MessageDecrypter for Sealer<C> {
    fn decrypt<'m>(
        &mut self,
        mut message: InboundOpaqueMessage<'m>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'m>, Error> {
        let payload = &mut message.payload;
        let aad = make_tls13_aad(payload.len());
        let plain = payload.len().checked_sub(C::TagSize::to_usize()).ok_or(Error::DecryptError)?;
        let (text, tag) = payload.split_at_mut(plain);
        let nonce = Nonce::new(&self.iv, seq).0;
        let tag = Tag::<C>::try_from(&*tag).map_err(|_| Error::DecryptError)?;
        self.cipher.decrypt_inout_detached(&nonce.into(), &aad, text.into(), &tag).map_err(|_| Error::DecryptError)?;
        payload.truncate(plain);
        message.into_tls13_unpadded_message()
    }
}
