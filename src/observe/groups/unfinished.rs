//! A share of X25519 whose key is not known: it costs nothing, and is enough to learn whether a server accepts an offer.

use std::sync::Arc;

use rustls::crypto::{ActiveKeyExchange, CryptoProvider, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, OtherError};

use super::random;

/// The server goes on. What it shows then can be read with the key alone.
#[derive(Debug, thiserror::Error)]
#[error("the key of the offered share is not known")]
struct NoKey;

/// Makes an offer of `provider` cost nothing, where only the answer to it is wanted. Of a server that chooses another
/// group, or TLS 1.2, the certificate is read all the same.
pub(in super::super) fn leave_key_out(provider: &mut CryptoProvider) {
    for group in &mut provider.kx_groups {
        if group.name() == NamedGroup::X25519 {
            *group = &Unfinished;
        }
    }
}

/// Whether a handshake ended because the offer had no key.
pub(in super::super) fn is_key_needed(error: &Error) -> bool {
    matches!(error, Error::Other(OtherError(cause)) if cause.is::<NoKey>())
}

#[derive(Debug)]
struct Unfinished;

impl SupportedKxGroup for Unfinished {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        // Any 32 bytes are the share of a key (RFC 7748 §5).
        Ok(Box::new(Share(random()?)))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

struct Share([u8; 32]);

impl ActiveKeyExchange for Share {
    fn complete(self: Box<Self>, _: &[u8]) -> Result<SharedSecret, Error> {
        Err(Error::Other(OtherError(Arc::new(NoKey))))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn pub_key(&self) -> &[u8] {
        &self.0
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}
