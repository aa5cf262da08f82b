//! The verdict on a chain, in the words of findings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::OffsetDateTime;

use super::questions::{Ask, inquiry};
use super::tls::{Roots, Verdict};
use crate::certificate::{Inquiry, Linked};
use crate::event::FindingId;
use crate::observation::Trust;

/// By which roots a chain is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Judge<'a> {
    Nobody,
    Machine,
    File(&'a Path),
}

/// The roots of every `ca-file` that is asked for, each read once.
pub(super) struct Courts(BTreeMap<PathBuf, Result<Roots, String>>);

impl Courts {
    pub(super) fn new<'a>(judges: impl Iterator<Item = Judge<'a>>) -> Self {
        let mut files = BTreeMap::new();
        for judge in judges {
            if let Judge::File(path) = judge
                && !files.contains_key(path)
            {
                files.insert(path.to_owned(), Roots::of_file(path));
            }
        }
        Self(files)
    }

    /// The roots of a judge; of the machine where it is nobody.
    pub(super) fn roots(&self, judge: Judge<'_>) -> Option<&Roots> {
        match judge {
            Judge::Nobody | Judge::Machine => Some(Roots::of_machine()),
            Judge::File(path) => self.0.get(path)?.as_ref().ok(),
        }
    }

    /// The verdict on a chain, and what its authority is asked by where somebody wants to.
    pub(super) fn hear(
        &self,
        (judge, ask): (Judge<'_>, Ask),
        chain: &Linked,
        source: &str,
        now: OffsetDateTime,
    ) -> (Trust, Option<Arc<Inquiry>>) {
        let trust = self.judge(judge, chain, now);
        if ask == Ask::Never {
            return (trust, None);
        }
        let inquiry = self.roots(judge).and_then(|roots| inquiry(ask, chain, source, &trust, roots, now));
        (trust, inquiry)
    }

    fn judge(&self, judge: Judge<'_>, chain: &Linked, now: OffsetDateTime) -> Trust {
        match judge {
            Judge::Nobody => Trust::NotJudged,
            Judge::Machine => verdict(Roots::of_machine(), chain, now),
            Judge::File(path) => match self.0.get(path) {
                Some(Ok(roots)) => verdict(roots, chain, now),
                Some(Err(reason)) => distrusted(FindingId::Untrusted, reason.clone()),
                None => Trust::NotJudged,
            },
        }
    }
}

fn distrusted(id: FindingId, reason: impl Into<String>) -> Trust {
    Trust::Distrusted { id, reason: reason.into() }
}

fn verdict(roots: &Roots, chain: &Linked, now: OffsetDateTime) -> Trust {
    let leaf = &chain.leaf.certificate;
    match roots.judge(chain, now) {
        Verdict::Trusted if leaf.outlives_public_rules() && Roots::is_public(chain, now) => Trust::PubliclyTrusted,
        Verdict::Trusted => Trust::Trusted,
        _ if leaf.is_self_issued => distrusted(FindingId::SelfSigned, "it is signed by itself"),
        Verdict::Bad(reason) => distrusted(FindingId::Untrusted, reason),
        Verdict::UnknownIssuer => unknown_issuer(roots, chain),
    }
}

/// A missing intermediate and a private root look alike where a leaf comes alone. What tells them apart: public
/// authorities say where their intermediates can be had, and whoever names a `ca-file` means its roots.
fn unknown_issuer(roots: &Roots, chain: &Linked) -> Trust {
    let top = chain.top();
    let issuer = &top.certificate.issuer;
    let is_leaf = top.certificate.fingerprint == chain.leaf.certificate.fingerprint;
    let those = if roots.are_chosen { "the CA file" } else { "the roots of this machine" };
    if top.certificate.is_self_issued {
        distrusted(FindingId::Untrusted, format!("its root `{issuer}` is not among {those}"))
    } else if is_leaf && (top.names_its_issuers_place || roots.are_chosen) {
        let reason = format!("the certificate of its issuer `{issuer}` is missing, and is not among {those}");
        distrusted(FindingId::ChainIncomplete, reason)
    } else {
        distrusted(FindingId::Untrusted, format!("its issuer `{issuer}` is not among {those}"))
    }
}
