//! The verdict on a chain, in the words of findings.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::presented::Issuers;
use super::questions::{Ask, revocation_target};
use super::roots::{PathValidation, Roots};
use crate::cause::{Anchors, ChainCause};
use crate::certificate::{Certificate, ChainWithDer, Fingerprint, RevocationTarget};
use crate::event::FindingId;
use crate::observation::{ObservedCertificate, Trust};

/// By which roots a chain is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum TrustAnchors<'a> {
    Unset,
    Machine,
    File(&'a Path),
}

/// What a hearing comes to.
pub(super) struct ChainVerdict {
    trust: Trust,
    needed: Option<Box<[Fingerprint]>>,
    root: Option<Arc<Certificate>>,
    revocation_target: Option<Arc<RevocationTarget>>,
}

impl ChainVerdict {
    /// Of what is no chain.
    pub(super) const fn none() -> Self {
        Self { trust: Trust::NotJudged, needed: None, root: None, revocation_target: None }
    }

    /// What is kept of the chain that was heard.
    pub(super) fn sight(self, chain: ChainWithDer) -> ObservedCertificate {
        let is_misordered = match &self.needed {
            Some(needed) => !chain.is_ordered_among(needed),
            None => chain.is_misordered,
        };
        let limit = chain.limit(self.needed.as_deref()).map(Box::new);
        let mut chain = chain.into_chain();
        let own = chain.leaf.limited_by.as_ref();
        if let Some(limit) = limit.filter(|limit| own.is_none_or(|own| limit.not_after < own.not_after)) {
            Arc::make_mut(&mut chain.leaf).limited_by = Some(limit);
        }
        let mut sight = ObservedCertificate::new(chain);
        (sight.trust, sight.is_misordered) = (self.trust, is_misordered);
        (sight.revocation_target, sight.needed, sight.root) = (self.revocation_target, self.needed, self.root);
        sight
    }
}

/// The roots of every `ca-file` that is asked for, each read once.
pub(super) struct TrustStores {
    /// Of the chains that are judged.
    pub issuers: Issuers,
    files: BTreeMap<PathBuf, Result<Roots, ChainCause>>,
    /// Of the same chain at many endpoints there is one verdict in a run.
    known: Mutex<HashMap<Judged, Judgement>>,
}

/// A hash of the file, where it is not by the machine, and of every certificate of the chain.
type Judged = [u8; 32];

/// The verdict, and the issuers that the best path to a root needs.
type Judgement = (Trust, Option<Box<[Fingerprint]>>);

impl TrustStores {
    pub(super) fn new<'a>(judges: impl Iterator<Item = TrustAnchors<'a>>) -> Self {
        let mut files = BTreeMap::new();
        for judge in judges {
            if let TrustAnchors::File(path) = judge
                && !files.contains_key(path)
            {
                files.insert(path.to_owned(), Roots::from_file(path));
            }
        }
        Self { issuers: Issuers::default(), files, known: Mutex::default() }
    }

    /// The roots of a judge; of the machine where there is none.
    pub(super) fn roots(&self, judge: TrustAnchors<'_>) -> Option<&Roots> {
        match judge {
            TrustAnchors::Unset | TrustAnchors::Machine => Some(Roots::from_machine()),
            TrustAnchors::File(path) => self.files.get(path)?.as_ref().ok(),
        }
    }

    /// The verdict on a chain, and what its authority is asked by where an entry wants that.
    pub(super) fn verify_chain(
        &self,
        (judge, ask): (TrustAnchors<'_>, Ask),
        chain: &ChainWithDer,
        source: &str,
        now: OffsetDateTime,
    ) -> ChainVerdict {
        let (trust, needed) = self.judge_once(judge, chain, now);
        let revocation_target = revocation_target(ask, chain, source, &trust, || self.roots(judge), now);
        let root = if matches!(trust, Trust::Trusted) { self.root_above(judge, chain) } else { None };
        ChainVerdict { trust, needed, root, revocation_target }
    }

    /// The root of a `ca-file` that issued the last certificate of the chain.
    fn root_above(&self, judge: TrustAnchors<'_>, chain: &ChainWithDer) -> Option<Arc<Certificate>> {
        let TrustAnchors::File(path) = judge else { return None };
        self.files.get(path)?.as_ref().ok()?.issuer_of(chain.top())
    }

    fn judge_once(&self, judge: TrustAnchors<'_>, chain: &ChainWithDer, now: OffsetDateTime) -> Judgement {
        let file = match judge {
            TrustAnchors::Unset => None,
            TrustAnchors::Machine => Some(Path::new("")),
            TrustAnchors::File(path) => Some(path),
        };
        let key: Option<Judged> = file.map(|file| {
            let certificates = std::iter::once(&chain.leaf).chain(&chain.rest);
            // Fingerprints have one length, so no path runs over into them.
            let hash = Sha256::new().chain_update(file.as_os_str().as_encoded_bytes());
            certificates
                .fold(hash, |hash, parsed| hash.chain_update(parsed.certificate.fingerprint.bytes()))
                .finalize()
                .into()
        });
        let known = |key: &Judged| self.known.lock().ok().and_then(|known| known.get(key).cloned());
        if let Some(judgement) = key.as_ref().and_then(known) {
            return judgement;
        }
        let trust = self.judge(judge, chain, now);
        // Reading the roots of a machine takes longer than reading a file: only what is judged by them waits for that.
        let is_worth_it = is_worth_a_way(&trust, chain);
        let roots = if is_worth_it { self.roots(judge) } else { None };
        let needed = roots.and_then(|roots| way(roots, chain, &trust, now));
        if let (Some(key), Ok(mut known)) = (key, self.known.lock()) {
            known.insert(key, (trust.clone(), needed.clone()));
        }
        (trust, needed)
    }

    fn judge(&self, judge: TrustAnchors<'_>, chain: &ChainWithDer, now: OffsetDateTime) -> Trust {
        match judge {
            TrustAnchors::Unset => Trust::NotJudged,
            TrustAnchors::Machine => verdict(Roots::from_machine(), chain, now),
            TrustAnchors::File(path) => match self.files.get(path) {
                Some(Ok(roots)) => verdict(roots, chain, now),
                Some(Err(cause)) => distrusted(FindingId::Untrusted, cause.clone()),
                None => Trust::NotJudged,
            },
        }
    }
}

fn distrusted(id: FindingId, cause: ChainCause) -> Trust {
    Trust::Distrusted { id, cause: Arc::new(cause.into()) }
}

fn verdict(roots: &Roots, chain: &ChainWithDer, now: OffsetDateTime) -> Trust {
    let leaf = &chain.leaf.certificate;
    match roots.judge(chain, now) {
        PathValidation::Trusted if leaf.outlives_public_rules() && Roots::is_public(chain, now) => {
            Trust::PubliclyTrusted
        }
        PathValidation::Trusted => Trust::Trusted,
        _ if leaf.is_self_issued => distrusted(FindingId::SelfSigned, ChainCause::SelfSigned),
        PathValidation::Bad(cause) => distrusted(FindingId::Untrusted, cause),
        PathValidation::UnknownIssuer => unknown_issuer(roots, chain),
    }
}

/// Every way is worth it where trust was judged. In a file that is not judged it is where an issuer ends before the
/// leaf does: one that no way needs is no news.
fn is_worth_a_way(trust: &Trust, chain: &ChainWithDer) -> bool {
    let ends = chain.leaf.certificate.not_after;
    match trust {
        Trust::Trusted | Trust::PubliclyTrusted => !chain.rest.is_empty(),
        Trust::Distrusted { .. } => false,
        Trust::NotJudged => chain.rest.iter().any(|issuer| issuer.certificate.not_after < ends),
    }
}

/// The issuers that the chain cannot do without, when it is to last as long as it can: without the first to end, then
/// without the next, wherever another way is left.
fn way(roots: &Roots, chain: &ChainWithDer, trust: &Trust, now: OffsetDateTime) -> Option<Box<[Fingerprint]>> {
    let mut rest = chain.issuers()?;
    // With all of its issuers the chain was judged already.
    let is_judged = *trust != Trust::NotJudged && rest.len() == chain.rest.len();
    rest.sort_by_key(|issuer| (!issuer.certificate.is_self_issued, issuer.certificate.not_after));
    let mut chain = ChainWithDer { leaf: Arc::clone(&chain.leaf), rest, is_misordered: false };
    if !is_judged && roots.judge(&chain, now) != PathValidation::Trusted {
        return None;
    }
    let mut next = 0;
    while next < chain.rest.len() {
        let issuer = chain.rest.remove(next);
        if roots.judge(&chain, now) != PathValidation::Trusted {
            chain.rest.insert(next, issuer);
            next += 1;
        }
    }
    Some(chain.rest.iter().map(|issuer| issuer.certificate.fingerprint).collect())
}

/// A missing intermediate and a private root look alike where a leaf comes alone. What tells them apart: public
/// authorities say where their intermediates can be had, and a `ca-file` means its roots.
fn unknown_issuer(roots: &Roots, chain: &ChainWithDer) -> Trust {
    let top = chain.top();
    let issuer = top.certificate.issuer.to_string();
    let is_leaf = top.certificate.fingerprint == chain.leaf.certificate.fingerprint;
    let anchors = if roots.are_chosen { Anchors::CaFile } else { Anchors::Machine };
    if top.certificate.is_self_issued {
        distrusted(FindingId::Untrusted, ChainCause::UnknownRoot { issuer, anchors })
    } else if is_leaf && (top.names_its_issuers_place || roots.are_chosen) {
        distrusted(FindingId::ChainIncomplete, ChainCause::MissingIssuer { issuer, anchors })
    } else {
        distrusted(FindingId::Untrusted, ChainCause::UnknownIssuer { issuer, anchors })
    }
}
