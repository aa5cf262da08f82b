//! Who this machine is to servers that ask for a certificate of their clients.

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::file;
use crate::certificate;
use crate::disk;
use crate::net::roots::provider;
use crate::policy::ClientCertificate;

/// A chain and its key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Reads what the policy names; the error is a clause that names the file.
pub(super) fn read(client: &ClientCertificate) -> Result<Identity, String> {
    let unusable = |reason: String| format!("the client certificate `{}` {reason}", client.certificate.display());
    let content = file::Reader::default()
        .read(&client.certificate, false, None)
        .map_err(|error| unusable(format!("cannot be read: {error}")))?;
    let chain: Vec<_> =
        content.contents.certificates.iter().map(|parsed| CertificateDer::from(parsed.der.clone())).collect();
    if chain.is_empty() {
        return Err(unusable("holds no certificate".to_owned()));
    }
    let bytes = disk::read_whole(&client.key)
        .map_err(|error| format!("the client key `{}` cannot be read: {error}", client.key.display()))?;
    // What is wrong with a key would quote it.
    let key = certificate::private_key(&bytes).unwrap_or(bytes);
    let key = PrivateKeyDer::try_from(key)
        .map_err(|_| format!("the client key `{}` holds no private key without a password", client.key.display()))?;
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let fits = builder.map(|builder| {
        builder.with_root_certificates(RootCertStore::empty()).with_client_auth_cert(chain.clone(), key.clone_key())
    });
    match fits {
        Ok(Ok(_)) => Ok((chain, key)),
        Ok(Err(_)) | Err(_) => Err(unusable(format!("does not fit the client key `{}`", client.key.display()))),
    }
}
