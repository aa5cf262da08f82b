//! TLS as far as looking goes: take whatever chain a peer shows, and judge one. Nothing of this may ever be used to send.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, InvalidMessage,
    RootCertStore, SignatureScheme,
};
use time::OffsetDateTime;

use super::identity::Identity;
use crate::certificate::{self, ChainWithDer, Parsed};

/// Why a peer showed no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The deadline has passed.
    Timeout,
    ContainerError,
    NotTls,
    /// TLS 1.1 or older, or none of the algorithms of today.
    TooOld,
    /// Its chain is larger than anybody needs.
    TooLarge,
    /// It knows nobody of the name.
    UnknownName,
    /// In words of the library or the operating system.
    Other(String),
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// Random bytes as a handshake wants them.
pub(super) fn random() -> [u8; 32] {
    let mut random = [0; 32];
    // They keep no secret here: a machine without any gets an answer all the same.
    let _ = provider().secure_random.fill(&mut random);
    random
}

/// The chain that the peer at the other end of `stream` shows, leaf first. Reads and writes of `stream` fail with
/// `TimedOut` or `WouldBlock` once the deadline has passed.
pub(super) fn peer_chain(
    stream: &mut (impl Read + Write),
    name: &str,
    client: Option<Identity>,
) -> Result<Vec<Vec<u8>>, Fault> {
    let accepting = Arc::new(NoVerify::default());
    // Without a name that TLS can carry, the peer is asked for its usual certificate, as with an address.
    let name = ServerName::try_from(name.to_owned())
        .unwrap_or_else(|_| ServerName::IpAddress(std::net::IpAddr::from([0, 0, 0, 0]).into()));
    let mut connection = connection(&accepting, name, client)?;
    let outcome = shake_hands(&mut connection, stream);
    if let Some(chain) = accepting.shown.lock().ok().and_then(|mut shown| shown.take()) {
        connection.send_close_notify();
        // The certificate is here: whether the farewell arrives changes nothing.
        let _ = connection.write_tls(stream);
        return Ok(chain);
    }
    Err(outcome.err().unwrap_or(Fault::ContainerError))
}

fn connection(
    accepting: &Arc<NoVerify>,
    name: ServerName<'static>,
    client: Option<Identity>,
) -> Result<ClientConnection, Fault> {
    let other = |error: Error| Fault::Other(error.to_string());
    let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(accepting) as _;
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(other)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match client {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(other)?,
    };
    config.resumption = rustls::client::Resumption::disabled();
    ClientConnection::new(Arc::new(config), name).map_err(other)
}

fn shake_hands(connection: &mut ClientConnection, stream: &mut (impl Read + Write)) -> Result<(), Fault> {
    while connection.is_handshaking() {
        while connection.wants_write() {
            connection.write_tls(stream).map_err(|error| interrupted(&error))?;
        }
        if connection.read_tls(stream).map_err(|error| interrupted(&error))? == 0 {
            return Err(Fault::ContainerError);
        }
        if let Err(error) = connection.process_new_packets() {
            // The peer learns why, as it should.
            let _ = connection.write_tls(stream);
            return Err(refused(error));
        }
    }
    Ok(())
}

pub(super) fn interrupted(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Fault::Timeout,
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
            Fault::ContainerError
        }
        _ => Fault::Other(super::file::plain(error)),
    }
}

fn refused(error: Error) -> Fault {
    match error {
        Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => Fault::TooLarge,
        Error::InvalidMessage(_) => Fault::NotTls,
        Error::PeerIncompatible(_)
        | Error::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => Fault::TooOld,
        Error::AlertReceived(AlertDescription::UnrecognisedName) => Fault::UnknownName,
        Error::AlertReceived(alert) => Fault::Other(format!("the peer refused with the alert {alert:?}")),
        other => Fault::Other(other.to_string()),
    }
}

/// Accepts every certificate and keeps what was shown: looking comes first, judging after.
#[derive(Default)]
struct NoVerify {
    shown: Mutex<Option<Vec<Vec<u8>>>>,
}

impl fmt::Debug for NoVerify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accepting")
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
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        use SignatureScheme as S;
        vec![
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
        ]
    }
}

/// For connections in clear: it trusts nobody.
pub(super) fn plain_config() -> Result<Arc<ClientConfig>, String> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(Arc::new(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()))
}

/// Roots that chains are judged by.
pub(super) struct Roots {
    store: RootCertStore,
    /// The same, whole: a certificate that is itself trusted needs no issuer.
    certificates: Vec<CertificateDer<'static>>,
    /// From a file that the operator named.
    pub are_chosen: bool,
}

/// The verdict of the library on a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Trusted,
    UnknownIssuer,
    /// As a clause about the chain.
    Bad(String),
}

impl Roots {
    /// Those of this machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set), else those built in.
    pub(super) fn of_machine() -> &'static Self {
        static ROOTS: OnceLock<Roots> = OnceLock::new();
        ROOTS.get_or_init(|| {
            let found = super::machine_roots();
            if found.is_empty() { Self::public() } else { Self::of(found, false) }
        })
    }

    /// Those that browsers trust, as built in.
    fn public() -> Self {
        let anchors = webpki_roots::TLS_SERVER_ROOTS.iter().map(TrustAnchor::to_owned).collect();
        Self { store: RootCertStore { roots: anchors }, certificates: Vec::new(), are_chosen: false }
    }

    fn of(certificates: Vec<CertificateDer<'static>>, are_chosen: bool) -> Self {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates.iter().cloned());
        Self { store, certificates, are_chosen }
    }

    /// Those of a `ca-file`; the error is a clause that names it.
    pub(super) fn of_file(path: &Path) -> Result<Self, String> {
        let name = path.display();
        let mut reader = super::file::Reader::default();
        let content =
            reader.read(path, false, None).map_err(|error| format!("the CA file `{name}` cannot be read: {error}"))?;
        if let Some(bad) = content.contents.bad.first() {
            return Err(format!("the CA file `{name}` cannot be read: {bad}"));
        }
        let certificates: Vec<_> =
            content.contents.certificates.iter().map(|parsed| CertificateDer::from(parsed.der.clone())).collect();
        if certificates.is_empty() {
            return Err(format!("the CA file `{name}` holds no certificate"));
        }
        Ok(Self::of(certificates, true))
    }

    /// Each of these roots, read.
    pub(super) fn certificates(&self) -> impl Iterator<Item = Parsed> {
        self.certificates.iter().filter_map(|der| certificate::read_der(der).ok()).map(|(parsed, _)| parsed)
    }

    /// For connections to whoever speaks for an authority: verified by the roots of this machine and by these.
    pub(super) fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        let mut roots = Self::of_machine().store.clone();
        if self.are_chosen {
            roots.extend(self.store.roots.iter().cloned());
        }
        let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| error.to_string())?;
        Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    }

    /// Whether a chain ends in one of these roots, at a moment at which its leaf is valid: dates are judged apart.
    pub(super) fn judge(&self, chain: &ChainWithDer, now: OffsetDateTime) -> Verdict {
        let leaf = &chain.leaf.certificate;
        let moment = now.min(leaf.not_after).max(leaf.not_before);
        let seconds = u64::try_from(moment.unix_timestamp()).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let der = CertificateDer::from(chain.leaf.der.as_slice());
        let rest: Vec<_> = chain.rest.iter().map(|parsed| CertificateDer::from(parsed.der.as_slice())).collect();
        let algorithms = provider().signature_verification_algorithms.all;
        let outcome = ParsedCertificate::try_from(&der)
            .and_then(|leaf| verify_server_cert_signed_by_trust_anchor(&leaf, &self.store, &rest, time, algorithms));
        match outcome {
            Ok(()) => Verdict::Trusted,
            Err(_) if self.certificates.iter().any(|root| root.as_ref() == chain.leaf.der) => Verdict::Trusted,
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => Verdict::UnknownIssuer,
            Err(error) => Verdict::Bad(in_words(&error)),
        }
    }

    /// Whether the chain ends in a root that browsers trust.
    pub(super) fn is_public(chain: &ChainWithDer, now: OffsetDateTime) -> bool {
        static PUBLIC: OnceLock<Roots> = OnceLock::new();
        PUBLIC.get_or_init(Self::public).judge(chain, now) == Verdict::Trusted
    }
}

fn in_words(error: &Error) -> String {
    let Error::InvalidCertificate(kind) = error else { return error.to_string() };
    match kind {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "a certificate in its chain has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "a certificate in its chain is not yet valid".to_owned()
        }
        CertificateError::BadSignature => "a signature in its chain is wrong".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not meant for servers (extended key usage)".to_owned()
        }
        CertificateError::BadEncoding => "its chain is not encoded as it should be".to_owned(),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its chain is signed in a way that clients of today refuse".to_owned()
        }
        CertificateError::Other(other) => {
            let words = other.to_string();
            match words.as_str() {
                "CaUsedAsEndEntity" => "it is a certificate of an authority, not of a server".to_owned(),
                "UnsupportedCertVersion" => "it is of an X.509 version before 3".to_owned(),
                "NameConstraintViolation" => "an issuer in its chain may not speak for its names".to_owned(),
                _ => format!("clients refuse its chain: {words}"),
            }
        }
        other => format!("clients refuse its chain: {other}"),
    }
}

/// The certificates of a chain as it was shown, read; the first must be readable.
pub(super) fn read_chain(shown: &[Vec<u8>]) -> Result<ChainWithDer, String> {
    let mut certificates = Vec::with_capacity(shown.len());
    for (index, der) in shown.iter().enumerate() {
        match certificate::read_der(der) {
            Ok((parsed, _)) => certificates.push(Arc::new(parsed)),
            Err(fault) if index == 0 => return Err(fault.to_string()),
            Err(_) => {}
        }
    }
    certificate::sent(certificates).ok_or_else(|| "there is none".to_owned())
}
