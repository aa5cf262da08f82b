//! What the TLS library says, as a cause that each language has words for.

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use crate::cause::{ChainCause, HandshakeError, SystemError};

/// Why no certificate was shown.
pub(crate) fn handshake(error: &Error) -> HandshakeError {
    match error {
        Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => HandshakeError::TooLarge,
        Error::InvalidMessage(_) => HandshakeError::NotTls,
        Error::InvalidCertificate(CertificateError::BadSignature) => HandshakeError::NoProof,
        Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13)
        | Error::AlertReceived(AlertDescription::ProtocolVersion) => HandshakeError::TooOld,
        Error::PeerIncompatible(_)
        | Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity) => {
            HandshakeError::NothingInCommon
        }
        Error::AlertReceived(AlertDescription::UnrecognisedName) => HandshakeError::UnknownName,
        Error::AlertReceived(alert) => HandshakeError::Alert(format!("{alert:?}")),
        other => HandshakeError::Other(SystemError::other(other)),
    }
}

/// Why a chain is not trusted.
pub(crate) fn chain(error: &Error) -> ChainCause {
    let Error::InvalidCertificate(kind) = error else { return ChainCause::Refused(error.to_string()) };
    match kind {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => ChainCause::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => ChainCause::NotYetValid,
        CertificateError::BadSignature => ChainCause::BadSignature,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => ChainCause::NotForServers,
        CertificateError::BadEncoding => ChainCause::BadEncoding,
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => ChainCause::OldSignature,
        CertificateError::UnknownIssuer => ChainCause::NoKnownIssuer,
        CertificateError::NotValidForNameContext { expected, presented } => ChainCause::WrongName {
            name: expected.to_str().into_owned(),
            has: presented.iter().map(|name| bare(name).to_owned()).collect(),
        },
        // The library has no type for these.
        CertificateError::Other(other) => match other.to_string().as_str() {
            "CaUsedAsEndEntity" => ChainCause::Authority,
            "UnsupportedCertVersion" => ChainCause::OldVersion,
            "NameConstraintViolation" => ChainCause::NameConstraints,
            said => ChainCause::Refused(said.to_owned()),
        },
        other => ChainCause::Refused(other.to_string()),
    }
}

/// The name in `DnsName("a.example")` and in `IpAddress(192.0.2.1)`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.map_or(name, |inner| inner.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn names_of_a_certificate_are_told_without_their_types() {
        let presented = ["DnsName(\"b.example\")", "IpAddress(192.0.2.1)", "DirectoryName"].map(str::to_owned).into();
        let expected = ServerName::try_from("a.example").unwrap();
        let error = Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, presented });
        assert_eq!(
            chain(&error).to_string(),
            "it does not cover `a.example`; it is for b.example, 192.0.2.1, DirectoryName"
        );
    }
}
