//! Whom delivery trusts: the roots of this machine, and a private authority where the policy names one.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;

use crate::certificate;
use crate::net::machine_roots;

/// What TLS connections are judged by. Every one is: there is no way to switch it off.
pub(super) fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TrustError> {
    let mut roots = usual_roots();
    if let Some(path) = ca_file {
        let before = roots.len();
        let (added, _) = roots.add_parsable_certificates(read_certificates(path)?);
        if added == 0 && roots.len() == before {
            let source = io::Error::new(io::ErrorKind::InvalidData, "it holds no certificate in PEM form");
            return Err(TrustError::CaFile { path: path.to_owned(), source });
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// No server can be trusted as the policy file asks.
#[derive(Debug, thiserror::Error)]
pub(super) enum TrustError {
    #[error("`ca-file` {} cannot be used: {source}", path.display())]
    CaFile { path: PathBuf, source: io::Error },
    #[error("TLS cannot be used: {0}")]
    Tls(#[from] rustls::Error),
}

fn usual_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(machine_roots());
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let bad = |source| TrustError::CaFile { path: path.to_owned(), source };
    if !path.metadata().map_err(bad)?.is_file() {
        return Err(bad(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")));
    }
    let bytes = std::fs::read(path).map_err(bad)?;
    let contents = certificate::read_file(&bytes, &mut certificate::Issuers::default(), None);
    // One that is broken hides no other; where there is no other, it is the reason.
    if let (true, Some(broken)) = (contents.certificates.is_empty(), contents.bad.first()) {
        return Err(bad(io::Error::new(io::ErrorKind::InvalidData, format!("its block {}", broken.fault))));
    }
    Ok(contents.certificates.iter().map(|read| CertificateDer::from(read.der.clone())).collect())
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
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nMIIB\n").unwrap();
        assert!(reason(&path).ends_with("its block has no END line"), "{}", reason(&path));
    }

    #[test]
    fn a_ca_file_is_read_wherever_its_blocks_begin() {
        let key = rcgen::KeyPair::generate().unwrap();
        let root = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        let pem = root.pem().trim_end().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let escaped = format!("CA='{}'", pem.replace('\n', "\\n"));
        let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n";
        let glued = format!("{}{pem}", key.serialize_pem().trim_end());
        for text in [format!("{pem}{pem}"), format!("\u{feff}{pem}"), glued, escaped, format!("{pem}\n{broken}")] {
            std::fs::write(&path, &text).unwrap();
            let read = read_certificates(&path).unwrap();
            assert!(read.iter().all(|read| read == root.der()) && !read.is_empty(), "{text}");
            assert!(client_config(Some(&path)).is_ok());
        }
        std::fs::write(&path, root.der()).unwrap();
        assert_eq!(read_certificates(&path).unwrap(), [root.der().clone()]);
    }
}
