//! How a handshake begins: for which keys a certificate is asked, and by which algorithms.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{CipherSuite, ClientConfig, Error, SignatureScheme, SupportedCipherSuite};

use super::groups;
use crate::net::roots::provider;

/// Signatures with keys for PSS alone (RFC 8446 §4.2.3): the library has no names for them.
pub(super) const RSA_PSS_KEY: [SignatureScheme; 3] =
    [SignatureScheme::Unknown(0x0809), SignatureScheme::Unknown(0x080a), SignatureScheme::Unknown(0x080b)];

/// Those of all RSA keys.
const RSA: [SignatureScheme; 7] = [
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::RSA_PKCS1_SHA1,
];

/// Which keys a peer may sign with: each algorithm may have a certificate of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Keys {
    #[default]
    All,
    Rsa,
    /// All but RSA.
    Others,
}

impl Keys {
    /// Those that a certificate with a key of this algorithm leaves.
    pub(super) fn beside(algorithm: &str) -> Self {
        if algorithm == "RSA" { Self::Others } else { Self::Rsa }
    }

    pub(super) fn allow(self, scheme: SignatureScheme) -> bool {
        let is_rsa = RSA_PSS_KEY.contains(&scheme) || RSA.contains(&scheme);
        match self {
            Self::All => true,
            Self::Rsa => is_rsa,
            Self::Others => !is_rsa,
        }
    }

    /// Before TLS 1.3 the cipher suite says which key it is.
    fn narrow(self, provider: &mut CryptoProvider) {
        provider.cipher_suites.retain(|suite| match suite {
            SupportedCipherSuite::Tls12(suite) => suite.sign.iter().any(|scheme| self.allow(*scheme)),
            SupportedCipherSuite::Tls13(_) => true,
        });
    }
}

/// What a handshake begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Hello {
    pub keys: Keys,
    /// With algorithms besides that the library lacks.
    pub is_wide: bool,
    /// Only whether the server accepts it is asked: no key is made for that.
    pub is_question: bool,
}

impl Hello {
    /// The algorithms, and everything else that is the same in all handshakes that begin so, with a verifier for one.
    pub(super) fn config(self, verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, Error> {
        static CONFIGS: Mutex<Option<HashMap<Hello, ClientConfig>>> = Mutex::new(None);
        let mut configs = CONFIGS.lock().unwrap_or_else(PoisonError::into_inner);
        let configs = configs.get_or_insert_default();
        if let Some(config) = configs.get(&self) {
            let mut config = config.clone();
            config.dangerous().set_certificate_verifier(verifier);
            return Ok(config);
        }
        let mut all = Arc::unwrap_or_clone(if self.is_wide { groups::provider() } else { provider() });
        if self.is_question {
            groups::leave_key_out(&mut all);
        }
        self.keys.narrow(&mut all);
        // First, as browsers have it: nothing is protected here, and processors have instructions for its hash.
        all.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
        let mut config = ClientConfig::builder_with_provider(Arc::new(all))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.resumption = rustls::client::Resumption::disabled();
        configs.insert(self, config.clone());
        Ok(config)
    }
}
