//! Whether what stands in a file is what is served where it should be.

use std::collections::{HashMap, HashSet};

use super::endpoint::Target;
use super::questions::Ask;
use super::trust::TrustAnchors;
use crate::observation::{Deployment, Observation};
use crate::policy::{EndpointOptions, Entry, Host, Watch};

/// Entries that watch the endpoints which others deploy to and none watches as such.
pub(super) fn deploying(entries: &[&Entry]) -> Vec<Entry> {
    let mut watched = HashSet::new();
    for entry in entries {
        if let Watch::Endpoints { endpoints, options } = &entry.watch {
            let place = |endpoint| {
                let ask = Ask::Never;
                Target { endpoint, options, judge: TrustAnchors::Nobody, ask, only: None }.place()
            };
            watched.extend(endpoints.iter().map(place).filter(|_| !options.every_address));
        }
    }
    entries.iter().filter_map(|entry| watching(entry, &watched)).collect()
}

/// Tells every certificate in a file of an entry with `deploys-to` what its endpoints serve: as they were just looked
/// at, or `beside` the others.
pub(super) fn compare(entries: &[&Entry], observations: &mut [Observation], beside: impl Iterator<Item = Observation>) {
    let deployed: Vec<&Entry> = entries.iter().copied().filter(|entry| !entry.deploys_to.is_empty()).collect();
    if deployed.is_empty() {
        return;
    }
    let mut served = HashMap::new();
    for observation in observations.iter().filter(|observation| observation.is_endpoint && observation.is_reached) {
        served.entry(observation.place.clone()).or_insert_with(|| observation.outcome.clone());
    }
    for observation in beside.filter(|observation| observation.is_reached) {
        served.entry(observation.place).or_insert(observation.outcome);
    }
    for entry in deployed {
        let is_of_entry = |observation: &&mut Observation| !observation.is_endpoint && observation.entry == entry.name;
        let mut sights: Vec<_> = observations
            .iter_mut()
            .filter(is_of_entry)
            .filter_map(|observation| observation.outcome.as_mut().ok())
            .collect();
        let is_alone = sights.len() == 1;
        for sight in &mut sights {
            let meant = entry.deploys_to.iter().filter(|endpoint| match &endpoint.host {
                Host::Name(name) => is_alone || sight.chain.leaf.covers(name),
                Host::Address(address) => is_alone || sight.chain.leaf.covers(&address.to_string()),
            });
            sight.deployments = meant
                .filter_map(|endpoint| {
                    let served = match served.get(&endpoint.place())? {
                        Ok(sight) => Ok(sight.chain.leaf.clone()),
                        Err(failure) => Err(failure.message.clone()),
                    };
                    Some(Deployment { endpoint: endpoint.written.clone(), served })
                })
                .collect();
        }
    }
}

/// The entry as it would be if it watched the endpoints that it deploys to, of which nothing is known yet.
fn watching(entry: &Entry, known: &HashSet<String>) -> Option<Entry> {
    let unknown = entry.deploys_to.iter().filter(|endpoint| !known.contains(&endpoint.place()));
    let endpoints: Vec<_> = unknown.cloned().collect();
    if endpoints.is_empty() {
        return None;
    }
    let options = EndpointOptions { ignore_trust: true, ..EndpointOptions::default() };
    Some(Entry { watch: Watch::Endpoints { endpoints, options }, ca_file: None, ..entry.clone() })
}
