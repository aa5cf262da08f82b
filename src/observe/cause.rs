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

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}
