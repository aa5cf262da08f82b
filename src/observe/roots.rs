//! The roots that this machine trusts.

use rustls::pki_types::CertificateDer;

/// Those of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set; none where there are none.
#[must_use]
pub fn machine_roots() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}
