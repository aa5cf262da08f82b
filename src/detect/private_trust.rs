//! Until when a private authority can give its certificates their full lifetime: none outlives its issuer.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use super::public_trust::is_public;
use crate::certificate::{Certificate, CertificateKind, Chain};
use crate::observation::ObservedCertificate;

/// No path has more issuers.
const LONGEST_PATH: usize = 16;
/// Of a certificate that lives longer than this, a renewal for as long is no news, and in the first half of its life the
/// renewal is too far away.
const LONG_LIFE: Duration = Duration::days(398);

/// An issuer that ends before a renewal of the certificate at its end would.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShortIssuer<'a> {
    pub issuer: &'a Certificate,
    /// From then on what it issues lives shorter than this certificate, or is refused.
    pub from: OffsetDateTime,
    /// Of this certificate.
    pub lifetime: Duration,
}

/// The issuer that will cut the next renewal short, where a private authority issued the certificate.
pub(super) fn short_issuer(sight: &ObservedCertificate, now: OffsetDateTime) -> Option<ShortIssuer<'_>> {
    let leaf = &sight.chain.leaf;
    if leaf.kind != CertificateKind::Certificate || leaf.is_self_issued || leaf.has_no_end() || !leaf.is_valid(now) {
        return None;
    }
    let lifetime = leaf.lifetime();
    let is_young = leaf.not_after - now > lifetime / 2;
    if lifetime > LONG_LIFE && is_young {
        return None;
    }
    let would_end = leaf.not_after.saturating_add(lifetime.min(LONG_LIFE));
    // An issuer that ends before the certificate is the end of the certificate, and is told as such.
    let cuts = |issuer: &Certificate| leaf.not_after <= issuer.not_after && issuer.not_after < would_end;
    // Nearly always there is none: then no path need be found.
    if !sight.chain.rest.iter().chain(&sight.root).any(|issuer| cuts(issuer)) {
        return None;
    }
    let issuer = first_to_end(sight)?;
    if !cuts(issuer) || issuer.has_no_end() || is_public(sight) {
        return None;
    }
    let from = issuer.not_after.saturating_sub(lifetime);
    Some(ShortIssuer { issuer, from, lifetime })
}

/// Of the issuers on the path that lasts longest, the one that ends first. A root counts where it issued the certificate
/// itself: no authority issues beyond its own certificate, and no client asks for the end of a root.
fn first_to_end(sight: &ObservedCertificate) -> Option<&Certificate> {
    let (chain, needed) = (&sight.chain, sight.needed.as_deref());
    let is_needed = |issuer: &Certificate| needed.is_none_or(|needed| needed.contains(&issuer.fingerprint));
    let own = of_name(chain, &chain.leaf.issuer);
    let direct: Vec<&Certificate> = own.chain(sight.root.as_deref()).collect();
    let direct = direct.into_iter().filter(|issuer| issuer.subject == chain.leaf.issuer);
    let needed = direct.clone().filter(|issuer| is_needed(issuer)).max_by_key(|issuer| issuer.not_after);
    let issuer = needed.or_else(|| direct.max_by_key(|issuer| issuer.not_after))?;
    let mut first = issuer;
    let mut above = issuer;
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    while !above.is_self_issued && reached.len() < LONGEST_PATH && reached.insert(&above.subject) {
        let next = of_name(chain, &above.issuer).filter(|issuer| is_needed(issuer) && !issuer.is_self_issued);
        let Some(next) = next.max_by_key(|issuer| issuer.not_after) else { break };
        if next.not_after < first.not_after {
            first = next;
        }
        above = next;
    }
    Some(first)
}

fn of_name<'a>(chain: &'a Chain, name: &'a str) -> impl Iterator<Item = &'a Certificate> {
    chain.rest.iter().map(AsRef::as_ref).filter(move |issuer: &&Certificate| issuer.subject == name)
}
