//! Chains as peers show them, read. The certificate of an issuer stands in the chains of many, and is read once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::certificate::{self, CertificateWithDer, ChainWithDer, NotACertificate};

/// Certificates of authorities that were read before, by their encoding.
#[derive(Default)]
pub(super) struct Issuers(Mutex<HashMap<Vec<u8>, Arc<CertificateWithDer>>>);

impl Issuers {
    /// More are read each time.
    const KEPT: usize = 256;

    fn read(&self, der: &[u8]) -> Option<Arc<CertificateWithDer>> {
        if let Some(known) = self.0.lock().ok()?.get(der) {
            return Some(Arc::clone(known));
        }
        let (parsed, _) = certificate::read_der(der).ok()?;
        let parsed = Arc::new(parsed);
        let mut known = self.0.lock().ok()?;
        if parsed.certificate.is_authority && known.len() < Self::KEPT {
            known.insert(der.to_vec(), Arc::clone(&parsed));
        }
        Some(parsed)
    }
}

/// The certificates of a chain as it was shown; the first must be readable. `leaf` is that one, where it was read before.
pub(super) fn read(
    leaf: Option<Arc<CertificateWithDer>>,
    shown: &[Vec<u8>],
    issuers: &Issuers,
) -> Result<ChainWithDer, Option<NotACertificate>> {
    let (first, rest) = shown.split_first().ok_or(None)?;
    let leaf = match leaf {
        Some(leaf) => leaf,
        None => Arc::new(certificate::read_der(first).map_err(Some)?.0),
    };
    let rest = rest.iter().filter_map(|der| issuers.read(der));
    certificate::sent(std::iter::once(leaf).chain(rest).collect()).ok_or(None)
}
