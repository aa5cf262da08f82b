//! Findings: what one look at a certificate showed to be wrong, and how bad that is.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::cause::{Clause, FailureCause};
use crate::text::words;

words! {
    /// How bad a finding is, worst last: the verdict of `check` is the greatest of all.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Severity {
        Ok = "ok",
        Warning = "warning",
        Unknown = "unknown",
        Critical = "critical",
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

words! {
    /// What is found: each is a word of reports, of the state and of `accept`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum FindingId {
        Expired = "expired",
        ExpiresSoon = "expires-soon",
        NotYetValid = "not-yet-valid",
        Revoked = "revoked",
        KeyMismatch = "key-mismatch",
        PinMismatch = "pin-mismatch",
        TlsaMissing = "tlsa-missing",
        NameMismatch = "name-mismatch",
        Untrusted = "untrusted",
        SelfSigned = "self-signed",
        ChainIncomplete = "chain-incomplete",
        ChainExpiresSoon = "chain-expires-soon",
        ChainMisordered = "chain-misordered",
        WeakKey = "weak-key",
        WeakSignature = "weak-signature",
        LifetimeTooLong = "lifetime-too-long",
        LegacyProtocol = "legacy-protocol",
        RenewalLate = "renewal-late",
        Superseded = "superseded",
        RootHorizon = "root-horizon",
        CaHorizon = "ca-horizon",
        NotDeployed = "not-deployed",
        #[serde(alias = "not-loaded")]
        NotReloaded = "not-reloaded",
        RenewalBlocked = "renewal-blocked",
        CopyOutdated = "copy-outdated",
        Unreachable = "unreachable",
        Unreadable = "unreadable",
        Unparsable = "unparsable",
        NothingFound = "nothing-found",
        RevocationUnknown = "revocation-unknown",
        LoadingUnknown = "loading-unknown",
        TlsaUnknown = "tlsa-unknown",
        RegistrationUnknown = "registration-unknown",
    }
}

impl FindingId {
    /// `expired`, `expires-soon` and `revoked` count whatever the operator says.
    #[must_use]
    pub const fn can_be_accepted(self) -> bool {
        !matches!(self, Self::Expired | Self::ExpiresSoon | Self::Revoked)
    }

    /// It is a fault of the certificate itself: another certificate in the same place has it no more.
    #[must_use]
    pub const fn ends_with_the_certificate(self) -> bool {
        match self {
            Self::Expired
            | Self::ExpiresSoon
            | Self::NotYetValid
            | Self::Revoked
            | Self::KeyMismatch
            | Self::NameMismatch
            | Self::Untrusted
            | Self::SelfSigned
            | Self::ChainExpiresSoon
            | Self::WeakKey
            | Self::WeakSignature
            | Self::LifetimeTooLong
            | Self::RootHorizon
            | Self::CaHorizon
            | Self::RevocationUnknown => true,
            Self::PinMismatch
            | Self::TlsaMissing
            | Self::ChainIncomplete
            | Self::ChainMisordered
            | Self::LegacyProtocol
            | Self::RenewalLate
            | Self::Superseded
            | Self::NotDeployed
            | Self::NotReloaded
            | Self::RenewalBlocked
            | Self::CopyOutdated
            | Self::Unreachable
            | Self::Unreadable
            | Self::Unparsable
            | Self::NothingFound
            | Self::LoadingUnknown
            | Self::TlsaUnknown
            | Self::RegistrationUnknown => false,
        }
    }

    /// The severity the interface gives it; `expires-soon` is critical inside the critical threshold.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Expired
            | Self::NotYetValid
            | Self::Revoked
            | Self::KeyMismatch
            | Self::NameMismatch
            | Self::Untrusted
            | Self::SelfSigned
            | Self::ChainIncomplete => Severity::Critical,
            Self::ExpiresSoon
            | Self::ChainExpiresSoon
            | Self::ChainMisordered
            | Self::WeakKey
            | Self::WeakSignature
            | Self::LifetimeTooLong
            | Self::LegacyProtocol
            | Self::RenewalLate
            | Self::Superseded
            | Self::RootHorizon
            | Self::CaHorizon
            | Self::NotDeployed
            | Self::NotReloaded
            | Self::PinMismatch
            | Self::RenewalBlocked
            | Self::CopyOutdated
            | Self::TlsaMissing => Severity::Warning,
            Self::Unreachable
            | Self::Unreadable
            | Self::Unparsable
            | Self::NothingFound
            | Self::RevocationUnknown
            | Self::LoadingUnknown
            | Self::TlsaUnknown
            | Self::RegistrationUnknown => Severity::Unknown,
        }
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no finding.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no finding")]
pub struct UnknownFinding(pub String);

impl FromStr for FindingId {
    type Err = UnknownFinding;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|id| id.as_str() == text).ok_or_else(|| UnknownFinding(text.to_owned()))
    }
}

/// One thing that is wrong, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub id: FindingId,
    pub severity: Severity,
    /// Short, without the name of the certificate: `expired 12 days ago`.
    pub message: Clause,
    /// The date that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// Of the end of the leaf itself: what follows the date, ``, with its issuer `CN=A` `` or nothing.
    #[serde(skip)]
    pub own_end: Option<String>,
    /// The operator knows of it: listed, but counted in no verdict.
    #[serde(skip)]
    pub accepted: bool,
    /// It may be a moment's: it is told when two runs in a row found it.
    #[serde(skip)]
    pub may_pass: bool,
}

impl Finding {
    /// With the severity of its kind; neither accepted nor limited in time.
    #[must_use]
    pub fn new(id: FindingId, message: impl Into<Clause>) -> Self {
        let (severity, message) = (id.severity(), message.into());
        Self { id, severity, message, until: None, own_end: None, accepted: false, may_pass: false }
    }

    /// One that reports say and no message: its words are English.
    #[must_use]
    pub fn from_reports(id: FindingId, words: String) -> Self {
        Self::new(id, Clause::Text(words))
    }

    /// None where nothing is wrong.
    #[must_use]
    pub fn from_all<T: Into<FailureCause>>(id: FindingId, causes: impl IntoIterator<Item = T>) -> Option<Self> {
        let causes: Vec<_> = causes.into_iter().map(|cause| Arc::new(cause.into())).collect();
        (!causes.is_empty()).then(|| Self::new(id, FailureCause::Several(causes)))
    }

    /// The same, which may be over in a moment.
    #[must_use]
    pub fn that_may_pass(mut self) -> Self {
        self.may_pass = true;
        self
    }

    /// The same, marked where the operator accepts such a one.
    #[must_use]
    pub fn accepted_by(mut self, accept: &BTreeSet<FindingId>) -> Self {
        self.accepted = self.id.can_be_accepted() && accept.contains(&self.id);
        self
    }
}
