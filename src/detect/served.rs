//! What is served where the certificate of a file should be: it is watched like any endpoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::presence::{TrackedCertificate, Visibility};
use crate::cause::{Clause, PlaceCause};
use crate::certificate::Certificate;
use crate::event::{FindingId, Location};
use crate::history::{History, PlaceRecord, ServedRecord};
use crate::observation::{Observation, ServedCertificate};
use crate::policy::Entry;

/// The certificates other than the one in the file that its endpoints serve; of an endpoint that did not answer the one
/// that it served last. Where the entry accepts that another is served, it is no concern of the file.
pub(super) fn served(
    entry: &Entry,
    observation: &Observation,
    history: &History,
    now: OffsetDateTime,
) -> Vec<TrackedCertificate> {
    let Ok(sight) = &observation.outcome else { return Vec::new() };
    if entry.options.accept.contains(&FindingId::NotDeployed) {
        return Vec::new();
    }
    let leaf = sight.chain.leaf.fingerprint;
    let by_endpoint: BTreeMap<&str, &ServedCertificate> = sight
        .checks()
        .deployments
        .iter()
        .map(|deployment| (deployment.endpoint.as_str(), &deployment.served))
        .collect();
    let before = history.places.get(&*observation.place).map(|record| &record.served);
    let meant = entry.options.deploys_to.iter().map(|endpoint| endpoint.written.as_str());
    let of_endpoint = |endpoint: &str| match by_endpoint.get(endpoint) {
        Some(Ok(certificate)) => {
            let location = location(observation, endpoint, now, None);
            Some(tracked(location, Arc::clone(certificate), Visibility::Seen))
        }
        missing => {
            let known = before?.get(endpoint)?;
            let (reason, visibility) = match missing {
                Some(Err(cause)) => (cause.into(), Visibility::NotSeen),
                _ => (PlaceCause::NotInThisRun.into(), Visibility::NotLookedAt),
            };
            let location = location(observation, endpoint, known.last_seen, Some(reason));
            Some(tracked(location, facts(known, history)?, visibility))
        }
    };
    meant.filter_map(of_endpoint).filter(|tracked| tracked.certificate.fingerprint != leaf).collect()
}

/// The same of a file that this run did not see, as it was last known.
pub(super) fn served_last(
    entry: &Entry,
    file: &TrackedCertificate,
    record: &PlaceRecord,
    history: &History,
) -> Vec<TrackedCertificate> {
    if entry.options.accept.contains(&FindingId::NotDeployed) {
        return Vec::new();
    }
    let meant = entry.options.deploys_to.iter().filter_map(|endpoint| record.served.get_key_value(&endpoint.written));
    let other = meant.filter(|(_, known)| known.fingerprint != record.fingerprint);
    let last = other.filter_map(|(endpoint, known)| {
        let location = Location {
            place: endpoint.as_str().into(),
            remembered_as: None,
            address: None,
            seen: known.last_seen,
            is_endpoint: true,
            ..file.location.clone()
        };
        Some(tracked(location, facts(known, history)?, file.presence))
    });
    last.collect()
}

fn facts(known: &ServedRecord, history: &History) -> Option<Arc<Certificate>> {
    history.certificates.get(&known.fingerprint).map(|record| Arc::clone(&record.facts))
}

fn tracked(location: Location, certificate: Arc<Certificate>, visibility: Visibility) -> TrackedCertificate {
    TrackedCertificate { place: location.place.clone(), location, certificate, presence: visibility }
}

fn location(file: &Observation, endpoint: &str, seen: OffsetDateTime, failing: Option<Clause>) -> Location {
    Location {
        entry: file.entry.clone(),
        name: file.name.clone(),
        place: endpoint.into(),
        remembered_as: None,
        address: None,
        seen,
        failing,
        is_endpoint: true,
    }
}
