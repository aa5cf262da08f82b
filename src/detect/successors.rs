//! Which of several certificates takes the place of another.

use std::collections::BTreeMap;
use std::net::IpAddr;

use time::OffsetDateTime;

use crate::certificate::Certificate;

/// Certificates in files that may succeed another, by each of their names. Those of endpoints stay out: nothing
/// elsewhere is a comfort to whoever is served the old one.
#[derive(Debug)]
pub struct Successors<'a> {
    by_name: BTreeMap<String, Vec<&'a Certificate>>,
    by_subject: BTreeMap<&'a str, Vec<&'a Certificate>>,
}

impl<'a> Successors<'a> {
    #[must_use]
    pub fn of(certificates: impl IntoIterator<Item = &'a Certificate>, now: OffsetDateTime) -> Self {
        let mut successors = Self { by_name: BTreeMap::new(), by_subject: BTreeMap::new() };
        for certificate in certificates.into_iter().filter(|certificate| certificate.is_valid(now)) {
            for name in names(certificate) {
                successors.by_name.entry(name).or_default().push(certificate);
            }
            successors.by_subject.entry(&certificate.subject).or_default().push(certificate);
        }
        successors
    }

    /// The certificates that would succeed `old` as far as dates and issuer go, by `name`.
    fn later<'b>(&'b self, old: &'b Certificate, name: &str) -> impl Iterator<Item = &'a Certificate> + 'b {
        let candidates = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        candidates.iter().copied().filter(|new| is_later(new, old))
    }

    /// A successor whose names include every name of `old` literally.
    #[must_use]
    pub fn renewing(&self, old: &Certificate) -> Option<&'a Certificate> {
        let wanted = names(old);
        let Some(first) = wanted.first() else {
            let same_subject = self.by_subject.get(old.subject.as_str()).map(Vec::as_slice).unwrap_or_default();
            return same_subject.iter().copied().find(|new| is_later(new, old));
        };
        self.later(old, first).find(|new| {
            let has = names(new);
            wanted.iter().all(|name| has.contains(name))
        })
    }

    /// The names of `old` that its closest would-be successor does not cover; none where there is no such one.
    #[must_use]
    pub fn left_out(&self, old: &Certificate) -> Vec<String> {
        let wanted = names(old);
        let missing_in = |new: &Certificate| {
            let has = names(new);
            wanted.iter().filter(|name| !has.contains(name)).cloned().collect::<Vec<_>>()
        };
        let candidates = wanted.iter().flat_map(|name| self.later(old, name));
        candidates
            .filter(|new| new.not_before > old.not_before)
            .map(missing_in)
            .min_by_key(Vec::len)
            .unwrap_or_default()
    }
}

/// A certificate that ends earlier than the one before it by at most one part in this many of its lifetime is a reissue.
const REISSUE: i32 = 10;

/// Expires later, is valid now (only those are kept), and is not self-signed unless the old one is.
fn is_later(new: &Certificate, old: &Certificate) -> bool {
    new.not_after > old.not_after && is_alike(new, old)
}

fn is_alike(new: &Certificate, old: &Certificate) -> bool {
    (!new.is_self_issued || old.is_self_issued) && new.is_revocation_list == old.is_revocation_list
}

/// Issued no earlier than `old`, and ends with it or at most a tenth of its lifetime before it.
fn is_reissue(new: &Certificate, old: &Certificate) -> bool {
    new.not_before >= old.not_before
        && new.not_after <= old.not_after
        && old.not_after - new.not_after <= old.lifetime() / REISSUE
        && new.fingerprint != old.fingerprint
        && is_alike(new, old)
}

fn names(certificate: &Certificate) -> Vec<String> {
    let addresses = certificate.ip_addresses.iter().map(IpAddr::to_string);
    certificate.dns_names.iter().map(|name| name.to_ascii_lowercase()).chain(addresses).collect()
}

/// Whether `new`, standing in the place of `old`, succeeds it. A reissue counts only there: of two that stand side by
/// side, each could be a reissue of the other.
pub(super) fn succeeds(new: &Certificate, old: &Certificate, now: OffsetDateTime) -> bool {
    let covers_all = if old.dns_names.is_empty() && old.ip_addresses.is_empty() {
        new.subject == old.subject
    } else {
        not_covered(new, old).is_empty()
    };
    new.is_valid(now) && (is_later(new, old) || is_reissue(new, old)) && covers_all
}

/// The names of `old` that `new` does not cover.
pub(super) fn not_covered(new: &Certificate, old: &Certificate) -> Vec<String> {
    names(old).into_iter().filter(|name| !new.covers(name)).collect()
}
