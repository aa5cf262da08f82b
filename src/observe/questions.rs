//! Which certificates an authority is asked about, and what is needed for it.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::certificate::{CertificateWithDer, ChainWithDer, RevocationTarget};
use crate::detect;
use crate::event::EventKind;
use crate::observation::Trust;
use crate::policy::{Entry, Renewal, Watch};

use super::roots::{PathValidation, Roots};

/// On whose behalf authorities are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Questions {
    /// Of no entry.
    #[default]
    None,
    /// Of entries subscribed to revocation, and of certificates that renew by themselves.
    OfSubscribers,
    /// Of everybody, on revocation.
    Revocation,
}

/// Whether what is needed for a question is to be kept of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Ask {
    Never,
    IfAutomatic,
    /// Where the certificate names anything that an authority can be asked by.
    IfNamed,
    Always,
}

impl Ask {
    pub(super) fn new(entry: &Entry, questions: Questions) -> Self {
        if matches!(&entry.watch, Watch::Endpoints { options, .. } if options.ignore_trust) {
            return Self::Never;
        }
        match (questions, entry.options.renewal) {
            (Questions::None, _) => Self::Never,
            (Questions::OfSubscribers, _) if entry.options.is_silenced => Self::Never,
            (Questions::OfSubscribers, None) if !hears_revocation(entry) => Self::IfAutomatic,
            (Questions::OfSubscribers, Some(Renewal::Manual)) if !hears_revocation(entry) => Self::Never,
            (Questions::OfSubscribers, _) => Self::IfNamed,
            (Questions::Revocation, _) => Self::Always,
        }
    }

    fn is_of(self, leaf: &CertificateWithDer, source: &str) -> bool {
        match self {
            Self::Never => false,
            Self::IfAutomatic => detect::seems_automatic(&leaf.certificate, source) && RevocationTarget::is_named(leaf),
            Self::IfNamed => RevocationTarget::is_named(leaf),
            Self::Always => true,
        }
    }
}

/// Whether a recipient is told of a revocation.
pub(super) fn hears_revocation(entry: &Entry) -> bool {
    !entry.options.is_silenced && entry.policy.events.contains(&EventKind::Revocation)
}

/// What the authority of `chain` is asked by, where the chain was verified: by its own judge, or, where none
/// judges a file, by `roots`.
pub(super) fn revocation_target<'r>(
    ask: Ask,
    chain: &ChainWithDer,
    source: &str,
    trust: &Trust,
    roots: impl FnOnce() -> Option<&'r Roots>,
    now: OffsetDateTime,
) -> Option<Arc<RevocationTarget>> {
    let leaf = &chain.leaf.certificate;
    // The roots of the machine are read only for what can be asked.
    if !leaf.is_valid(now) || leaf.is_self_issued || !ask.is_of(&chain.leaf, source) {
        return None;
    }
    let roots = roots()?;
    let is_verified = match trust {
        Trust::Trusted | Trust::PubliclyTrusted => true,
        Trust::Distrusted { .. } => false,
        Trust::NotJudged => roots.are_named_by(chain) && roots.judge(chain, now) == PathValidation::Trusted,
    };
    if !is_verified {
        return None;
    }
    let sent = chain.rest.iter().find_map(|issuer| RevocationTarget::new(&chain.leaf, issuer));
    let revocation_target =
        sent.or_else(|| roots.certificates().find_map(|issuer| RevocationTarget::new(&chain.leaf, &Arc::new(issuer))));
    revocation_target.map(Arc::new)
}
