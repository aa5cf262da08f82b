//! The roots that servers are judged by: those of the machine, those built in, those of a `ca-file`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::cause::{CaFileError, ReadError};
use crate::certificate::{self, Contents, Issuers};
use crate::disk::{self, LARGEST};

/// Roots, and where there are any the certificates that they are.
#[derive(Debug)]
pub(crate) struct RootSet {
    pub store: RootCertStore,
    /// None of those built in, of which only the names and the keys are known.
    pub certificates: Vec<CertificateDer<'static>>,
}

impl RootSet {
    /// Those of this machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set), else those built in.
    pub(crate) fn from_machine() -> &'static Arc<Self> {
        static ROOTS: OnceLock<Arc<RootSet>> = OnceLock::new();
        ROOTS.get_or_init(|| {
            let found = Self::new(machine_roots());
            Arc::new(if found.store.is_empty() { Self::public() } else { found })
        })
    }

    /// Those that browsers trust, as built in.
    pub(crate) fn public() -> Self {
        let store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self { store, certificates: Vec::new() }
    }

    /// Those of a `ca-file`: a file of any kind that certificates are read from, or a directory of such files. What is
    /// broken in it hides no other certificate.
    pub(crate) fn from_ca_file(path: &Path) -> Result<Self, CaFileError> {
        let is_directory = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_dir());
        let mut read = Contents::default();
        if is_directory {
            let mut room = LARGEST;
            for file in files_of(path)? {
                // A link that leads nowhere, a pipe, a file of others: not one of the authority's.
                let Ok(bytes) = disk::read_whole(&file) else { continue };
                room = room.checked_sub(bytes.len() as u64).ok_or(ReadError::TooLarge)?;
                let contents = certificate::read_file(&bytes, &mut Issuers::default(), None);
                read.certificates.extend(contents.certificates);
            }
        } else {
            read = certificate::read_file(&disk::read_whole(path)?, &mut Issuers::default(), None);
        }
        let mut known = HashSet::new();
        let distinct = read.certificates.iter().filter(|read| known.insert(read.certificate.fingerprint));
        let set = Self::new(distinct.map(|read| CertificateDer::from(read.der.clone())).collect());
        match (set.store.is_empty(), read.bad.first(), read.closed) {
            (false, ..) => Ok(set),
            (true, Some(broken), _) => Err(CaFileError::Block(broken.fault.clone())),
            (true, None, Some(closed)) => Err(CaFileError::Container(closed)),
            (true, None, None) => Err(CaFileError::NoCertificate),
        }
    }

    fn new(certificates: Vec<CertificateDer<'static>>) -> Self {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates.iter().cloned());
        Self { store, certificates }
    }
}

/// The files that stand in a directory, in the order of their names; none that is hidden.
fn files_of(directory: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let mut files = Vec::new();
    for item in std::fs::read_dir(directory)? {
        let item = item?;
        if !item.file_name().as_encoded_bytes().starts_with(b".") {
            files.push(item.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The roots that this machine trusts: those of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are
/// set; none where there are none.
#[must_use]
pub fn machine_roots() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// For connections to servers that are verified: by the roots of this machine, and by `more`.
pub(crate) fn verifying_config(more: Option<&RootSet>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut store = RootSet::from_machine().store.clone();
    store.extend(more.into_iter().flat_map(|more| more.store.roots.iter().cloned()));
    config(store)
}

/// For connections in clear: it trusts no root.
pub(crate) fn plain_config() -> Result<Arc<ClientConfig>, rustls::Error> {
    config(RootCertStore::empty())
}

fn config(roots: RootCertStore) -> Result<Arc<ClientConfig>, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// The usual algorithms of the TLS library.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path) -> String {
        RootSet::from_ca_file(path).unwrap_err().to_string()
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_an_error_and_not_an_empty_trust() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert_eq!(refusal(&path), "no such file or directory");
        std::fs::write(&path, "no certificate\n").unwrap();
        assert_eq!(refusal(&path), "it holds no certificate");
        assert_eq!(refusal(folder.path()), "it holds no certificate");
        assert_eq!(refusal(Path::new("/dev/zero")), "it is a device and no regular file");
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nMIIB\n").unwrap();
        assert_eq!(refusal(&path), "its block has no END line");
    }

    #[test]
    fn a_ca_file_is_read_wherever_its_blocks_begin() {
        let key = rcgen::KeyPair::generate().unwrap();
        let root = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        let pem = root.pem().trim_end().to_owned();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let read = |path: &Path| RootSet::from_ca_file(path).unwrap().certificates;
        let escaped = format!("CA='{}'", pem.replace('\n', "\\n"));
        let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n";
        let glued = format!("{}{pem}", key.serialize_pem().trim_end());
        for text in [format!("{pem}{pem}"), format!("\u{feff}{pem}"), glued, escaped, format!("{pem}\n{broken}")] {
            std::fs::write(&path, &text).unwrap();
            assert_eq!(read(&path), [root.der().clone()], "{text}");
            assert!(verifying_config(Some(&RootSet::from_ca_file(&path).unwrap())).is_ok());
        }
        std::fs::write(&path, root.der()).unwrap();
        assert_eq!(read(&path), [root.der().clone()]);
    }

    #[test]
    fn a_directory_holds_the_roots_of_all_its_files_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = || {
            let key = rcgen::KeyPair::generate().unwrap();
            rcgen::CertificateParams::default().self_signed(&key).unwrap()
        };
        let (first, second) = (root(), root());
        std::fs::write(folder.path().join("a.pem"), first.pem()).unwrap();
        std::fs::write(folder.path().join("b.der"), second.der()).unwrap();
        std::fs::write(folder.path().join("README"), "The roots of this house.\n").unwrap();
        std::fs::write(folder.path().join(".hidden"), root().pem()).unwrap();
        std::fs::create_dir(folder.path().join("below")).unwrap();
        std::os::unix::fs::symlink("a.pem", folder.path().join("0a1b2c3d.0")).unwrap();
        std::os::unix::fs::symlink("gone", folder.path().join("9f8e7d6c.0")).unwrap();
        let read = RootSet::from_ca_file(folder.path()).unwrap().certificates;
        assert_eq!(read, [first.der().clone(), second.der().clone()]);
    }
}
