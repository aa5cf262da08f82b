//! Whether one certificate takes the place of another.

use time::OffsetDateTime;

use super::names::names;
use crate::certificate::{Certificate, Names};

/// By what certificates are compared: the end that counts, then their own.
pub(super) type Ends = (OffsetDateTime, OffsetDateTime);

pub(super) fn ends(certificate: &Certificate) -> Ends {
    (certificate.effective_end(), certificate.not_after)
}

/// A certificate that ends earlier than the one before it by at most one part in this many of its lifetime is a reissue.
const REISSUE: i32 = 10;

/// Expires later, is valid now (only those are kept), and is not self-signed unless the old one is.
fn is_later(new: &Certificate, old: &Certificate) -> bool {
    ends(new) > ends(old) && is_alike(new, old)
}

fn is_alike(new: &Certificate, old: &Certificate) -> bool {
    (!new.is_self_issued || old.is_self_issued) && new.kind == old.kind
}

/// Issued no earlier than `old`, and ends with it or at most a tenth of its lifetime before it.
fn is_reissue(new: &Certificate, old: &Certificate) -> bool {
    new.not_before >= old.not_before
        && new.not_after <= old.not_after
        && old.not_after - new.not_after <= old.lifetime() / REISSUE
        && new.fingerprint != old.fingerprint
        && is_alike(new, old)
}

/// Whether `new`, standing in the place of `old`, succeeds it. A reissue counts only there: of two that stand side by
/// side, each could be a reissue of the other.
#[must_use]
pub fn succeeds(new: &Certificate, old: &Certificate, now: OffsetDateTime) -> bool {
    if new.is_date() || old.is_date() {
        // An operator has written another date in the place of the old one: that is what holds now, earlier or later.
        return new.is_date() && old.is_date() && new.subject == old.subject && new.fingerprint != old.fingerprint;
    }
    new.is_valid(now) && (is_later(new, old) || is_reissue(new, old)) && covers_all(new, old)
}

/// Whether `old`, which ends no later than `new`, was in use before it for the same names.
pub(super) fn precedes(old: &Certificate, new: &Certificate) -> bool {
    old.not_before <= new.not_before && is_alike(new, old) && covers_all(new, old)
}

fn covers_all(new: &Certificate, old: &Certificate) -> bool {
    if old.dns_names.is_empty() && old.ip_addresses.is_empty() {
        return new.subject == old.subject;
    }
    // Most strangers differ in the first name already.
    old.dns_names.first().is_none_or(|first| new.covers(first)) && not_covered(new, old).is_empty()
}

/// The names of `old` that `new` does not cover.
pub(super) fn not_covered(new: &Certificate, old: &Certificate) -> Vec<String> {
    let has = Names::new(new);
    names(old).into_iter().filter(|name| !has.cover(name)).collect()
}
