//! Whom delivery trusts: the roots of this machine, and a private authority where the policy names one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;

use crate::cause::CaFileError;
use crate::net::roots::{RootSet, verifying_config};

/// What TLS connections are judged by. Every one is: there is no way to switch it off.
pub(super) fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TrustError> {
    let bad = |path: &Path, source| TrustError::CaFile { path: path.to_owned(), source };
    let own = ca_file.map(|path| RootSet::of_ca_file(path).map_err(|source| bad(path, source))).transpose()?;
    Ok(verifying_config(own.as_ref())?)
}

/// No server can be trusted as the policy file asks.
#[derive(Debug, thiserror::Error)]
pub(super) enum TrustError {
    #[error("`ca-file` {} cannot be used: {source}", path.display())]
    CaFile { path: PathBuf, source: CaFileError },
    #[error("TLS cannot be used: {0}")]
    Tls(#[from] rustls::Error),
}
