//! Why a connection failed, from what the system and the TLS library say.

use std::io;

use crate::cause::{ConnectionError, SystemError};

/// Why a connection failed; TLS says it best itself.
pub(crate) fn of(error: &io::Error) -> ConnectionError {
    if let Some(known) = error.get_ref().and_then(|inner| inner.downcast_ref::<ConnectionError>()) {
        return known.clone();
    }
    match (tls_error(error), error.kind()) {
        (Some(tls @ rustls::Error::InvalidCertificate(_)), _) => ConnectionError::Untrusted(tls.to_string()),
        (Some(tls), _) => ConnectionError::System(SystemError::other(tls)),
        (None, io::ErrorKind::TimedOut) if error.get_ref().is_none() => ConnectionError::Timeout,
        (None, io::ErrorKind::UnexpectedEof) => ConnectionError::Closed,
        (None, _) => ConnectionError::System(error.into()),
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
