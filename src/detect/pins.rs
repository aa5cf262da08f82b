//! A certificate with another key than what clients hold it to: they will refuse it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::event::{Finding, FindingId};
use crate::observation::ObservedCertificate;
use crate::policy::{Pin, Pins};

/// None of the pins, or none of the TLSA records of the entry, is for the chain.
pub(super) fn not_pinned(pins: &Pins, sight: &ObservedCertificate) -> Option<Finding> {
    let leaf = &sight.chain.leaf;
    if pins.is_empty() || leaf.is_revocation_list {
        return None;
    }
    let fails = |list: &[Pin]| !list.is_empty() && !list.iter().any(|pin| pin.fits(&sight.chain));
    let id = leaf.key.id?;
    let mut clauses = Vec::new();
    if fails(&pins.keys) {
        clauses.push(format!("its key `sha256/{}` is not among its pins", BASE64.encode(id.bytes())));
    }
    if fails(&pins.tlsa) {
        clauses.push(format!("no TLSA record of it fits: `3 1 1 {id}` would"));
    }
    (!clauses.is_empty()).then(|| Finding::new(FindingId::PinMismatch, clauses.join("; ")))
}
