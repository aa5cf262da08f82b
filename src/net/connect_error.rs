//! Why a connection failed, from what the system and the TLS library say.

use std::io;

use super::tls_error;
use crate::cause::{ConnectionError, HandshakeError, SystemError};

/// How the standard library begins what the resolver says.
const LOOKUP: &str = "failed to lookup address information";

/// Why a connection failed.
pub(crate) fn of(error: &io::Error) -> ConnectionError {
    if let Some(known) = error.get_ref().and_then(|inner| inner.downcast_ref::<ConnectionError>()) {
        return known.clone();
    }
    match (tls_error(error), error.kind()) {
        (Some(tls @ rustls::Error::InvalidCertificate(_)), _) => {
            ConnectionError::Untrusted(tls_error::chain(tls).into())
        }
        (Some(tls), _) => of_tls(tls),
        (None, io::ErrorKind::TimedOut) if error.get_ref().is_none() => ConnectionError::Timeout,
        (None, io::ErrorKind::UnexpectedEof) => ConnectionError::Closed,
        (None, _) if error.to_string().starts_with(LOOKUP) => {
            ConnectionError::System(SystemError::from_resolver(error))
        }
        (None, _) => ConnectionError::System(SystemError::from_io(error)),
    }
}

fn of_tls(error: &rustls::Error) -> ConnectionError {
    match tls_error::handshake(error) {
        HandshakeError::NotTls => ConnectionError::NotTls,
        HandshakeError::TooOld => ConnectionError::OldTls,
        HandshakeError::NothingInCommon => ConnectionError::NothingInCommon,
        HandshakeError::UnknownName => ConnectionError::UnknownName,
        HandshakeError::Alert(alert) => ConnectionError::Alert(alert),
        _ => ConnectionError::System(SystemError::other(error)),
    }
}

/// The peer's certificate cannot be trusted: another try would fare the same.
pub(crate) fn is_of_certificate(error: &io::Error) -> bool {
    matches!(tls_error(error), Some(rustls::Error::InvalidCertificate(_)))
}

/// What to do about that.
pub(crate) const MEND_THE_CERTIFICATE: &str =
    "nothing was sent; have its certificate mended, or name its private authority by `ca-file`";

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::SystemErrorKind;

    #[test]
    fn what_the_resolver_said_is_told_as_that_of_a_look() {
        let error = io::Error::other("failed to lookup address information: Name or service not known");
        let ConnectionError::System(known) = of(&error) else { panic!("{error}") };
        assert_eq!((known.kind, known.said.as_str()), (SystemErrorKind::UnknownName, "name or service not known"));
    }
}
