//! Revoked, or soon to be: what the answers of authorities come to.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::presence::TrackedCertificate;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, Finding, FindingId, Location, Occurrence};
use crate::history::History;
use crate::observation::{RenewalAnswer, Status, StatusAnswer};

/// An occurrence for each certificate that stands somewhere and was not known to be revoked. `history` is that of
/// before the answers.
#[must_use]
pub fn revocations(
    tracked: &[TrackedCertificate],
    answers: &[StatusAnswer],
    history: &History,
    now: OffsetDateTime,
) -> Vec<Occurrence> {
    let mut told = BTreeSet::new();
    let occurrences = answers.iter().filter_map(|answer| {
        let Status::Revoked { since, reason, source } = &answer.status else { return None };
        if history.revoked.contains_key(&answer.fingerprint) || !told.insert(answer.fingerprint) {
            return None;
        }
        let (certificate, locations) = standing_with(tracked, answer.fingerprint)?;
        // One that was on hold may be revoked again, and that is another occurrence.
        let since_when = since.unwrap_or(now).unix_timestamp();
        let detail = Detail::Revoked { reason: reason.clone(), since: *since, source: source.clone() };
        let about = (EventKind::Revocation, format!("{} {since_when}", answer.fingerprint));
        Some(Occurrence::observed(about, Some(certificate), locations, detail, now))
    });
    occurrences.collect()
}

/// An occurrence for each certificate whose authority moved the renewal window: its end is earlier than last seen, and
/// past; or that explains itself, with a page that it did not name before. `history` is that of before the answers.
#[must_use]
pub fn early_warnings(
    tracked: &[TrackedCertificate],
    answers: &[RenewalAnswer],
    history: &History,
    now: OffsetDateTime,
) -> Vec<Occurrence> {
    let occurrences = answers.iter().filter_map(|answer| {
        let window = answer.window.as_ref().ok()?;
        let before = history.renewal_window(answer.fingerprint);
        let moved = before.is_some_and(|before| window.end < before.end) && window.end <= now;
        let page = window.explanation.as_deref();
        let explains = page.is_some() && page != before.and_then(|before| before.explanation.as_deref());
        if !moved && !explains {
            return None;
        }
        let (certificate, locations) = standing_with(tracked, answer.fingerprint)?;
        let subject = format!("{} {} {}", answer.fingerprint, window.end.unix_timestamp(), page.unwrap_or_default());
        let detail = Detail::RenewalMovedForward { end: window.end, explanation: window.explanation.clone() };
        let about = (EventKind::Revocation, subject.trim_end());
        Some(Occurrence::observed(about, Some(certificate), locations, detail, now))
    });
    occurrences.collect()
}

/// What `check` says of an answer.
#[must_use]
pub fn status_finding(status: &Status) -> Option<Finding> {
    match status {
        Status::NotRevoked | Status::NotOffered => None,
        Status::Revoked { since, reason, source } => {
            let since = since.map(|since| format!(" on {}", since.date())).unwrap_or_default();
            let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            Some(Finding::from_reports(
                FindingId::Revoked,
                format!("taken back by its authority{since}{reason}: {source}"),
            ))
        }
        Status::Unknown { reason } => Some(Finding::from_reports(FindingId::RevocationUnknown, reason.clone())),
    }
}

fn standing_with(tracked: &[TrackedCertificate], fingerprint: Fingerprint) -> Option<(Certificate, Vec<Location>)> {
    let places: Vec<&TrackedCertificate> = tracked
        .iter()
        .filter(|tracked_certificate| tracked_certificate.certificate.fingerprint == fingerprint)
        .collect();
    let certificate = (*places.first()?.certificate).clone();
    Some((certificate, places.into_iter().map(|tracked_certificate| tracked_certificate.location.clone()).collect()))
}
