//! The catalogue of events: what can happen to a certificate, and how certnotify knows of it.

mod digest;
mod finding;
mod kind;
mod locations;
mod occurrence;
mod report;
mod services;

pub use digest::{Digest, LISTED, List, ListRow};
pub use finding::{Finding, FindingId, Severity};
pub use kind::{Category, EventKind, EventNature, NotForReports, UnknownEventKind};
pub use locations::Locations;
pub use occurrence::{AuthorityChange, Detail, MonitoringChange, Occurrence, OccurrenceId};
pub use report::{About, Report};
pub use services::{HandedOver, Issued, NotUnderstood, Service, ServiceEvent};

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::cause::Clause;
use crate::certificate::{Certificate, Fingerprint};
use crate::names::EntryName;

/// How certnotify knows of an event. Every message says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// certnotify saw it.
    Observed,
    /// A hook or an operator reported it.
    Reported { by: String },
    /// From dates and policy.
    Derived,
}

impl Evidence {
    /// Its word, where programs read it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Reported { .. } => "reported",
            Self::Derived => "derived",
        }
    }

    /// Who reported it, where that is said.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Reported { by } => Some(by),
            Self::Observed | Self::Derived => None,
        }
    }
}

/// Where a certificate is, and when it was last seen there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The name of the entry that watches it.
    pub entry: EntryName,
    /// The name of the entry or of its member.
    pub name: Arc<str>,
    /// The path or the endpoint, as a person would type it.
    pub place: Arc<str>,
    /// As the memory knows it, where that is not `place`: one of several certificates in a file, an endpoint written without
    /// its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remembered_as: Option<Arc<str>>,
    /// The address that answered, for an endpoint.
    pub address: Option<String>,
    /// When it was last seen there; earlier than now where the last look showed nothing.
    #[serde(with = "time::serde::rfc3339")]
    pub seen: OffsetDateTime,
    /// Why the look of this run showed nothing.
    pub failing: Option<Clause>,
    /// It is seen over the network: clients are served it.
    pub is_endpoint: bool,
}

/// Begins the source of a date: the words of its entry.
pub const WRITTEN_DATE: &str = "expires = ";
/// Begins the source of a registration: the words of its entry.
pub const WRITTEN_DOMAIN: &str = "domain = ";

/// What a file calls one of several certificates in it, of a place as the memory knows it and the name of the member.
#[must_use]
pub fn member<'k>(key: &'k str, name: &str) -> Option<&'k str> {
    let called = key.match_indices('#').map(|(at, mark)| &key[at + mark.len()..]);
    let is_end = |called: &&str| name.strip_suffix(*called).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    called.filter(|called| !called.is_empty()).find(is_end)
}

/// The file or endpoint of a place, which for a further certificate of it has 8 hexadecimal digits after a `#`.
#[must_use]
pub fn file_of(place: &str) -> &str {
    match place.rsplit_once('#') {
        Some((file, digits)) if digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => file,
        _ => place,
    }
}

/// Whether a place as the memory knows it is that of a member, or of a further certificate of a file.
#[must_use]
pub fn is_one_of_several(key: &str, name: &str) -> bool {
    file_of(key) != key || member(key, name).is_some()
}

impl Location {
    /// What the file calls it, where it is one of several that have names there: `shop/www`.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        member(self.remembered_as.as_deref().filter(|_| !self.is_endpoint)?, &self.name)
    }

    /// One of several certificates in a file.
    #[must_use]
    pub fn is_one_of_several(&self) -> bool {
        !self.is_endpoint && is_one_of_several(self.key(), &self.name)
    }

    /// The place as the memory knows it.
    #[must_use]
    pub fn key(&self) -> &str {
        self.remembered_as.as_ref().unwrap_or(&self.place)
    }

    /// It is the date of an entry or the end of a registration: it has no place of its own.
    #[must_use]
    pub fn is_date(&self) -> bool {
        !self.is_endpoint && [WRITTEN_DATE, WRITTEN_DOMAIN].iter().any(|begins| self.place.starts_with(begins))
    }
}

/// One event of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub kind: EventKind,
    pub evidence: Evidence,
    pub certificate: Arc<Certificate>,
    /// All places of the certificate, in the order of the policy file.
    pub locations: Locations,
    /// Names of this certificate that a newer one, which covers the others, leaves out.
    pub left_out_by_successor: Vec<String>,
    /// A newer one in a file elsewhere, where this one stands in a file.
    pub superseded_by: Option<SupersededBy>,
    /// It is served, and each file that should be served there holds a newer one: that has to be loaded.
    pub is_renewed_on_disk: bool,
    /// Endpoints that should serve this certificate of a file and still serve another: that is told once the grace of a
    /// renewal has passed.
    pub served_instead: Vec<ServedInstead>,
}

/// A newer certificate with all names of an old one, in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupersededBy {
    /// The file, as a person would type it.
    pub place: String,
    pub fingerprint: Fingerprint,
    pub end: OffsetDateTime,
}

/// What an endpoint serves that should serve the certificate of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedInstead {
    /// The entry with the file.
    pub entry: EntryName,
    /// As it was written.
    pub endpoint: String,
    pub fingerprint: Fingerprint,
    pub serial: String,
    pub not_after: OffsetDateTime,
    /// When the grace ends.
    pub from: OffsetDateTime,
    /// The certificate of the file has taken its place.
    pub is_predecessor: bool,
}

impl Event {
    /// How an event of this certificate is known that is of `kind`: the end from dates, what is served by looking.
    #[must_use]
    pub fn evidence_of(&self, kind: EventKind) -> &Evidence {
        if kind == EventKind::HostingFailure && !self.served_instead.is_empty() {
            &Evidence::Observed
        } else {
            &self.evidence
        }
    }
}
