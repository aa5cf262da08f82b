//! Renewed on disk, and somewhere the old certificate is still served.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use time::OffsetDateTime;

use super::context::{DetectContext, ObservedLeaf};
use super::presence::Visibility;
use super::renewal::{grace, usual_renewal};
use super::succession::precedes;
use crate::cause::FailureCause;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, Finding, FindingId, Occurrence, ServedInstead};
use crate::history::{History, UndeployedRecord};
use crate::observation::{Deployment, Observation, ObservedCertificate};
use crate::policy::Entry;

/// It is served where it should be when so many runs in a row saw it: one node of several may have it first.
const WELL_AFTER_RUNS: u32 = 2;

/// Where a certificate in a file should be served and another is, once the grace of a renewal has passed since it was
/// issued. One that is served and ends later is no old one.
#[must_use]
pub fn not_deployed(sight: &ObservedCertificate, now: OffsetDateTime) -> Option<Finding> {
    let late = still_served(sight).filter(|(.., from)| *from <= now);
    let clauses: Vec<String> = late
        .map(|(endpoint, served, _)| {
            let (serial, end) = (&served.serial, served.effective_end().date());
            format!("{endpoint} serves another one, serial {serial}, which ends on {end}")
        })
        .collect();
    (!clauses.is_empty()).then(|| Finding::from_reports(FindingId::NotDeployed, clauses.join("; ")))
}

/// The same, by the certificate in the file, of all that no entry accepts; also while the grace still runs.
#[must_use]
pub fn served_instead(
    entries: &[&Entry],
    observations: &[Observation],
    history: &History,
) -> BTreeMap<Fingerprint, Vec<ServedInstead>> {
    let mut instead: BTreeMap<Fingerprint, Vec<ServedInstead>> = BTreeMap::new();
    let entries: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.name.as_str(), *entry)).collect();
    for observation in observations {
        let Ok(sight) = &observation.outcome else { continue };
        let entry = entries.get(observation.entry.as_str());
        if entry.is_none_or(|entry| entry.options.accept.contains(&FindingId::NotDeployed)) {
            continue;
        }
        for (endpoint, served, from) in still_served(sight) {
            instead.entry(sight.chain.leaf.fingerprint).or_default().push(ServedInstead {
                entry: observation.entry.clone(),
                endpoint: endpoint.to_owned(),
                fingerprint: served.fingerprint,
                serial: served.serial.clone(),
                not_after: served.effective_end(),
                from,
                is_predecessor: was_in_file(served, &observation.place, history) || precedes(served, &sight.chain.leaf),
            });
        }
    }
    instead
}

fn was_in_file(served: &Certificate, file: &str, history: &History) -> bool {
    let record = history.places.get(file);
    record
        .is_some_and(|record| record.fingerprint == served.fingerprint || record.earlier.contains(&served.fingerprint))
}

/// What is served in place of a certificate of a file, and when its grace ends.
fn still_served(sight: &ObservedCertificate) -> impl Iterator<Item = (&str, &Certificate, OffsetDateTime)> {
    let leaf = &sight.chain.leaf;
    let had_time = leaf.not_before.saturating_add(grace(leaf.lifetime()));
    sight.checks().deployments.iter().filter_map(move |deployment| {
        let served = deployment.served.as_ref().ok()?;
        let ends = served.effective_end();
        let is_old = served.fingerprint != leaf.fingerprint && ends <= leaf.effective_end();
        // A server with several keys shows one of another algorithm that is renewed apart; an old one is renewed late.
        let is_late = || ends.saturating_sub(usual_renewal(served.lifetime())).saturating_add(grace(served.lifetime()));
        let is_alike = served.key.algorithm == leaf.key.algorithm;
        let from = if is_alike { had_time } else { had_time.max(is_late()) };
        is_old.then_some((deployment.endpoint.as_str(), &**served, from))
    })
}

/// What this run says of a certificate of which another run saw that it was not served.
enum Rollout {
    Failing,
    Done,
    /// An endpoint did not answer, or the file was not looked at.
    Unknown,
    /// It is to be served nowhere any more.
    Unwatched,
}

/// What became of the certificates that were not served where they should be.
#[derive(Default)]
pub(super) struct Rollouts {
    /// Those that are not.
    pub records: BTreeMap<Fingerprint, UndeployedRecord>,
    /// Of each that is again, and of which a recipient was reminded.
    pub recoveries: Vec<Occurrence>,
    /// Of each that was told and is accepted, or to be served nowhere, since.
    pub released: Vec<Occurrence>,
}

/// Compares where each should be served with where it is.
pub(super) fn rollouts(context: &DetectContext) -> Rollouts {
    let entries: Vec<&Entry> = context.entries.values().copied().collect();
    let mut failing = served_instead(&entries, context.input.observations, context.history());
    failing.retain(|_, served| served.iter().any(|served| served.from <= context.now));
    let mut records = context.history().undeployed.clone();
    for fingerprint in failing.keys() {
        records.entry(*fingerprint).or_insert(UndeployedRecord { since: context.now, well: 0 }).well = 0;
    }
    let mut rollouts = Rollouts::default();
    if records.is_empty() {
        return rollouts;
    }
    let (files, unseen) = (files(context, &records), unseen_in_files(context));
    records.retain(|fingerprint, record| {
        let files = files.get(fingerprint).map(Vec::as_slice).unwrap_or_default();
        let should_serve: Vec<ObservedLeaf> =
            files.iter().filter(|shown| is_to_be_served(context, **shown)).copied().collect();
        match rollout(&should_serve, unseen.contains(fingerprint), failing.contains_key(fingerprint)) {
            Rollout::Failing | Rollout::Unknown => return true,
            Rollout::Unwatched => {
                // Where another one has come to its place, that closes what is open of it.
                if !files.is_empty() && was_reminded(context, *fingerprint, record.since) {
                    rollouts.released.push(recovery(context, files, true));
                }
                return false;
            }
            Rollout::Done => record.well += 1,
        }
        let is_over = record.well >= WELL_AFTER_RUNS;
        if is_over && was_reminded(context, *fingerprint, record.since) {
            rollouts.recoveries.push(recovery(context, &should_serve, false));
        }
        !is_over
    });
    Rollouts { records, ..rollouts }
}

/// The files that show one of these certificates.
fn files<'a>(
    context: &DetectContext<'a>,
    of: &BTreeMap<Fingerprint, UndeployedRecord>,
) -> HashMap<Fingerprint, Vec<ObservedLeaf<'a>>> {
    let mut files: HashMap<Fingerprint, Vec<ObservedLeaf>> = HashMap::new();
    for shown in context.shown.iter().filter(|shown| !shown.observation.is_endpoint) {
        if of.contains_key(&shown.leaf().fingerprint) {
            files.entry(shown.leaf().fingerprint).or_default().push(*shown);
        }
    }
    files
}

/// Whether it is deployed somewhere, to the knowledge of this run, and to be served there.
fn is_to_be_served(context: &DetectContext, shown: ObservedLeaf) -> bool {
    let entry = context.entries.get(shown.observation.entry.as_str());
    !shown.sight.checks().deployments.is_empty()
        && entry.is_some_and(|entry| !entry.options.accept.contains(&FindingId::NotDeployed))
}

/// The certificates of files that this run did not see.
fn unseen_in_files(context: &DetectContext) -> HashSet<Fingerprint> {
    let unseen = context.input.tracked.iter().filter(|tracked_certificate| {
        tracked_certificate.presence != Visibility::Seen && !tracked_certificate.location.is_endpoint
    });
    unseen.map(|tracked_certificate| tracked_certificate.certificate.fingerprint).collect()
}

fn rollout(should_serve: &[ObservedLeaf], is_unseen: bool, is_failing: bool) -> Rollout {
    let mut deployments = should_serve.iter().flat_map(|shown| &shown.sight.checks().deployments);
    if is_failing {
        Rollout::Failing
    } else if should_serve.is_empty() {
        if is_unseen { Rollout::Unknown } else { Rollout::Unwatched }
    } else if deployments.any(|deployment| deployment.served.is_err()) {
        Rollout::Unknown
    } else {
        Rollout::Done
    }
}

fn was_reminded(context: &DetectContext, fingerprint: Fingerprint, since: OffsetDateTime) -> bool {
    context.history().reminded_since(fingerprint, EventKind::HostingFailure, since).next().is_some()
}

fn recovery(context: &DetectContext, files: &[ObservedLeaf], is_dropped: bool) -> Occurrence {
    let certificate = files.first().map(ObservedLeaf::leaf);
    let fingerprint = certificate.map(|certificate| certificate.fingerprint.to_string()).unwrap_or_default();
    let subject = format!("{} {fingerprint} {}", FindingId::NotDeployed, context.now.unix_timestamp());
    let locations: Vec<_> = files.iter().map(|shown| context.location(*shown)).collect();
    let detail = Detail::Recovered { finding: FindingId::NotDeployed, count: 1, is_dropped };
    context.observed(EventKind::Recovery, subject, certificate, locations, detail)
}

/// Why it cannot be told whether it is served where it should be.
pub(super) fn unknown(sight: &ObservedCertificate) -> Option<Finding> {
    let failing = sight.checks().deployments.iter().filter_map(|Deployment { endpoint, served }| {
        let (endpoint, cause) = (endpoint.clone(), Arc::clone(served.as_ref().err()?));
        Some(Arc::new(FailureCause::Deployment { endpoint, cause }))
    });
    let causes: Vec<_> = failing.collect();
    (!causes.is_empty()).then(|| Finding::new(FindingId::Unreachable, FailureCause::Several(causes)))
}
