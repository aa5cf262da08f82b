//! Revoked, or soon to be: what the answers of authorities come to.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::standing::Standing;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, Evidence, Finding, FindingId, Happening, HappeningId, Kind, Sighting};
use crate::history::History;
use crate::observation::{RenewalAnswer, Status, StatusAnswer};

/// A happening for each certificate that stands somewhere and was not known to be revoked. `history` is that of
/// before the answers.
#[must_use]
pub fn revocations(
    standings: &[Standing],
    answers: &[StatusAnswer],
    history: &History,
    now: OffsetDateTime,
) -> Vec<Happening> {
    let mut told = BTreeSet::new();
    let news = answers.iter().filter_map(|answer| {
        let Status::Revoked { since, reason, source } = &answer.status else { return None };
        if history.revoked.contains_key(&answer.fingerprint) || !told.insert(answer.fingerprint) {
            return None;
        }
        let (certificate, sightings) = standing_with(standings, answer.fingerprint)?;
        // One that was on hold may be revoked again, and that is another happening.
        let since_when = since.unwrap_or(now).unix_timestamp();
        let detail = Detail::Revoked { reason: reason.clone(), since: *since, source: source.clone() };
        Some(happening(format!("{} {since_when}", answer.fingerprint), certificate, sightings, detail, now))
    });
    news.collect()
}

/// A happening for each certificate whose authority moved the renewal window: its end is earlier than last seen, and
/// past; or that explains itself, with a page that it did not name before. `history` is that of before the answers.
#[must_use]
pub fn early_warnings(
    standings: &[Standing],
    answers: &[RenewalAnswer],
    history: &History,
    now: OffsetDateTime,
) -> Vec<Happening> {
    let news = answers.iter().filter_map(|answer| {
        let window = answer.window.as_ref().ok()?;
        let before = history.renewal_window(answer.fingerprint);
        let moved = before.is_some_and(|before| window.end < before.end) && window.end <= now;
        let page = window.explanation.as_deref();
        let explains = page.is_some() && page != before.and_then(|before| before.explanation.as_deref());
        if !moved && !explains {
            return None;
        }
        let (certificate, sightings) = standing_with(standings, answer.fingerprint)?;
        let subject = format!("{} {} {}", answer.fingerprint, window.end.unix_timestamp(), page.unwrap_or_default());
        let detail = Detail::RenewalMovedForward { end: window.end, explanation: window.explanation.clone() };
        Some(happening(subject.trim_end().to_owned(), certificate, sightings, detail, now))
    });
    news.collect()
}

/// What `check` says of an answer.
#[must_use]
pub fn status_finding(status: &Status) -> Option<Finding> {
    match status {
        Status::NotRevoked | Status::NotOffered => None,
        Status::Revoked { since, reason, source } => {
            let since = since.map(|since| format!(" on {}", since.date())).unwrap_or_default();
            let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            Some(Finding::new(FindingId::Revoked, format!("taken back by its authority{since}{reason}: {source}")))
        }
        Status::Unknown { reason } => Some(Finding::new(FindingId::RevocationUnknown, reason.clone())),
    }
}

fn standing_with(standings: &[Standing], fingerprint: Fingerprint) -> Option<(Certificate, Vec<Sighting>)> {
    let places: Vec<&Standing> =
        standings.iter().filter(|standing| standing.certificate.fingerprint == fingerprint).collect();
    let certificate = places.first()?.certificate.clone();
    Some((certificate, places.into_iter().map(|standing| standing.sighting.clone()).collect()))
}

fn happening(
    subject: String,
    certificate: Certificate,
    sightings: Vec<Sighting>,
    detail: Detail,
    now: OffsetDateTime,
) -> Happening {
    Happening {
        id: HappeningId::new(Kind::Revocation, subject),
        kind: Kind::Revocation,
        evidence: Evidence::Observed,
        at: now,
        certificate: Some(certificate),
        sightings,
        detail,
    }
}
