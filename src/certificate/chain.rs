//! Which certificates belong together: a leaf and its issuers.

use std::collections::HashSet;
use std::sync::Arc;

use time::OffsetDateTime;

use super::der::CertificateWithDer;
use super::{Certificate, DistinguishedName, Fingerprint, Limit};

/// A longer chain is refused: no authority issues one.
const LONGEST_PATH: usize = 16;

/// More certificates than this are a store of roots, and no chains.
const MOST_GATHERED: usize = 512;

/// A leaf and the certificates sent or stored after it, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    pub leaf: Arc<Certificate>,
    /// Shared: the same intermediate stands in most chains.
    pub rest: Box<[Arc<Certificate>]>,
}

impl Chain {
    /// The subject of the root that the chain as sent or stored leads to; unknown of a leaf that came alone.
    #[must_use]
    pub fn root(&self) -> Option<&DistinguishedName> {
        let (mut top, mut rest) = (&self.leaf, self.rest.iter().collect::<Vec<_>>());
        while let Some(at) = rest.iter().position(|issuer| !top.is_self_issued && issuer.subject == top.issuer) {
            top = rest.swap_remove(at);
        }
        (top.fingerprint != self.leaf.fingerprint || self.leaf.is_self_issued).then_some(&top.issuer)
    }
}

/// A leaf and the certificates that came with it, in their order.
#[derive(Clone, Debug)]
pub struct ChainWithDer {
    pub leaf: Arc<CertificateWithDer>,
    pub rest: Vec<Arc<CertificateWithDer>>,
    /// An issuer stands before a certificate that it issued, other than the leaf.
    pub is_misordered: bool,
}

impl ChainWithDer {
    /// What is kept of it.
    #[must_use]
    pub fn into_chain(self) -> Chain {
        let certificate = |parsed: Arc<CertificateWithDer>| match Arc::try_unwrap(parsed) {
            Ok(parsed) => parsed.certificate,
            Err(shared) => Arc::clone(&shared.certificate),
        };
        Chain { leaf: certificate(self.leaf), rest: self.rest.into_iter().map(certificate).collect() }
    }

    /// Every certificate here that may stand on a way from the leaf to a root, by name and key identifier; nothing
    /// where they are more than are followed.
    #[must_use]
    pub fn issuers(&self) -> Option<Vec<Arc<CertificateWithDer>>> {
        let reached = reached(&self.leaf, &self.rest)?;
        Some(reached.into_iter().map(|index| Arc::clone(&self.rest[index])).collect())
    }

    /// Whether these of its issuers stand in the order of their issuing.
    #[must_use]
    pub fn is_ordered_among(&self, needed: &[Fingerprint]) -> bool {
        let needed = |parsed: &&Arc<CertificateWithDer>| needed.contains(&parsed.certificate.fingerprint);
        let issuers: Vec<_> = self.rest.iter().filter(needed).cloned().collect();
        path(&self.leaf, &issuers).is_sorted()
    }

    /// The issuer that ends before the leaf on its best path, which is the one that lasts longest. `needed` are the
    /// issuers of the best path to a trusted root, where one is known; else every path counts that is here. The end of a
    /// root limits nothing.
    #[must_use]
    pub fn limit(&self, needed: Option<&[Fingerprint]>) -> Option<Limit> {
        let end = self.leaf.certificate.not_after;
        let issuer = match needed {
            Some(needed) => {
                let issuers = self.rest.iter().map(|parsed| &*parsed.certificate);
                let issuers = issuers.filter(|issuer| needed.contains(&issuer.fingerprint));
                issuers.min_by_key(|issuer| issuer.not_after).filter(|issuer| issuer.not_after < end)
            }
            None => self.first_to_end(),
        };
        issuer.map(|issuer| Limit {
            subject: issuer.subject.clone(),
            fingerprint: issuer.fingerprint,
            is_metadata: false,
            not_after: issuer.not_after,
        })
    }

    /// The same by the names and key identifiers of the certificates that are here.
    fn first_to_end(&self) -> Option<&Certificate> {
        let end = self.leaf.certificate.not_after;
        let ends_earlier = |issuer: &&Arc<CertificateWithDer>| {
            !issuer.certificate.is_self_issued && issuer.certificate.not_after < end
        };
        if !self.rest.iter().any(|issuer| ends_earlier(&issuer)) {
            return None;
        }
        let reached = reached(&self.leaf, &self.rest)?;
        let issuers: Vec<&Arc<CertificateWithDer>> = reached.into_iter().map(|index| &self.rest[index]).collect();
        if has_path(&self.leaf, &issuers, end) {
            return None;
        }
        let mut limits: Vec<&Certificate> =
            issuers.iter().filter(|issuer| ends_earlier(issuer)).map(|issuer| &*issuer.certificate).collect();
        limits.sort_by_key(|issuer| std::cmp::Reverse(issuer.not_after));
        limits.into_iter().find(|limit| has_path(&self.leaf, &issuers, limit.not_after))
    }

    /// The last certificate on the way from the leaf over the issuers that are here.
    #[must_use]
    pub fn top(&self) -> &CertificateWithDer {
        path(&self.leaf, &self.rest).last().map_or(&self.leaf, |index| &self.rest[*index])
    }
}

/// What a peer sent is one chain, whatever it holds.
#[must_use]
pub fn sent(certificates: Vec<Arc<CertificateWithDer>>) -> Option<ChainWithDer> {
    let mut certificates = certificates.into_iter();
    let leaf = certificates.next()?;
    let rest: Vec<_> = certificates.collect();
    let is_misordered = !path(&leaf, &rest).is_sorted();
    Some(ChainWithDer { leaf, rest, is_misordered })
}

/// What a file holds: a certificate followed by its issuer is one chain, and so is a leaf with all its issuers before
/// the next leaf; whatever does not chain stands for itself.
#[must_use]
pub fn stored(certificates: Vec<Arc<CertificateWithDer>>) -> Vec<ChainWithDer> {
    let mut chains = Vec::with_capacity(1);
    let mut waiting = certificates.into_iter().peekable();
    while let Some(leaf) = waiting.next() {
        let mut rest: Vec<Arc<CertificateWithDer>> = Vec::new();
        if may_issue(&leaf) {
            while let Some(issuer) = waiting.next_if(|next| rest.last().unwrap_or(&leaf).is_issued_by(next)) {
                rest.push(issuer);
            }
            chains.push(ChainWithDer { leaf, rest, is_misordered: false });
            continue;
        }
        while let Some(issuer) = waiting.next_if(|next| may_issue(next)) {
            rest.push(issuer);
        }
        let steps = path(&leaf, &rest);
        let is_misordered = !steps.is_sorted();
        if steps.len() == rest.len() {
            chains.push(ChainWithDer { leaf, rest, is_misordered });
            continue;
        }
        let steps = reached(&leaf, &rest).unwrap_or(steps);
        let mut strangers = Vec::new();
        let mut chain = Vec::new();
        for (index, parsed) in rest.into_iter().enumerate() {
            if steps.contains(&index) { chain.push(parsed) } else { strangers.push(parsed) }
        }
        chains.push(ChainWithDer { leaf, rest: chain, is_misordered });
        chains.extend(stored(strangers));
    }
    chains
}

/// What a container holds whose order says nothing: each certificate that issued no other is the leaf of one chain,
/// and no issuer in a chain stands for itself.
#[must_use]
pub(super) fn gathered(certificates: Vec<Arc<CertificateWithDer>>) -> Vec<ChainWithDer> {
    if certificates.len() > MOST_GATHERED {
        return stored(certificates);
    }
    let has_issued = |parsed: &Arc<CertificateWithDer>| {
        certificates.iter().any(|other| !is_same(other, parsed) && other.is_issued_by(parsed))
    };
    let mut chains: Vec<ChainWithDer> = Vec::new();
    let mut placed = HashSet::new();
    let (issuers, leaves): (Vec<_>, Vec<_>) = certificates.iter().partition(|parsed| has_issued(parsed));
    // Issuers of each other alone are leaves after all.
    for leaf in leaves.into_iter().chain(issuers) {
        if placed.insert(leaf.certificate.fingerprint) {
            let rest: Vec<_> = path(leaf, &certificates).into_iter().map(|index| certificates[index].clone()).collect();
            placed.extend(rest.iter().map(|issuer| issuer.certificate.fingerprint));
            chains.push(ChainWithDer { leaf: Arc::clone(leaf), rest, is_misordered: false });
        }
    }
    chains
}

fn is_same(one: &CertificateWithDer, other: &CertificateWithDer) -> bool {
    one.certificate.fingerprint == other.certificate.fingerprint
}

/// Whether it is no leaf. A root of the first version of X.509 has no extension that says so.
fn may_issue(parsed: &CertificateWithDer) -> bool {
    parsed.certificate.is_authority || parsed.certificate.is_self_issued
}

/// Positions in `rest` from the leaf upwards, each certificate issued by the next.
fn path(leaf: &CertificateWithDer, rest: &[Arc<CertificateWithDer>]) -> Vec<usize> {
    let mut steps = Vec::with_capacity(rest.len().min(LONGEST_PATH));
    let mut current = leaf;
    while steps.len() < LONGEST_PATH {
        let next = rest
            .iter()
            .enumerate()
            .find(|(index, issuer)| !steps.contains(index) && !is_same(issuer, leaf) && current.is_issued_by(issuer));
        let Some((index, issuer)) = next else { break };
        steps.push(index);
        current = issuer;
    }
    steps
}

/// Whether a path leads from the leaf to the top of its issuers on which every intermediate lasts until `end`. A top is
/// self-issued, or its own issuer is not here.
fn has_path(leaf: &CertificateWithDer, issuers: &[&Arc<CertificateWithDer>], end: OffsetDateTime) -> bool {
    let above = |below: &CertificateWithDer| -> Vec<usize> {
        (0..issuers.len()).filter(|index| below.is_issued_by(issuers[*index])).collect()
    };
    let mut visited = vec![false; issuers.len()];
    let mut waiting = vec![leaf];
    while let Some(below) = waiting.pop() {
        let above = above(below);
        if above.is_empty() {
            return true;
        }
        for index in above {
            let issuer = issuers[index];
            let lasts = issuer.certificate.is_self_issued || issuer.certificate.not_after >= end;
            if lasts && !std::mem::replace(&mut visited[index], true) {
                waiting.push(issuer);
            }
        }
    }
    false
}

/// Positions in `rest` on every way from the leaf upwards; nothing where they are more than are followed.
fn reached(leaf: &CertificateWithDer, rest: &[Arc<CertificateWithDer>]) -> Option<Vec<usize>> {
    let mut reached: Vec<usize> = Vec::new();
    let mut next = 0;
    let mut below = leaf;
    loop {
        for (index, issuer) in rest.iter().enumerate() {
            if !is_same(issuer, leaf) && !reached.contains(&index) && below.is_issued_by(issuer) {
                reached.push(index);
            }
        }
        if reached.len() > LONGEST_PATH {
            return None;
        }
        let Some(index) = reached.get(next) else { return Some(reached) };
        below = &rest[*index];
        next += 1;
    }
}
