//! The names by which certificates succeed each other, and which of them others have too.

use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU64;

use crate::certificate::Certificate;

/// Who has each name, by its hash. Most certificates share no name with another: they succeed none and have no successor.
#[derive(Debug)]
pub(super) struct NameHolders {
    hashes: RandomState,
    /// The hashes of a name and of its holder; none where there are several. In order, and each name once.
    by_name: Vec<(u64, Option<NonZeroU64>)>,
    /// Where in the list the hashes begin that have the same first bits, a few for each.
    begins: Vec<usize>,
    /// Some name is a wildcard.
    have_wildcards: bool,
}

impl NameHolders {
    pub(super) fn new<'a>(certificates: impl Iterator<Item = &'a Certificate> + Clone) -> Self {
        let count = certificates.clone().map(|certificate| certificate.name_count().max(1)).sum();
        let mut holders = Self {
            hashes: RandomState::new(),
            by_name: Vec::with_capacity(count),
            begins: Vec::new(),
            have_wildcards: false,
        };
        for certificate in certificates {
            let Self { hashes, by_name, have_wildcards, .. } = &mut holders;
            let holder = hash(hashes, certificate);
            each_key(certificate, |name| {
                by_name.push((hashes.hash_one(name.as_bytes()), Some(holder)));
                *have_wildcards |= name.starts_with('*');
            });
        }
        holders.by_name.sort_unstable();
        holders.by_name.dedup_by(|again, first| {
            let is_same_name = again.0 == first.0;
            if is_same_name && again.1 != first.1 {
                first.1 = None;
            }
            is_same_name
        });
        holders.index();
        holders
    }

    fn index(&mut self) {
        let bits = self.by_name.len().checked_ilog2().unwrap_or(0).saturating_sub(2);
        self.begins = vec![0; (1 << bits) + 1];
        for (name, _) in &self.by_name {
            self.begins[first_bits(*name, bits) + 1] += 1;
        }
        let mut sum = 0;
        for begin in &mut self.begins {
            sum += *begin;
            *begin = sum;
        }
    }

    /// Whether any but `own` has the name.
    fn is_of_other(&self, name: &str, own: NonZeroU64) -> bool {
        let name = self.hashes.hash_one(name.as_bytes());
        let first = first_bits(name, (self.begins.len() - 1).ilog2());
        let alike = &self.by_name[self.begins[first]..self.begins[first + 1]];
        alike.iter().any(|(other, holder)| *other == name && *holder != Some(own))
    }

    /// Whether another certificate may have one of its names, or a wildcard for it.
    pub(super) fn are_others(&self, certificate: &Certificate) -> bool {
        let own = hash(&self.hashes, certificate);
        let mut are_others = false;
        each_key(certificate, |name| {
            are_others = are_others
                || self.is_of_other(name, own)
                || self.have_wildcards && wildcard(name).is_some_and(|name| self.is_of_other(&name, own));
        });
        are_others
    }
}

fn first_bits(hash: u64, bits: u32) -> usize {
    hash.checked_shr(u64::BITS - bits).and_then(|first| usize::try_from(first).ok()).unwrap_or(0)
}

/// The same certificate counts as another where its chain ends later.
fn hash(hashes: &RandomState, certificate: &Certificate) -> NonZeroU64 {
    NonZeroU64::MIN | hashes.hash_one((certificate.fingerprint, certificate.effective_end().unix_timestamp()))
}

/// [`keys`] and [`names`] without a list of them.
fn each_key(certificate: &Certificate, mut note: impl FnMut(&str)) {
    let is_plain = |name: &String| !name.ends_with('.') && !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let has_names = !certificate.dns_names.is_empty() && certificate.ip_addresses.is_empty() && !certificate.is_date();
    if has_names && certificate.dns_names.iter().all(is_plain) {
        for name in &certificate.dns_names {
            note(name);
        }
    } else {
        let names = if certificate.is_date() { names(certificate) } else { Vec::new() };
        for name in keys(certificate).into_iter().chain(names) {
            note(&name);
        }
    }
}

/// Its names; the subject stands for them where it has none.
pub(super) fn keys(certificate: &Certificate) -> Vec<String> {
    if certificate.is_date() {
        return vec![format!("date {}", certificate.subject)];
    }
    let names = names(certificate);
    if names.is_empty() { vec![subject_key(certificate)] } else { names }
}

/// What stands for the names of a certificate that has none.
pub(super) fn subject_key(certificate: &Certificate) -> String {
    format!("subject {}", certificate.subject)
}

/// The wildcard that stands for a name.
pub(super) fn wildcard(name: &str) -> Option<String> {
    let (label, parent) = name.split_once('.')?;
    let is_name = label != "*" && parent.contains(|character: char| !character.is_ascii_digit() && character != '.');
    is_name.then(|| format!("*.{parent}"))
}

pub(super) fn names(certificate: &Certificate) -> Vec<String> {
    let addresses = certificate.ip_addresses.iter().map(|address| address.to_canonical().to_string());
    let plain = |name: &String| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    certificate.dns_names.iter().map(plain).chain(addresses).collect()
}
