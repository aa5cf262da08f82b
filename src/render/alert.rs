//! What a message about alerts tells, alert by alert: what each is about, and the key by which a service knows it.

use sha2::{Digest as _, Sha256};

use super::formatter::Formatter;
use super::hex;
use super::occurrence_row::Item;
use crate::certificate::Fingerprint;
use crate::event::{Detail, EventKind, FindingId, Occurrence};
use crate::policy::ContactName;

/// What an alert is about: what it is known by as long as it is open.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Alert {
    Certificate(Fingerprint),
    /// What comes and goes without the certificate, by its identifier.
    Occurrence(String),
}

impl Alert {
    fn new(occurrence: &Occurrence) -> Self {
        let of_certificate =
            occurrence.certificate.as_ref().map(|certificate| Self::Certificate(certificate.fingerprint));
        let own = || Self::Occurrence(occurrence.id.as_str().to_owned());
        match &occurrence.detail {
            // The reminder that it is not served stands among those of its certificate.
            Detail::Recovered { finding: FindingId::NotDeployed, .. } => of_certificate.unwrap_or_else(own),
            Detail::Recovered { .. } => Self::Occurrence(occurrence.id.recovered().as_str().to_owned()),
            Detail::PutRight { .. } => Self::Occurrence(occurrence.id.put_right().as_str().to_owned()),
            _ if occurrence.kind.ends_with_its_certificate() => of_certificate.unwrap_or_else(own),
            _ => own(),
        }
    }

    pub(super) fn key(&self, contact: &ContactName) -> String {
        let subject = match self {
            Self::Certificate(fingerprint) => fingerprint.to_string(),
            Self::Occurrence(id) => id.clone(),
        };
        key(contact, &subject)
    }
}

/// The same for the same contact and subject, whatever else changes.
pub(super) fn key(contact: &ContactName, subject: &str) -> String {
    format!("certnotify/{}", hex(&Sha256::digest(format!("certnotify-alert-v1\n{contact}\n{subject}"))[..16]))
}

/// What a row tells, alert by alert.
pub(super) fn split<'a>(item: &Item<'a>) -> Vec<(Alert, Item<'a>)> {
    let mut alerts: Vec<(Alert, Vec<&'a Occurrence>)> = Vec::new();
    if let Item::Due(row) = item {
        alerts.push((Alert::Certificate(row.first.key.fingerprint), Vec::new()));
    }
    for occurrence in item.occurrences() {
        let alert = Alert::new(occurrence);
        match alerts.iter_mut().find(|(known, _)| *known == alert) {
            Some((_, occurrences)) => occurrences.push(occurrence),
            None => alerts.push((alert, vec![occurrence])),
        }
    }
    let of_alert = |(nth, (alert, occurrences)): (usize, (Alert, Vec<&'a Occurrence>))| match item {
        Item::Due(row) if nth == 0 => {
            let mut row = row.clone();
            row.occurrences = occurrences;
            (alert, Item::Due(row))
        }
        _ => (alert, Item::Occurrences(occurrences)),
    };
    alerts.into_iter().enumerate().map(of_alert).collect()
}

/// It says of all that it tells that it is over, or all of it is over by now: no one is to be called for it.
pub(super) fn is_over(item: &Item<'_>, formatter: &Formatter<'_>) -> bool {
    let Item::Occurrences(occurrences) = item else { return false };
    let is_over = |occurrence: &Occurrence| formatter.outcome(occurrence).is_some();
    occurrences.iter().all(|occurrence| occurrence.kind == EventKind::Recovery || is_over(occurrence))
}
