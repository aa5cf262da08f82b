//! What happened, and anomalies: events that are told once to recipients subscribed when they were seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Digest, EventKind, Evidence, FindingId, Locations, Severity};
use crate::cause::Clause;
use crate::cause::{DeliveryCause, if_known};
use crate::certificate::{Certificate, Fingerprint};
use crate::channels::Channel;
use crate::names::ContactName;

/// The identity of an occurrence: the same thing seen twice has the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OccurrenceId(String);

/// Between the subject of an anomaly and the moment of its recovery.
const AT: &str = " recovered ";
/// Between what happened and when.
const WHEN: &str = " at ";

impl OccurrenceId {
    /// The kind, then what makes it one of its kind: a place, a fingerprint, a date.
    #[must_use]
    pub fn new(kind: EventKind, subject: impl fmt::Display) -> Self {
        Self(format!("{kind} {subject}"))
    }

    /// Of the recovery from this anomaly at `now`: one that comes in parts recovers in parts.
    #[must_use]
    pub fn recovery(&self, now: OffsetDateTime) -> Self {
        Self(format!("{}{}", self.recoveries().0, now.unix_timestamp()))
    }

    /// How the recoveries from it begin.
    #[must_use]
    pub fn recoveries(&self) -> Self {
        Self::new(EventKind::Recovery, format!("{}{AT}", self.subject()))
    }

    /// Of a renewal after which the old certificate had come back, and that happened again.
    #[must_use]
    pub fn come_back(&self) -> Self {
        Self(format!("{} again", self.0))
    }

    /// The anomaly that this recovery ended.
    #[must_use]
    pub fn recovered(&self) -> Self {
        let subject = self.subject();
        Self::new(EventKind::Anomaly, subject.rsplit_once(AT).map_or(subject, |(anomaly, _)| anomaly))
    }

    /// The same occurrence at `now`: it may happen again.
    #[must_use]
    pub fn at(&self, now: OffsetDateTime) -> Self {
        Self(format!("{}{WHEN}{}", self.0, now.unix_timestamp()))
    }

    /// What happened, whenever that was.
    #[must_use]
    pub fn without_time(&self) -> Self {
        let is_moment = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        match self.0.rsplit_once(WHEN) {
            Some((what, digits)) if is_moment(digits) => Self(what.to_owned()),
            _ => self.clone(),
        }
    }

    /// The deletion that this recovery put right.
    #[must_use]
    pub fn put_right(&self) -> Self {
        let subject = self.subject();
        Self::new(EventKind::Deletion, subject.rsplit_once(AT).map_or(subject, |(deletion, _)| deletion))
    }

    /// What makes it one of its kind.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.split_once(' ').map_or("", |(_, subject)| subject)
    }

    /// The identifier as the state has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One thing that happened, or an anomaly that lasts. It is complete: nothing needs to be looked up to tell it later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Occurrence {
    pub id: OccurrenceId,
    pub kind: EventKind,
    pub evidence: Evidence,
    /// When a run saw it, or when it was reported.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The certificate that it is about: the old one of a renewal, the one that is gone. None for a notice.
    pub certificate: Option<Certificate>,
    /// Where that certificate is, or was; after a change, where the new one is.
    #[serde(rename = "sightings")]
    pub locations: Locations,
    pub detail: Detail,
}

impl Occurrence {
    /// What a run saw, known by its kind and `subject`.
    #[must_use]
    pub fn observed(
        (kind, subject): (EventKind, impl fmt::Display),
        certificate: Option<Certificate>,
        locations: impl Into<Locations>,
        detail: Detail,
        at: OffsetDateTime,
    ) -> Self {
        let (id, evidence) = (OccurrenceId::new(kind, subject), Evidence::Observed);
        Self { id, kind, evidence, at, certificate, locations: locations.into(), detail }
    }

    /// How bad it is, as `check` calls it: which channels it is for.
    #[must_use]
    pub fn severity(&self) -> Severity {
        let finding = match &self.detail {
            Detail::FindingOpened { finding, .. } | Detail::FindingBurst { finding, .. } => Some(finding.severity()),
            _ => None,
        };
        match finding {
            Some(Severity::Critical) => Severity::Critical,
            _ => self.kind.severity(),
        }
    }

    /// The address that gets no mail: once it does, that it does not is no longer so.
    #[must_use]
    pub fn exempt_addresses(&self) -> BTreeMap<ContactName, BTreeSet<String>> {
        let address = match &self.detail {
            Detail::MonitoringStopped { change: MonitoringChange::Undeliverable { contact, address, .. }, .. } => {
                address.as_ref().map(|address| (contact.clone(), BTreeSet::from([address.clone()])))
            }
            _ => None,
        };
        address.into_iter().collect()
    }

    /// It is about dates of the policy file or registrations alone, for which there is no certificate.
    #[must_use]
    pub fn is_about_dates(&self) -> bool {
        self.certificate.as_ref().map_or_else(|| self.locations.are_dates(), Certificate::is_date)
    }

    /// The certificate that stood at its locations: after a change the new one.
    #[must_use]
    pub fn located(&self) -> Option<Fingerprint> {
        let certificate = self.detail.successor().or(self.certificate.as_ref());
        certificate.map(|certificate| certificate.fingerprint)
    }

    /// A service tells of the end of a certificate: no reminder that a policy asks for.
    #[must_use]
    pub fn is_report_of_dates(&self) -> bool {
        matches!(self.detail, Detail::Reported { .. })
            && matches!(self.kind, EventKind::Expiration | EventKind::Expired)
    }

    /// It was reported of a certificate that is not watched.
    #[must_use]
    pub fn is_about_a_stranger(&self) -> bool {
        let Detail::Reported { unmatched, .. } = &self.detail else { return false };
        let names_nothing = self.certificate.is_none() && self.locations.is_empty();
        unmatched.is_some() || (names_nothing && !self.kind.may_be_about_nothing())
    }

    /// It was reported with a message or an address.
    #[must_use]
    pub fn has_own_words(&self) -> bool {
        matches!(&self.detail, Detail::Reported { message, url, .. } if message.is_some() || url.is_some())
    }

    /// It is told by a report alone: nothing was seen of it.
    #[must_use]
    pub fn is_reported_alone(&self) -> bool {
        matches!(self.detail, Detail::Reported { .. })
    }

    /// What was seen of it, with the words of `report`.
    #[must_use]
    pub fn with_words_of(self, report: &Self) -> Self {
        match (self.detail, &report.detail) {
            (Detail::Renewed { new }, Detail::Reported { message, url, .. }) if report.has_own_words() => {
                let (message, url) = (message.clone(), url.clone());
                let detail = Detail::RenewedAsReported { new, message, url };
                Self { detail, evidence: report.evidence.clone(), ..self }
            }
            (detail, _) => Self { detail, ..self },
        }
    }
}

/// What people are told beside the kind and the certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// `business.hosting`: a successor stands in its place.
    Renewed { new: Box<Certificate> },
    /// The same, with what a report of it says beside the kind.
    RenewedAsReported { new: Box<Certificate>, message: Option<String>, url: Option<String> },
    /// `business.download`: a chain was saved, or a download was reported.
    Downloaded { to: Option<String> },
    /// `business.revocation`.
    Revoked {
        /// RFC 5280 §5.3.1 reason, where the CA gives one.
        reason: Option<String>,
        /// When the CA revoked it.
        #[serde(with = "time::serde::rfc3339::option")]
        since: Option<OffsetDateTime>,
        /// The CRL, the OCSP responder, or the renewal information that says so.
        source: String,
    },
    /// `business.revocation`, early: the CA wants it renewed sooner than before, or explains why.
    RenewalMovedForward {
        #[serde(with = "time::serde::rfc3339")]
        end: OffsetDateTime,
        explanation: Option<String>,
    },
    /// `business.deletion`: it is gone.
    Deleted,
    /// `business.deletion`: another certificate stands there that is no successor.
    Replaced { by: Box<Certificate>, no_longer_covered: Vec<String> },
    /// `business.sharing`: these places hold the same certificate or key.
    Shared { places: Vec<String> },
    /// `business.sharing`: a private key became readable.
    KeyReadable { path: String, by_others: bool },
    /// `alert.anomaly`: what is wrong now.
    #[serde(rename = "wrong")]
    FindingOpened { finding: FindingId, message: Clause },
    /// `alert.anomaly` of many certificates at once.
    #[serde(rename = "storm")]
    FindingBurst { finding: FindingId, count: usize, names: Vec<String> },
    /// `alert.recovery`: what is wrong no more.
    Recovered {
        finding: FindingId,
        count: usize,
        /// It may still be wrong: it is accepted or watched no more, and alerts that are kept open are closed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_dropped: bool,
    },
    /// `alert.recovery`: the right certificate stands again where another had replaced it.
    PutRight { by: Box<Certificate> },
    /// `alert.notifications-disabled`.
    #[serde(rename = "unwatched")]
    MonitoringStopped { change: MonitoringChange, names: Vec<String>, count: usize },
    /// `service.ca-change`: one clause a change.
    AuthorityChanged { new: Box<Certificate>, changes: Vec<AuthorityChange> },
    /// A dated public event that applies to the issuer of watched certificates.
    Announced { title: String, text: String, date: String, source: String, count: usize, names: Vec<String> },
    /// certnotify itself is another version.
    Upgraded { from: String, to: String },
    /// What comes, and what was: told to one contact in each of its slots.
    Digest { digest: Box<Digest> },
    /// Told by `certnotify event`.
    Reported {
        message: Option<String>,
        url: Option<String>,
        /// The certificate that was named, as it was written, where no watched one is called so.
        #[serde(default)]
        unmatched: Option<String>,
    },
}

impl Detail {
    /// The certificate that has come in the place of another.
    #[must_use]
    pub fn successor(&self) -> Option<&Certificate> {
        match self {
            Self::Renewed { new } | Self::RenewedAsReported { new, .. } | Self::Replaced { by: new, .. } => Some(new),
            Self::AuthorityChanged { new, changes } => {
                let is_of_chain =
                    |change: &AuthorityChange| matches!(change, AuthorityChange::IntermediateExpires { .. });
                (!changes.iter().all(is_of_chain)).then_some(new)
            }
            Self::Downloaded { .. }
            | Self::Revoked { .. }
            | Self::RenewalMovedForward { .. }
            | Self::Deleted
            | Self::Shared { .. }
            | Self::KeyReadable { .. }
            | Self::FindingOpened { .. }
            | Self::FindingBurst { .. }
            | Self::Recovered { .. }
            | Self::PutRight { .. }
            | Self::MonitoringStopped { .. }
            | Self::Announced { .. }
            | Self::Upgraded { .. }
            | Self::Digest { .. }
            | Self::Reported { .. } => None,
        }
    }

    /// The certificate that it holds beside that of the occurrence.
    pub(crate) fn other_certificate_mut(&mut self) -> Option<&mut Certificate> {
        match self {
            Self::Renewed { new: other }
            | Self::RenewedAsReported { new: other, .. }
            | Self::Replaced { by: other, .. }
            | Self::PutRight { by: other }
            | Self::AuthorityChanged { new: other, .. } => Some(other),
            Self::Downloaded { .. }
            | Self::Revoked { .. }
            | Self::RenewalMovedForward { .. }
            | Self::Deleted
            | Self::Shared { .. }
            | Self::KeyReadable { .. }
            | Self::FindingOpened { .. }
            | Self::FindingBurst { .. }
            | Self::Recovered { .. }
            | Self::MonitoringStopped { .. }
            | Self::Announced { .. }
            | Self::Upgraded { .. }
            | Self::Digest { .. }
            | Self::Reported { .. } => None,
        }
    }
}

/// Why a recipient is told of a certificate no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MonitoringChange {
    /// It is watched no more.
    Removed,
    /// Its notifications were switched off.
    SwitchedOff,
    /// This contact hears of it by no channel any more.
    ContactDropped { contact: ContactName },
    /// Deliveries to this contact failed in three runs in a row.
    Undeliverable {
        contact: ContactName,
        channel: Channel,
        /// Of its addresses this one alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
        reason: String,
        /// The same as a value.
        #[serde(default, deserialize_with = "if_known", skip_serializing_if = "Option::is_none")]
        cause: Option<DeliveryCause>,
    },
    /// Snoozed for more than 30 days.
    SnoozedLong {
        #[serde(with = "time::serde::rfc3339")]
        until: OffsetDateTime,
    },
}

/// What differs between the chains before and after a renewal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorityChange {
    Issuer {
        from: String,
        to: String,
    },
    Root {
        from: String,
        to: String,
    },
    UsageLost {
        usage: String,
    },
    /// An intermediate of the chain nears its own end.
    IntermediateExpires {
        subject: String,
        #[serde(with = "time::serde::rfc3339")]
        not_after: OffsetDateTime,
    },
}

impl AuthorityChange {
    /// The one of several that says most of what changed: the issuer, the root, the usages, then the chain.
    #[must_use]
    pub fn main(changes: &[Self]) -> Option<&Self> {
        changes.iter().min_by_key(|change| match change {
            Self::Issuer { .. } => 0,
            Self::Root { .. } => 1,
            Self::UsageLost { .. } => 2,
            Self::IntermediateExpires { .. } => 3,
        })
    }
}
