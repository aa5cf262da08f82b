//! Why a connection failed, in words.

use std::io;

/// Why a connection failed, for people; TLS says it best itself.
pub(crate) fn of(error: &io::Error) -> String {
    if let Some(tls) = tls_error(error) {
        return match tls {
            rustls::Error::InvalidCertificate(_) => format!("{tls}; a private authority is added by `ca-file`"),
            other => other.to_string(),
        };
    }
    match error.kind() {
        io::ErrorKind::TimedOut if error.get_ref().is_none() => "it took too long".to_owned(),
        io::ErrorKind::UnexpectedEof => "it closed the connection".to_owned(),
        _ => error.to_string(),
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
