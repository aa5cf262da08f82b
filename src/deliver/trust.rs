//! Whom delivery trusts: the roots of this machine, and a private authority where the policy names one.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// What TLS connections are judged by. Every one is: there is no way to switch it off.
pub(super) fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, BadCaFile> {
    let mut roots = machine_roots();
    if let Some(path) = ca_file {
        let before = roots.len();
        let (added, _) = roots.add_parsable_certificates(read_certificates(path)?);
        if added == 0 && roots.len() == before {
            let none = io::Error::new(io::ErrorKind::InvalidData, "it holds no certificate in PEM form");
            return Err(BadCaFile { path: path.display().to_string(), source: none });
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
    match config {
        Ok(config) => Ok(Arc::new(config)),
        // Ring knows both versions.
        Err(error) => {
            Err(BadCaFile { path: String::from("TLS"), source: io::Error::new(io::ErrorKind::Unsupported, error) })
        }
    }
}

/// A `ca-file` that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`ca-file` {path} cannot be used: {source}")]
pub(super) struct BadCaFile {
    path: String,
    source: io::Error,
}

fn machine_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, BadCaFile> {
    let bad = |source| BadCaFile { path: path.display().to_string(), source };
    if !path.metadata().map_err(bad)?.is_file() {
        return Err(bad(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")));
    }
    let pem = std::fs::read(path).map_err(bad)?;
    CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| bad(io::Error::new(io::ErrorKind::InvalidData, error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_without_a_certificate_is_an_error_and_not_an_empty_trust() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let reason = |path: &Path| client_config(Some(path)).unwrap_err().to_string();
        assert!(reason(&path).contains("No such file"), "{}", reason(&path));
        std::fs::write(&path, "no certificate\n").unwrap();
        assert!(reason(&path).ends_with("it holds no certificate in PEM form"), "{}", reason(&path));
        assert!(reason(folder.path()).ends_with("it is no regular file"));
    }
}
