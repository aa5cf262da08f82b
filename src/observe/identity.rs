//! Who this machine is to servers that ask for a certificate of their clients.

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::file;
use crate::cause::{FileCause, FileRole, HeldInstead};
use crate::certificate;
use crate::disk;
use crate::net::roots::provider;
use crate::policy::ClientCertificate;

/// A chain and its key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Reads what the policy names.
pub(super) fn read(client: &ClientCertificate) -> Result<Identity, FileCause> {
    let (certificate, key_path) = (client.certificate.display().to_string(), client.key.display().to_string());
    let unreadable = |role, path: &str, error| FileCause::Unreadable { role, path: path.to_owned(), error };
    let content = file::Reader::default()
        .read(&client.certificate, false, None)
        .map_err(|error| unreadable(FileRole::ClientCertificate, &certificate, error))?;
    let chain: Vec<_> =
        content.contents.certificates.iter().map(|parsed| CertificateDer::from(parsed.der.clone())).collect();
    if chain.is_empty() {
        let (role, path) = (FileRole::ClientCertificate, certificate);
        return Err(FileCause::NoCertificate { role, path, instead: HeldInstead::Nothing });
    }
    let bytes = disk::read_whole(&client.key).map_err(|error| unreadable(FileRole::ClientKey, &key_path, error))?;
    // What is wrong with a key would quote it.
    let key = certificate::private_key(&bytes).unwrap_or(bytes);
    let key = PrivateKeyDer::try_from(key).map_err(|_| FileCause::NoClientKey { path: key_path.clone() })?;
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let fits = builder.map(|builder| {
        builder.with_root_certificates(RootCertStore::empty()).with_client_auth_cert(chain.clone(), key.clone_key())
    });
    match fits {
        Ok(Ok(_)) => Ok((chain, key)),
        Ok(Err(_)) | Err(_) => Err(FileCause::OtherClientKey { certificate, key: key_path }),
    }
}
