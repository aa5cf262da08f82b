//! A private certificate authority, and TLS servers that it vouches for, or not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;

/// Made on the spot; trusted only where its file is named.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    folder: tempfile::TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(parameters, key), pem, folder: tempfile::tempdir().unwrap() }
    }

    /// For `ca-file`.
    pub(crate) fn file(&self) -> PathBuf {
        let path = self.folder.path().join("ca.pem");
        std::fs::write(&path, &self.pem).unwrap();
        path
    }

    /// Every form that a `ca-file` may have.
    pub(crate) fn files(&self) -> Vec<(&'static str, PathBuf)> {
        forms(&self.pem, self.folder.path())
    }

    /// A server with a certificate for `name`.
    pub(crate) fn server(&self, name: &str) -> Arc<ServerConfig> {
        self.server_until(name, OffsetDateTime::UNIX_EPOCH + time::Duration::days(365 * 100))
    }

    pub(crate) fn server_until(&self, name: &str, not_after: OffsetDateTime) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        parameters.not_after = not_after;
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }
}

/// A root in every form that a `ca-file` may have, written below `folder`.
pub(crate) fn forms(root: &str, folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let der = CertificateDer::from_pem_slice(root.as_bytes()).unwrap().to_vec();
    let key = KeyPair::generate().unwrap();
    let other = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let path = |name: &str| folder.join(format!("form-{name}"));
    let directory = path("directory");
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("README"), "The roots of this house.\n").unwrap();
    std::fs::write(directory.join("a.pem"), other.pem()).unwrap();
    std::fs::write(directory.join("b.pem"), root).unwrap();
    let mut forms = vec![("directory", directory)];
    for (name, bytes) in [
        ("bundle", format!("{}{root}", other.pem()).into_bytes()),
        ("bundle with a broken block", format!("{broken}{root}").into_bytes()),
        ("der", der.clone()),
        ("pkcs7", pkcs7(&der)),
        (
            "pkcs7 in pem",
            format!("-----BEGIN PKCS7-----\n{}\n-----END PKCS7-----\n", STANDARD.encode(pkcs7(&der))).into_bytes(),
        ),
    ] {
        std::fs::write(path(name), bytes).unwrap();
        forms.push((name, path(name)));
    }
    forms
}

/// Signed data without a signature: only the certificate (RFC 5652 §5.1).
fn pkcs7(certificate: &[u8]) -> Vec<u8> {
    const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
    let parts = [b"\x02\x01\x01\x31\x00".to_vec(), tlv(0x30, DATA), tlv(0xa0, certificate), b"\x31\x00".to_vec()];
    tlv(0x30, &[SIGNED_DATA.to_vec(), tlv(0xa0, &tlv(0x30, &parts.concat()))].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = if content.len() < 128 { vec![tag, length[1]] } else { vec![tag, 0x82, length[0], length[1]] };
    [head, content.to_vec()].concat()
}
