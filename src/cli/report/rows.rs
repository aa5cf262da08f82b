//! The rows of a report: what was seen, judged.

use std::collections::HashMap;
use std::sync::Arc;

use certnotify::certificate::Fingerprint;
use certnotify::detect::{self, Thresholds};
use certnotify::event::{Finding, FindingId};
use certnotify::fault::contained;
use certnotify::observation::{Observation, Status, StatusAnswer};
use certnotify::policy::{Entry, EntryName, Policies, Watch};
use time::OffsetDateTime;

use super::{Row, settle_renewed};

/// The rows in the order of the observations, which are in the order of the entries.
pub(crate) fn rows<'a>(
    entries: &[&Entry],
    observations: &'a [Observation],
    thresholds: &Thresholds,
    answers: &[StatusAnswer],
    now: OffsetDateTime,
) -> Vec<Row<'a>> {
    let by_name: HashMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), *entry)).collect();
    let statuses: HashMap<Fingerprint, &Status> =
        answers.iter().map(|answer| (answer.fingerprint, &answer.status)).collect();
    let mut rows: Vec<Row<'_>> = observations
        .iter()
        .map(|observation| {
            let entry = by_name.get(observation.entry.as_str()).copied();
            contained(|| row(entry, observation, thresholds, &statuses, now)).unwrap_or_else(|fault| {
                let finding = Finding::from_reports(FindingId::Unreadable, format!("it cannot be judged: {fault}"));
                Row::new(observation, vec![finding], None)
            })
        })
        .collect();
    let accepted = entries.iter().map(|entry| (entry.name.as_str(), &entry.options.accept)).collect();
    settle_renewed(&mut rows, &accepted, thresholds.within.is_some(), now);
    rows
}

fn row<'a>(
    entry: Option<&Entry>,
    observation: &'a Observation,
    thresholds: &Thresholds,
    statuses: &HashMap<Fingerprint, &Status>,
    now: OffsetDateTime,
) -> Row<'a> {
    let mut findings = entry.map(|entry| detect::findings(entry, observation, thresholds, now)).unwrap_or_default();
    let leaf = observation.outcome.as_ref().ok().map(|sight| &sight.chain.leaf);
    let status = leaf.and_then(|leaf| statuses.get(&leaf.fingerprint).copied());
    let finding = status.and_then(detect::status_finding);
    findings.extend(entry.zip(finding).map(|(entry, finding)| finding.accepted_by(&entry.options.accept)));
    let limits = entry.zip(leaf).map(|(entry, leaf)| thresholds.limits(entry, leaf, &observation.source));
    Row::new(observation, findings, limits)
}

/// Entries that stand for those of includes that took in nothing: each is a row that could not be inspected.
pub(crate) fn included_nothing(policies: &Policies) -> Vec<Entry> {
    let Some(any) = policies.entries.first() else { return Vec::new() };
    let of = |unread: &certnotify::policy::UnreadSource| {
        let watch = Watch::Endpoints { endpoints: Vec::new(), options: Arc::default() };
        let name = EntryName::new(unread.path.to_string_lossy());
        let mut entry = Entry { name, watch, ..any.clone() };
        entry.options_mut().unread = vec![unread.clone()];
        entry
    };
    policies.unread.iter().map(of).collect()
}
