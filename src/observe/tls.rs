//! TLS as far as looking goes: take whatever chain a peer shows, and judge one. Nothing of this may ever be used to send.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, InvalidMessage,
    PeerIncompatible, ProtocolVersion, SignatureScheme, SupportedCipherSuite,
};

use super::identity::Identity;
pub(super) use crate::cause::HandshakeError as Fault;
use crate::certificate::{self, ChainWithDer, NotACertificate};
use crate::net::roots::provider;

/// Which keys a peer may sign with: each algorithm may have a certificate of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

    fn allow(self, scheme: SignatureScheme) -> bool {
        let is_rsa = RSA_PSS_KEY.contains(&scheme) || format!("{scheme:?}").starts_with("RSA");
        match self {
            Self::All => true,
            Self::Rsa => is_rsa,
            Self::Others => !is_rsa,
        }
    }

    /// Before TLS 1.3 the cipher suite says which key it is.
    fn narrow(self, provider: Arc<CryptoProvider>) -> Arc<CryptoProvider> {
        if self == Self::All {
            return provider;
        }
        let mut narrowed = CryptoProvider::clone(&provider);
        narrowed.cipher_suites.retain(|suite| match suite {
            SupportedCipherSuite::Tls12(suite) => suite.sign.iter().any(|scheme| self.allow(*scheme)),
            SupportedCipherSuite::Tls13(_) => true,
        });
        Arc::new(narrowed)
    }
}

/// Random bytes as a handshake wants them.
pub(super) fn random() -> [u8; 32] {
    let mut random = [0; 32];
    // They keep no secret here: a machine without any gets an answer all the same.
    let _ = provider().secure_random.fill(&mut random);
    random
}

/// A handshake that is driven from outside: what came goes in, what is to be sent comes out.
pub(super) struct Handshake {
    connection: ClientConnection,
    accepting: Arc<NoVerify>,
}

impl Handshake {
    /// Asks for the certificate of `name` that has one of these keys, with the algorithms of `provider`; `offer` names a
    /// protocol inside TLS (RFC 7301), for servers that want one.
    pub(super) fn begin(
        (name, offer): (&str, Option<&[u8]>),
        client: Option<Identity>,
        provider: Arc<CryptoProvider>,
        keys: Keys,
    ) -> Result<Self, Fault> {
        let accepting = Arc::new(NoVerify { keys, ..NoVerify::default() });
        let provider = keys.narrow(provider);
        // Without a name that TLS can carry, the peer is asked for its usual certificate, as with an address.
        let name = ServerName::try_from(name.to_owned())
            .unwrap_or_else(|_| ServerName::IpAddress(std::net::IpAddr::from([0, 0, 0, 0]).into()));
        let connection = connection(&accepting, (name, offer), client, provider)?;
        Ok(Self { connection, accepting })
    }

    /// Adds to `outgoing` what is to be sent now.
    pub(super) fn speak(&mut self, outgoing: &mut Vec<u8>) {
        // A vector takes everything.
        while self.connection.wants_write() && self.connection.write_tls(outgoing).is_ok() {}
    }

    /// Takes in what came; once the handshake is over, what it came to: the chain, leaf first, or why there is none.
    pub(super) fn hear(&mut self, mut bytes: &[u8]) -> Option<Result<Vec<Vec<u8>>, Fault>> {
        while !bytes.is_empty() && self.connection.is_handshaking() {
            match self.connection.read_tls(&mut bytes) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return Some(self.outcome(interrupted(&error))),
            }
            if let Err(error) = self.connection.process_new_packets() {
                return Some(self.outcome(refused(error)));
            }
        }
        if self.connection.is_handshaking() {
            return None;
        }
        self.connection.send_close_notify();
        Some(self.outcome(Fault::Closed))
    }

    /// The version of TLS that both sides speak, once that is settled.
    pub(super) fn version(&self) -> Option<&'static str> {
        match self.connection.protocol_version()? {
            ProtocolVersion::TLSv1_2 => Some("TLS 1.2"),
            ProtocolVersion::TLSv1_3 => Some("TLS 1.3"),
            _ => None,
        }
    }

    /// Nothing more comes, for this reason. A chain that was shown before is shown.
    pub(super) fn end(&mut self, fault: Fault) -> Result<Vec<Vec<u8>>, Fault> {
        self.connection.send_close_notify();
        self.outcome(fault)
    }

    fn outcome(&self, otherwise: Fault) -> Result<Vec<Vec<u8>>, Fault> {
        self.accepting.shown.lock().ok().and_then(|mut shown| shown.take()).ok_or(otherwise)
    }
}

fn connection(
    accepting: &Arc<NoVerify>,
    (name, offer): (ServerName<'static>, Option<&[u8]>),
    client: Option<Identity>,
    provider: Arc<CryptoProvider>,
) -> Result<ClientConnection, Fault> {
    let other = |error: Error| Fault::Other(error.to_string());
    let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(accepting) as _;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(other)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match client {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(other)?,
    };
    config.alpn_protocols.extend(offer.map(<[u8]>::to_vec));
    config.resumption = rustls::client::Resumption::disabled();
    ClientConnection::new(Arc::new(config), name).map_err(other)
}

pub(super) fn interrupted(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Fault::Timeout,
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => Fault::Closed,
        _ => Fault::Other(crate::disk::plain(error)),
    }
}

fn refused(error: Error) -> Fault {
    match error {
        Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => Fault::TooLarge,
        Error::InvalidMessage(_) => Fault::NotTls,
        Error::InvalidCertificate(CertificateError::BadSignature) => Fault::NoProof,
        Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13)
        | Error::AlertReceived(AlertDescription::ProtocolVersion) => Fault::TooOld,
        Error::PeerIncompatible(_)
        | Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity) => {
            Fault::NothingInCommon
        }
        Error::AlertReceived(AlertDescription::UnrecognisedName) => Fault::UnknownName,
        Error::AlertReceived(alert) => Fault::Alert(format!("{alert:?}")),
        other => Fault::Other(other.to_string()),
    }
}

/// Signatures with keys for PSS alone (RFC 8446 §4.2.3): the library has no names for them.
const RSA_PSS_KEY: [SignatureScheme; 3] =
    [SignatureScheme::Unknown(0x0809), SignatureScheme::Unknown(0x080a), SignatureScheme::Unknown(0x080b)];

/// Accepts every certificate whose key the peer has, and keeps what was shown: looking comes first, judging after.
#[derive(Default)]
struct NoVerify {
    shown: Mutex<Option<Vec<Vec<u8>>>>,
    keys: Keys,
}

impl NoVerify {
    /// A signature that is wrong means that the peer does not have the key. One that cannot be verified, because
    /// the algorithm or the form of the certificate is unknown here, means nothing.
    fn judge_signature(
        &self,
        outcome: &Result<HandshakeSignatureValid, Error>,
        certificate: &CertificateDer<'_>,
        scheme: SignatureScheme,
    ) -> Result<HandshakeSignatureValid, Error> {
        let is_wrong = match outcome {
            Ok(_) => false,
            Err(Error::InvalidCertificate(CertificateError::BadSignature)) => is_verifiable(certificate),
            Err(_) => !may_sign(certificate, scheme),
        };
        if !is_wrong {
            return Ok(HandshakeSignatureValid::assertion());
        }
        if let Ok(mut shown) = self.shown.lock() {
            *shown = None;
        }
        Err(Error::InvalidCertificate(CertificateError::BadSignature))
    }
}

/// Whether a signature with this key can be verified at all: the library refuses short RSA keys as if they were wrong.
fn is_verifiable(certificate: &CertificateDer<'_>) -> bool {
    certificate::read_der(certificate).is_ok_and(|(parsed, _)| {
        let key = &parsed.certificate.key;
        key.algorithm != "RSA" || key.bits.is_some_and(|bits| (2048..=8192).contains(&bits))
    })
}

/// Whether signatures of this scheme are made with such a key.
fn may_sign(certificate: &CertificateDer<'_>, scheme: SignatureScheme) -> bool {
    let Ok((parsed, _)) = certificate::read_der(certificate) else { return true };
    if RSA_PSS_KEY.contains(&scheme) {
        return parsed.certificate.key.algorithm == "RSA";
    }
    let is_of = |name: &str| format!("{scheme:?}").to_ascii_uppercase().starts_with(name);
    match parsed.certificate.key.algorithm.as_str() {
        "RSA" => is_of("RSA"),
        "EC" => is_of("ECDSA"),
        "Ed25519" => is_of("ED25519"),
        "Ed448" => is_of("ED448"),
        _ => true,
    }
}

impl fmt::Debug for NoVerify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoVerify")
    }
}

impl ServerCertVerifier for NoVerify {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(leaf).chain(rest).map(|certificate| certificate.to_vec()).collect();
        if let Ok(mut shown) = self.shown.lock() {
            *shown = Some(chain);
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &provider().signature_verification_algorithms;
        let outcome = verify_tls12_signature(message, certificate, signed, algorithms);
        self.judge_signature(&outcome, certificate, signed.scheme)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &provider().signature_verification_algorithms;
        let outcome = verify_tls13_signature(message, certificate, signed, algorithms);
        self.judge_signature(&outcome, certificate, signed.scheme)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        use SignatureScheme as S;
        let mut schemes = vec![
            S::ECDSA_NISTP256_SHA256,
            S::ECDSA_NISTP384_SHA384,
            S::ECDSA_NISTP521_SHA512,
            S::ED25519,
            S::ED448,
            S::RSA_PSS_SHA256,
            S::RSA_PSS_SHA384,
            S::RSA_PSS_SHA512,
            S::RSA_PKCS1_SHA256,
            S::RSA_PKCS1_SHA384,
            S::RSA_PKCS1_SHA512,
            S::ECDSA_SHA1_Legacy,
            S::RSA_PKCS1_SHA1,
            RSA_PSS_KEY[0],
            RSA_PSS_KEY[1],
            RSA_PSS_KEY[2],
        ];
        schemes.retain(|scheme| self.keys.allow(*scheme));
        schemes
    }
}

/// The certificates of a chain as it was shown, read; the first must be readable.
pub(super) fn read_chain(shown: &[Vec<u8>]) -> Result<ChainWithDer, Option<NotACertificate>> {
    let mut certificates = Vec::with_capacity(shown.len());
    for (index, der) in shown.iter().enumerate() {
        match certificate::read_der(der) {
            Ok((parsed, _)) => certificates.push(Arc::new(parsed)),
            Err(fault) if index == 0 => return Err(Some(fault)),
            Err(_) => {}
        }
    }
    certificate::sent(certificates).ok_or(None)
}
