//! A report: something that happened as a hook tells it, on its way into the state.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{EventKind, Evidence, Issued, ServiceEvent};
use crate::certificate::Fingerprint;

/// What `certnotify event` was told, or what `certnotify fetch` did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// Tells it from every other report; given when it is put down.
    #[serde(skip)]
    pub id: String,
    pub kind: EventKind,
    pub evidence: Evidence,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// None where it is about no certificate.
    pub about: Option<About>,
    pub message: Option<String>,
    /// Of `https`.
    pub url: Option<String>,
    /// Where a chain was saved.
    #[serde(default)]
    pub saved_to: Option<String>,
    /// What was issued, as a monitor of issuances tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Issued>,
}

impl Report {
    /// What a service handed over.
    #[must_use]
    pub fn from_service(event: ServiceEvent, by: String, at: OffsetDateTime) -> Self {
        let ServiceEvent { kind, names, message, issued, .. } = event;
        let is_about_nothing = names.is_empty() && kind.check_reportable().is_ok();
        let about = (!is_about_nothing).then_some(About::AnyOf(names));
        let evidence = Evidence::Reported { by };
        Self { id: String::new(), kind, evidence, at, about, message: Some(message), url: None, saved_to: None, issued }
    }

    /// Whether it may be taken in: services tell of dates and of what they find, too.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        let is_of_service = matches!(self.about, Some(About::AnyOf(_)));
        self.kind.check_reportable().is_ok()
            || (is_of_service && matches!(self.kind, EventKind::Expiration | EventKind::Expired | EventKind::Anomaly))
    }
}

/// Which certificate is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The name of an entry or of a member, the last part of one, or a DNS name.
    Name(String),
    /// A file, or a directory with everything in it.
    Path {
        written: String,
        absolute: String,
    },
    Fingerprint(Fingerprint),
    /// What a service calls it: the first of these names that is known here.
    AnyOf(Vec<String>),
}

impl About {
    /// A path that may be a name as well: it was not written as one, and only happened to be there.
    #[must_use]
    pub fn other_name(&self) -> Option<&str> {
        let Self::Path { written, .. } = self else { return None };
        let is_path = ["/", "./", "../"].iter().any(|start| written.starts_with(start));
        (!is_path).then_some(written)
    }
}
