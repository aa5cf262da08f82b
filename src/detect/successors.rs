//! Which of several certificates takes the place of another.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::fmt;

use time::OffsetDateTime;

use super::names::{NameHolders, keys, names, wildcard};
use super::place_parts::lineage;
use super::succession::{Ends, ends};
use crate::certificate::{Certificate, CertificateKind};
use crate::event::{file_of, member};
use crate::observation::Observation;

/// So many certificates that end later are tried for one; if none of them has all its names, it has no successor.
const MOST_TRIED: usize = 256;
/// So many for each of its names are searched for one that has some of them.
const MOST_PARTIAL: usize = 64;
/// Key algorithms and other differences at one place; real places show two or three.
const MOST_BUCKETS: usize = 16;
/// So many candidates are gone through as quickly as they are found by name.
const FEW: usize = 8;

/// A certificate and where it was seen.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub certificate: &'a Certificate,
    /// As the memory knows it.
    pub place: &'a str,
    /// As a person would type it.
    pub source: &'a str,
    /// The name of the entry or of its member.
    pub name: &'a str,
    pub is_endpoint: bool,
}

impl<'a> Candidate<'a> {
    /// The certificate that a look showed.
    #[must_use]
    pub fn new(observation: &'a Observation) -> Option<Self> {
        let Observation { place, source, name, is_endpoint, outcome, .. } = observation;
        let certificate = &outcome.as_ref().ok()?.chain.leaf;
        Some(Self { certificate, place, source, name, is_endpoint: *is_endpoint })
    }

    /// Its place for people, with what the file calls it.
    #[must_use]
    pub fn shown(&self) -> String {
        match member(self.place, self.name) {
            Some(member) => format!("{} ({member})", self.source),
            None => self.source.to_owned(),
        }
    }
}

/// Valid certificates that may succeed others.
pub struct Successors<'a> {
    /// Gathers them once more: a list of all would be held for nothing where no two share a name.
    seen: Box<dyn Fn() -> Vec<Candidate<'a>> + 'a>,
    now: OffsetDateTime,
    holders: NameHolders,
    /// Only of use where two certificates share a name.
    index: OnceCell<SuccessorIndex<'a>>,
}

/// Valid certificates that may succeed others, by where they were seen and by each of their names.
#[derive(Debug)]
pub(super) struct SuccessorIndex<'a> {
    candidates: Vec<Candidate<'a>>,
    /// Of each candidate.
    ends: Vec<Ends>,
    /// A number for each name, and the sorted numbers of each candidate.
    numbers: HashMap<String, usize>,
    names: Vec<Vec<usize>>,
    /// Files and endpoints that show several key algorithms at once: there, each has its own series.
    mixed: HashSet<&'a str>,
    scopes: HashMap<Scope, Vec<Bucket<'a>>>,
}

/// Within what a successor is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Scope {
    /// One endpoint, one file, or the files of one lineage.
    Place(String),
    /// Every file with a certificate of this issuing organisation.
    Issuer(String),
}

/// What has to agree before names are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Traits<'a> {
    algorithm: &'a str,
    is_self_issued: bool,
    kind: CertificateKind,
    is_mixed: bool,
}

/// The candidates of one scope that agree in their traits; those that end last come first.
#[derive(Debug)]
struct Bucket<'a> {
    traits: Traits<'a>,
    members: Vec<usize>,
    /// The same by name, where they are more than a few.
    by_name: HashMap<usize, Vec<usize>>,
}

/// A name that is looked for: its number and that of the wildcard for it, as far as a candidate has them.
#[derive(Clone, Copy)]
struct Wanted {
    name: Option<usize>,
    wildcard: Option<usize>,
}

impl Wanted {
    fn numbers(self) -> impl Iterator<Item = usize> {
        self.name.into_iter().chain(self.wildcard)
    }
}

impl fmt::Debug for Successors<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Successors").field("now", &self.now).finish_non_exhaustive()
    }
}

impl<'a> Successors<'a> {
    /// Among all that was `seen`.
    #[must_use]
    pub fn new(seen: impl Iterator<Item = Candidate<'a>> + Clone + 'a, now: OffsetDateTime) -> Self {
        let holders =
            NameHolders::new(seen.clone().map(|candidate| candidate.certificate).filter(|it| it.is_valid(now)));
        Self { seen: Box::new(move || seen.clone().collect()), now, holders, index: OnceCell::new() }
    }

    /// What may succeed `old`, where any certificate may.
    pub(super) fn index(&self, old: &Certificate) -> Option<&SuccessorIndex<'a>> {
        let are_others = self.holders.are_others(old);
        are_others.then(|| self.index.get_or_init(|| SuccessorIndex::new(&(self.seen)(), self.now)))
    }

    /// A successor in the place where `old` was seen: it is renewed. Its key algorithm may differ where the place shows
    /// one at a time.
    #[must_use]
    pub fn renewing(&self, old: &Certificate, place: &str, is_endpoint: bool) -> Option<&Candidate<'a>> {
        self.index(old)?.renewing(old, place, is_endpoint)
    }

    /// A successor in any file, of the same issuing organisation and key algorithm: it says nothing of the places where
    /// `old` is still in use.
    #[must_use]
    pub fn superseding(&self, old: &Certificate) -> Option<&Candidate<'a>> {
        self.index(old)?.superseding(old)
    }

    /// The names of `old` that its closest would-be successor does not cover; none where there is no such one.
    #[must_use]
    pub fn left_out(&self, old: &Certificate, place: &str, is_endpoint: bool) -> Vec<String> {
        self.index(old).map(|index| index.left_out(old, place, is_endpoint)).unwrap_or_default()
    }
}

impl<'a> SuccessorIndex<'a> {
    fn new(seen: &[Candidate<'a>], now: OffsetDateTime) -> Self {
        let mut index = Self {
            mixed: mixed(seen),
            candidates: seen.iter().copied().filter(|candidate| candidate.certificate.is_valid(now)).collect(),
            ends: Vec::new(),
            numbers: HashMap::new(),
            names: Vec::new(),
            scopes: HashMap::new(),
        };
        index.ends.extend(index.candidates.iter().map(|candidate| ends(candidate.certificate)));
        for nth in 0..index.candidates.len() {
            index.add(nth);
        }
        let Self { ends, names, scopes, .. } = &mut index;
        for bucket in scopes.values_mut().flatten() {
            bucket.members.sort_by_key(|index| std::cmp::Reverse(ends[*index]));
            for index in bucket.members.iter().filter(|_| bucket.members.len() > FEW) {
                for name in &names[*index] {
                    bucket.by_name.entry(*name).or_default().push(*index);
                }
            }
        }
        index
    }

    fn add(&mut self, index: usize) {
        let Candidate { certificate, place, is_endpoint, .. } = self.candidates[index];
        let traits = Traits {
            algorithm: &certificate.key.algorithm,
            is_self_issued: certificate.is_self_issued,
            kind: certificate.kind,
            is_mixed: self.mixed.contains(file_of(place)),
        };
        let of_issuer = (!is_endpoint).then(|| Scope::Issuer(certificate.issuing_organization()));
        for scope in std::iter::once(Scope::Place(lineage(place, is_endpoint))).chain(of_issuer) {
            let buckets = self.scopes.entry(scope).or_default();
            match buckets.iter().position(|bucket| bucket.traits == traits) {
                Some(at) => buckets[at].members.push(index),
                None if buckets.len() >= MOST_BUCKETS => {}
                None => buckets.push(Bucket { traits, members: vec![index], by_name: HashMap::new() }),
            }
        }
        let mut names: Vec<usize> = keys(certificate)
            .into_iter()
            .map(|name| {
                let next = self.numbers.len();
                *self.numbers.entry(name).or_insert(next)
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        self.names.push(names);
    }

    pub(super) fn renewing(&self, old: &Certificate, place: &str, is_endpoint: bool) -> Option<&Candidate<'a>> {
        let is_mixed = self.mixed.contains(file_of(place));
        self.best(&Scope::Place(lineage(place, is_endpoint)), old, |traits| {
            traits.algorithm == old.key.algorithm.as_str() || !is_mixed && !traits.is_mixed
        })
    }

    pub(super) fn superseding(&self, old: &Certificate) -> Option<&Candidate<'a>> {
        if old.is_authority || old.kind != CertificateKind::Certificate {
            return None;
        }
        self.best(&Scope::Issuer(old.issuing_organization()), old, |traits| {
            traits.algorithm == old.key.algorithm.as_str()
        })
    }

    pub(super) fn left_out(&self, old: &Certificate, place: &str, is_endpoint: bool) -> Vec<String> {
        let scopes = [Scope::Place(lineage(place, is_endpoint)), Scope::Issuer(old.issuing_organization())];
        let buckets = scopes.iter().flat_map(|scope| self.buckets(scope, old));
        let buckets = buckets.filter(|bucket| bucket.traits.algorithm == old.key.algorithm.as_str());
        // As a rule none ends later.
        let mut buckets = buckets.filter(|bucket| self.later(&bucket.members, old).next().is_some()).peekable();
        if buckets.peek().is_none() {
            return Vec::new();
        }
        let wanted = names(old);
        // A candidate as often as there are names that it covers.
        let mut covered: Vec<usize> = Vec::new();
        for bucket in buckets {
            for name in wanted.iter().map(|name| self.wanted(name)) {
                let later = bucket.lists(name).flat_map(|list| self.later(list, old).take(MOST_PARTIAL));
                let newer = later.filter(|index| {
                    self.candidates[*index].certificate.not_before > old.not_before && self.covers(*index, name)
                });
                let mut newer: Vec<usize> = newer.collect();
                newer.sort_unstable();
                newer.dedup();
                covered.append(&mut newer);
            }
        }
        covered.sort_unstable();
        let closest = covered.chunk_by(usize::eq).max_by_key(|same| same.len()).and_then(<[usize]>::first).copied();
        let Some(closest) = closest else { return Vec::new() };
        wanted.into_iter().filter(|name| !self.covers(closest, self.wanted(name))).collect()
    }

    fn best(&self, scope: &Scope, old: &Certificate, allows: impl Fn(&Traits) -> bool) -> Option<&Candidate<'a>> {
        let buckets = self.buckets(scope, old).filter(|bucket| allows(&bucket.traits));
        // Most stand alone in their place.
        let mut buckets = buckets.filter(|bucket| self.later(&bucket.members, old).next().is_some()).peekable();
        buckets.peek()?;
        let wanted: Vec<Wanted> = keys(old).iter().map(|name| self.wanted(name)).collect();
        let found = buckets.filter_map(|bucket| {
            // The rarest name leaves the fewest to try.
            let count = |name: &&Wanted| bucket.lists(**name).map(<[usize]>::len).sum::<usize>();
            let rarest = wanted.iter().min_by_key(count)?;
            let covering = bucket.lists(*rarest).filter_map(|list| {
                let mut tried = self.later(list, old).take(MOST_TRIED);
                tried.find(|index| wanted.iter().all(|name| self.covers(*index, *name)))
            });
            covering.max_by_key(|index| self.ends[*index])
        });
        found.max_by_key(|index| self.ends[*index]).map(|index| &self.candidates[index])
    }

    fn buckets<'b>(&'b self, scope: &Scope, old: &'b Certificate) -> impl Iterator<Item = &'b Bucket<'a>> {
        self.scopes.get(scope).into_iter().flatten().filter(|bucket| {
            let traits = &bucket.traits;
            traits.kind == old.kind && (!traits.is_self_issued || old.is_self_issued)
        })
    }

    /// Those of a list that end after `old`.
    fn later<'b>(&'b self, list: &'b [usize], old: &'b Certificate) -> impl Iterator<Item = usize> + 'b {
        let end = ends(old);
        list.iter().copied().take_while(move |index| self.ends[*index] > end)
    }

    fn wanted(&self, name: &str) -> Wanted {
        let number = |name: &str| self.numbers.get(name).copied();
        Wanted { name: number(name), wildcard: wildcard(name).and_then(|wildcard| number(&wildcard)) }
    }

    fn covers(&self, index: usize, name: Wanted) -> bool {
        let has = &self.names[index];
        name.numbers().any(|number| has.binary_search(&number).is_ok())
    }
}

impl Bucket<'_> {
    /// Those with the name, and those with a wildcard for it; all of them where they are few.
    fn lists(&self, name: Wanted) -> impl Iterator<Item = &[usize]> {
        let few = (self.members.len() <= FEW).then_some(self.members.as_slice());
        let by_name = name.numbers().filter(move |_| few.is_none());
        few.into_iter().chain(by_name.filter_map(|number| self.by_name.get(&number).map(Vec::as_slice)))
    }
}

/// The files and endpoints that show certificates of several key algorithms.
fn mixed<'a>(seen: &[Candidate<'a>]) -> HashSet<&'a str> {
    let mut algorithms: HashMap<&str, &str> = HashMap::new();
    let mut mixed = HashSet::new();
    for candidate in seen {
        let (file, algorithm) = (file_of(candidate.place), candidate.certificate.key.algorithm.as_str());
        if *algorithms.entry(file).or_insert(algorithm) != algorithm {
            mixed.insert(file);
        }
    }
    mixed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::Duration;
    use time::macros::datetime;

    use super::*;
    use crate::certificate::Fingerprint;

    const NOW: OffsetDateTime = datetime!(2026-11-27 9:00 UTC);

    fn certificate((number, names, starts, ends): (u8, Vec<&str>, i64, i64)) -> Certificate {
        let mut certificate = Certificate::from_date("CN=www", "", NOW + Duration::days(ends));
        certificate.fingerprint = Fingerprint::new([number; 32]);
        certificate.kind = if number == 7 { certificate.kind } else { CertificateKind::Certificate };
        certificate.not_before = NOW - Duration::days(starts);
        certificate.dns_names = names.into_iter().map(str::to_owned).collect();
        certificate
    }

    fn fleet() -> impl Strategy<Value = Vec<(Certificate, &'static str, bool)>> {
        let name = || prop::sample::select(vec!["a.x.org", "A.x.org.", "b.x.org", "*.x.org", "c.y.org", "192.0.2.1"]);
        let facts = (0..8_u8, prop::collection::vec(name(), 0..3), 0..99_i64, -9..99_i64);
        let place = prop::sample::select(vec!["/a/www.pem", "/a/www1.pem", "/b/www.pem", "x.org:443"]);
        prop::collection::vec((facts.prop_map(certificate), place, any::<bool>()), 0..6)
    }

    fn candidate<'a>((certificate, place, is_endpoint): &'a (Certificate, &'static str, bool)) -> Candidate<'a> {
        Candidate { certificate, place, source: place, name: place, is_endpoint: *is_endpoint }
    }

    proptest! {
        /// The same as if all were indexed.
        #[test]
        fn what_shares_no_name_has_no_successor(fleet in fleet()) {
            let seen: Vec<Candidate<'_>> = fleet.iter().map(candidate).collect();
            let index = SuccessorIndex::new(&seen, NOW);
            let successors = Successors::new(seen.iter().copied(), NOW);
            let shown = |found: Option<&Candidate<'_>>| found.map(|found| (found.place.to_owned(), found.certificate.fingerprint));
            for (old, place, is_endpoint) in &fleet {
                prop_assert_eq!(
                    shown(successors.renewing(old, place, *is_endpoint)),
                    shown(index.renewing(old, place, *is_endpoint))
                );
                prop_assert_eq!(shown(successors.superseding(old)), shown(index.superseding(old)));
                prop_assert_eq!(successors.left_out(old, place, *is_endpoint), index.left_out(old, place, *is_endpoint));
            }
        }
    }
}
