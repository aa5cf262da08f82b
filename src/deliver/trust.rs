//! Whom delivery trusts: the roots of this machine, and a private authority where the policy names one.

use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::cause::{CaFileError, DeliveryCause};
use crate::net::roots::{RootSet, verifying_config};

/// What TLS connections are judged by. Every one is: there is no way to switch it off.
///
/// # Errors
/// No server can be trusted as the policy file asks.
pub(super) fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, DeliveryCause> {
    let read = |path: &Path| {
        let bad = |error: CaFileError| DeliveryCause::BadCaFile(path.display().to_string(), error.into());
        RootSet::from_ca_file(path).map_err(bad)
    };
    let own = ca_file.map(read).transpose()?;
    verifying_config(own.as_ref()).map_err(|error| DeliveryCause::NoTls(error.to_string()))
}
