//! A certificate with another key than what clients hold it to: they will refuse it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::certificate::Fingerprint;
use crate::event::{Finding, FindingId};
use crate::observation::{ObservedCertificate, PublishedTlsa};
use crate::policy::{Pin, Pins};

/// None of the pins, or none of the TLSA records, is for the chain; or DNS has no record, or did not say.
pub(super) fn pins(pins: &Pins, sight: &ObservedCertificate) -> Vec<Finding> {
    let leaf = &sight.chain.leaf;
    let Some(id) = leaf.key.id.filter(|_| !pins.is_empty() && !leaf.is_revocation_list) else { return Vec::new() };
    let fits = |list: &[Pin]| list.iter().any(|pin| pin.fits(&sight.chain));
    let mut wrong = Vec::new();
    if !pins.keys.is_empty() && !fits(&pins.keys) {
        wrong.push(format!("its key `sha256/{}` is not among its pins", BASE64.encode(id.bytes())));
    }
    if !pins.tlsa.is_empty() && !fits(&pins.tlsa) {
        wrong.push(format!("no TLSA record of it fits: `3 1 1 {id}` would"));
    }
    let (mut missing, mut unknown) = (Vec::new(), Vec::new());
    for lookup in &*sight.tlsa {
        let at = &lookup.name;
        match &lookup.found {
            PublishedTlsa::Nothing => missing.push(format!("DNS has no TLSA record at `{at}`: `3 1 1 {id}` would fit")),
            PublishedTlsa::Records { pins, .. } if fits(pins) => {}
            PublishedTlsa::Records { has_others: true, .. } => {
                unknown.push(why_unknown(at, "none that can be compared fits: there are some with SHA-512"));
            }
            PublishedTlsa::Records { has_others: false, .. } => wrong.push(mismatch(at, id)),
            PublishedTlsa::Unknown(clause) => unknown.push(why_unknown(at, clause)),
        }
    }
    let finding = |id, clauses: Vec<String>| (!clauses.is_empty()).then(|| Finding::new(id, clauses.join("; ")));
    let all = [
        finding(FindingId::PinMismatch, wrong),
        finding(FindingId::TlsaMissing, missing),
        finding(FindingId::TlsaUnknown, unknown),
    ];
    all.into_iter().flatten().collect()
}

fn mismatch(at: &str, id: Fingerprint) -> String {
    format!("no TLSA record at `{at}` fits: `3 1 1 {id}` would")
}

fn why_unknown(at: &str, clause: &str) -> String {
    format!("the TLSA records at `{at}`: {clause}")
}
