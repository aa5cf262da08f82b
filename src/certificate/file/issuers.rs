//! Certificates of authorities that were read before.

use std::collections::HashMap;
use std::sync::Arc;

use crate::certificate::der::{CertificateWithDer, Repeated};

/// The same intermediate stands in most files.
#[derive(Debug, Default)]
pub struct Issuers {
    /// By their text.
    read: HashMap<Tail, (Vec<u8>, Arc<CertificateWithDer>)>,
    repeated: Repeated,
}

/// The end of a block lies in the signature, so it tells blocks apart for less than a hash of it all.
type Tail = [u8; 48];

impl Issuers {
    const KEPT: usize = 64;

    fn tail(text: &[u8]) -> Option<Tail> {
        let start = text.len().checked_sub(80)?;
        text[start..].first_chunk().copied()
    }

    pub(super) const fn repeated(&mut self) -> &mut Repeated {
        &mut self.repeated
    }

    pub(super) fn known(&self, text: &[u8]) -> Option<Arc<CertificateWithDer>> {
        let (known, parsed) = self.read.get(&Self::tail(text)?)?;
        (known == text).then(|| Arc::clone(parsed))
    }

    pub(super) fn keep(&mut self, text: &[u8], parsed: &Arc<CertificateWithDer>) {
        if let (true, Some(tail)) = (parsed.certificate.is_authority && self.read.len() < Self::KEPT, Self::tail(text))
        {
            self.read.insert(tail, (text.to_vec(), Arc::clone(parsed)));
        }
    }
}
