//! What a file or an endpoint showed before, and what it shows now.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::context::{DetectContext, ObservedLeaf};
use super::names::{keys, subject_key, wildcard};
use super::succession::succeeds;
use crate::certificate::{Certificate, Fingerprint};
use crate::history::PlaceRecord;

/// A file may hold thousands, all renewed at once: none of them is searched for among the others.
#[derive(Default)]
pub(super) struct LocationDiff<'a> {
    pub before: Vec<(&'a str, &'a PlaceRecord)>,
    pub shown: Vec<ObservedLeaf<'a>>,
    index: OnceCell<Index<'a>>,
    is_mixed: OnceCell<bool>,
}

/// Where in the list of those that are shown each of them stands, in the order of the list.
struct Index<'a> {
    fingerprints: HashSet<Fingerprint>,
    /// Those that were there before what was there last.
    earlier: HashSet<Fingerprint>,
    places: HashMap<&'a str, usize>,
    algorithms: HashMap<&'a str, usize>,
    names: ByName,
}

/// Where in a list of certificates those with a name stand.
struct ByName(HashMap<String, Vec<usize>>);

impl ByName {
    fn new<'a>(certificates: impl Iterator<Item = &'a Certificate>) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (nth, certificate) in certificates.enumerate() {
            let names: BTreeSet<String> = keys(certificate).into_iter().chain([subject_key(certificate)]).collect();
            for name in names {
                by_name.entry(name).or_default().push(nth);
            }
        }
        Self(by_name)
    }

    /// Those that have the first name of `old`, as each of its successors has, in the order of the list.
    fn candidates(&self, old: &Certificate) -> Vec<usize> {
        let first = keys(old).into_iter().next();
        let wildcard = first.as_deref().and_then(wildcard);
        let names = first.into_iter().chain(wildcard);
        let mut candidates: Vec<usize> = names.filter_map(|name| self.0.get(&name)).flatten().copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

impl<'a> Index<'a> {
    fn new(diff: &LocationDiff<'a>) -> Self {
        let mut index = Self {
            fingerprints: diff.shown.iter().map(|shown| shown.leaf().fingerprint).collect(),
            earlier: diff.before.iter().flat_map(|(_, record)| record.earlier.iter().copied()).collect(),
            places: HashMap::new(),
            algorithms: HashMap::new(),
            names: ByName::new(diff.shown.iter().map(ObservedLeaf::leaf)),
        };
        for (nth, shown) in diff.shown.iter().enumerate() {
            let leaf = shown.leaf();
            index.places.entry(&shown.observation.place).or_insert(nth);
            index.algorithms.entry(&leaf.key.algorithm).or_insert(nth);
        }
        index
    }
}

impl<'a> LocationDiff<'a> {
    fn index(&self) -> &Index<'a> {
        self.index.get_or_init(|| Index::new(self))
    }

    pub(super) fn shows(&self, fingerprint: Fingerprint) -> bool {
        self.index().fingerprints.contains(&fingerprint)
    }

    pub(super) fn had_earlier(&self, fingerprint: Fingerprint) -> bool {
        self.index().earlier.contains(&fingerprint)
    }

    /// What stands at one place of it.
    pub(super) fn at(&self, place: &str) -> Option<ObservedLeaf<'a>> {
        self.index().places.get(place).and_then(|nth| self.shown.get(*nth)).copied()
    }

    /// The certificate that has come in the place of `old` and succeeds it: of the same key algorithm, or of another
    /// where the place shows one at a time.
    pub(super) fn successor(&self, old: &Certificate, context: &DetectContext) -> Option<ObservedLeaf<'a>> {
        let is_same = |shown: &ObservedLeaf| shown.leaf().key.algorithm == old.key.algorithm;
        let candidates = self.index().names.candidates(old).into_iter().filter_map(|nth| self.shown.get(nth).copied());
        let mut succeeding = candidates.filter(|shown| succeeds(shown.leaf(), old, context.now));
        let first = succeeding.next()?;
        if is_same(&first) {
            return Some(first);
        }
        succeeding.find(is_same).or_else(|| (!self.is_mixed(context)).then_some(first))
    }

    /// What is shown now that `old` is not: of its key algorithm where there is such a one.
    pub(super) fn shown_instead(&self, old: &Certificate) -> Option<ObservedLeaf<'a>> {
        let same = self.index().algorithms.get(old.key.algorithm.as_str());
        same.and_then(|nth| self.shown.get(*nth)).or(self.shown.first()).copied()
    }

    /// Several key algorithms are shown at once, or were.
    fn is_mixed(&self, context: &DetectContext) -> bool {
        *self.is_mixed.get_or_init(|| {
            // What one of several places showed until the run before counts, too.
            let displaced = self.before.iter().filter(|_| self.before.len() > 1);
            let displaced = displaced.filter_map(|(_, record)| record.displaced);
            let before = self.before.iter().map(|(_, record)| record.fingerprint).chain(displaced);
            let before = before.filter_map(|fingerprint| context.facts(fingerprint));
            let before: BTreeSet<&str> = before.map(|old| old.key.algorithm.as_str()).collect();
            before.len() > 1 || self.index().algorithms.len() > 1
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::certificate::CertificateKind;

    const NOW: OffsetDateTime = datetime!(2026-11-30 9:00 UTC);

    fn certificate((number, subject, dns_names, addresses, end): (u8, bool, Vec<&str>, Vec<&str>, i64)) -> Certificate {
        let subject = if subject { "CN=www" } else { "CN=mail" };
        let mut certificate = Certificate::from_date(subject, "", NOW + Duration::days(end));
        certificate.fingerprint = Fingerprint::new([number; 32]);
        certificate.kind = if number == 0 { certificate.kind } else { CertificateKind::Certificate };
        certificate.not_before = NOW - Duration::days(9);
        certificate.dns_names = dns_names.into_iter().map(str::to_owned).collect();
        certificate.ip_addresses = addresses.into_iter().map(|address| address.parse().unwrap()).collect();
        certificate
    }

    fn certificates() -> impl Strategy<Value = Vec<Certificate>> {
        let names = ["a.x.org", "A.x.org.", "b.x.org", "*.x.org", "*.X.org", "x.org", "c.y.org", "192.0.2.1", ""];
        let names = prop::collection::vec(prop::sample::select(names.to_vec()), 0..3);
        let addresses = prop::sample::subsequence(vec!["192.0.2.1", "2001:db8::1"], 0..=2);
        let facts = (0..9_u8, any::<bool>(), names, addresses, 1..20_i64);
        prop::collection::vec(facts.prop_map(certificate), 0..9)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn every_successor_is_a_candidate(certificates in certificates()) {
            let by_name = ByName::new(certificates.iter());
            for old in &certificates {
                let is_successor = |nth: &usize| succeeds(&certificates[*nth], old, NOW);
                let found: Vec<usize> = by_name.candidates(old).into_iter().filter(is_successor).collect();
                let successors: Vec<usize> = (0..certificates.len()).filter(is_successor).collect();
                prop_assert_eq!(found, successors);
            }
        }
    }
}
