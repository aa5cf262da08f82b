//! TLS as far as looking goes: take whatever chain a peer shows, and judge one. Nothing of this may ever be used to send.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, ClientConnection, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme};

use super::groups;
use super::hello::{Hello, Keys, RSA_PSS_KEY};
use super::identity::Identity;
use crate::bytes::Cursor;
pub(super) use crate::cause::HandshakeError as Fault;
use crate::cause::SystemError;
use crate::certificate;
use crate::net::roots::provider;
use crate::net::tls_error;

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
    /// Of a question: what came, as far as it tells whether the server accepts.
    answer: Option<Vec<u8>>,
    /// The server accepts what it was only asked about.
    pub is_accepted: bool,
    /// There is nothing to say before the server says what follows its greeting, or at all once it refuses.
    is_silent: bool,
}

impl Handshake {
    /// Asks for the certificate of `name`; `offer` names a protocol inside TLS (RFC 7301), for servers that want one.
    pub(super) fn begin(
        (name, offer): (&str, Option<&[u8]>),
        client: Option<&Identity>,
        hello: Hello,
    ) -> Result<Self, Fault> {
        let accepting = Arc::new(NoVerify { keys: hello.keys, ..NoVerify::default() });
        // Without a name that TLS can carry, the peer is asked for its usual certificate, as with an address.
        let name = ServerName::try_from(name.to_owned())
            .unwrap_or_else(|_| ServerName::IpAddress(std::net::IpAddr::from([0, 0, 0, 0]).into()));
        let mut config = hello.config(Arc::clone(&accepting) as _).map_err(other)?;
        if let Some(client) = client {
            config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certified(client)?));
        }
        config.alpn_protocols.extend(offer.map(<[u8]>::to_vec));
        let connection = ClientConnection::new(Arc::new(config), name).map_err(other)?;
        let answer = hello.is_question.then(Vec::new);
        Ok(Self { connection, accepting, answer, is_accepted: false, is_silent: false })
    }

    /// Adds to `outgoing` what is to be sent now.
    pub(super) fn speak(&mut self, outgoing: &mut Vec<u8>) {
        // A vector takes everything.
        while !self.is_silent && self.connection.wants_write() && self.connection.write_tls(outgoing).is_ok() {}
    }

    /// Takes in what came; once the handshake is over, what it came to: the chain, leaf first, or why there is none.
    pub(super) fn hear(&mut self, mut bytes: &[u8]) -> Option<Result<Vec<Vec<u8>>, Fault>> {
        if let Some(answer) = &mut self.answer {
            answer.extend_from_slice(bytes);
        }
        while !bytes.is_empty() && self.connection.is_handshaking() {
            match self.connection.read_tls(&mut bytes) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return Some(self.outcome(interrupted(&error))),
            }
            if let Err(error) = self.connection.process_new_packets() {
                let needs_key = groups::is_key_needed(&error);
                let outcome = self.outcome(tls_error::handshake(&error));
                return if needs_key && outcome.is_err() { self.answer() } else { Some(outcome) };
            }
        }
        if self.connection.is_handshaking() {
            return None;
        }
        self.connection.send_close_notify();
        Some(self.outcome(Fault::Closed))
    }

    /// Whether what came after the greeting of a server may be its certificate. Some servers greet before they refuse.
    fn answer(&mut self) -> Option<Result<Vec<Vec<u8>>, Fault>> {
        // Type, version and length before each record (RFC 8446 §5.1).
        const ENCRYPTED: u8 = 23;
        // Two bytes, their type and a tag: the first message of a handshake is longer.
        const ALERT: usize = 2 + 1 + 16;
        let mut records = Cursor(self.answer.as_deref().unwrap_or_default());
        (self.is_accepted, self.is_silent) = (true, true);
        loop {
            let kind: u8 = records.number(1)?;
            let _version = records.take(2)?;
            let length = records.number(2)?;
            if kind == ENCRYPTED {
                self.is_accepted = length != ALERT;
                self.is_silent = !self.is_accepted;
                return Some(Err(Fault::NothingInCommon));
            }
            records.take(length)?;
        }
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

/// The chain and its key, as the library signs with them.
fn certified((chain, key): &Identity) -> Result<CertifiedKey, Fault> {
    CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider()).map_err(other)
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn other(error: Error) -> Fault {
    Fault::Other(SystemError::other(&error))
}

pub(super) fn interrupted(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Fault::Timeout,
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => Fault::Closed,
        _ => Fault::Other(SystemError::from_io(error)),
    }
}

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

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use rustls::pki_types::PrivateKeyDer;
    use rustls::{ServerConfig, ServerConnection};

    use super::*;

    /// What a question comes to at a server with one certificate, of an elliptic key, and whether it is accepted.
    fn asked(keys: Keys) -> (Option<Fault>, bool) {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(["www.example.com".to_owned()]).unwrap().self_signed(&key).unwrap();
        let config = ServerConfig::builder_with_provider(provider());
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = config.with_single_cert(vec![leaf.der().clone()], key).unwrap();
        let mut server = ServerConnection::new(Arc::new(config)).unwrap();
        let hello = Hello { keys, is_question: true, ..Hello::default() };
        let mut handshake = Handshake::begin(("www.example.com", None), None, hello).unwrap();
        let (mut sent, mut answer) = (Vec::new(), Vec::new());
        handshake.speak(&mut sent);
        server.read_tls(&mut sent.as_slice()).unwrap();
        let _refused = server.process_new_packets();
        while server.wants_write() {
            server.write_tls(&mut answer).unwrap();
        }
        let outcome = handshake.hear(&answer).and_then(Result::err);
        let mut last = Vec::new();
        handshake.speak(&mut last);
        assert_eq!(last.is_empty(), !handshake.is_accepted, "what is said to a server that has gone");
        (outcome, handshake.is_accepted)
    }

    #[test]
    fn a_server_that_greets_before_it_refuses_is_not_taken_for_one_that_accepts() {
        assert_eq!(asked(Keys::Rsa), (Some(Fault::NothingInCommon), false));
        assert_eq!(asked(Keys::Others), (Some(Fault::NothingInCommon), true));
    }
}
