//! A certificate with another key than what clients hold it to: they will refuse it.

use crate::cause::{FindingCause, TlsaUnknown};
use crate::event::{Finding, FindingId};
use crate::observation::{ObservedCertificate, PublishedTlsa};
use crate::policy::{Pin, Pins};

/// None of the pins, or none of the TLSA records, is for the chain; or DNS has no record, or did not say.
pub(super) fn pins(pins: &Pins, sight: &ObservedCertificate) -> Vec<Finding> {
    let leaf = &sight.chain.leaf;
    let Some(key) = leaf.key.id.filter(|_| !pins.is_empty()) else { return Vec::new() };
    let fits = |list: &[Pin]| list.iter().any(|pin| pin.fits(&sight.chain));
    let mut wrong = Vec::new();
    if !pins.keys.is_empty() && !fits(&pins.keys) {
        wrong.push(FindingCause::PinMismatch { key });
    }
    if !pins.tlsa.is_empty() && !fits(&pins.tlsa) {
        wrong.push(FindingCause::TlsaMismatch { at: None, key });
    }
    let (mut missing, mut unknown) = (Vec::new(), Vec::new());
    for lookup in &*sight.checks().tlsa {
        let at = lookup.name.clone();
        match &lookup.found {
            PublishedTlsa::Nothing => missing.push(FindingCause::TlsaMissing { at, key }),
            PublishedTlsa::Records { pins, .. } if fits(pins) => {}
            PublishedTlsa::Records { has_others: true, .. } => {
                unknown.push(FindingCause::TlsaUnknown { at, why: TlsaUnknown::Incomparable });
            }
            PublishedTlsa::Records { has_others: false, .. } => {
                wrong.push(FindingCause::TlsaMismatch { at: Some(at), key });
            }
            PublishedTlsa::Unknown(why) => unknown.push(FindingCause::TlsaUnknown { at, why: why.clone() }),
        }
    }
    let all = [
        Finding::from_all(FindingId::PinMismatch, wrong),
        Finding::from_all(FindingId::TlsaMissing, missing),
        Finding::from_all(FindingId::TlsaUnknown, unknown),
    ];
    all.into_iter().flatten().collect()
}
