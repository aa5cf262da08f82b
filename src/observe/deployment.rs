//! Whether what stands in a file is what is served where it should be.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::questions::Ask;
use super::target::Target;
use super::trust::TrustAnchors;
use crate::certificate::Certificate;
use crate::observation::{Deployment, Observation, ObservedCertificate, ServedCertificate};
use crate::policy::{EndpointOptions, Entry, EntryName, Host, Watch};

/// Entries that watch the endpoints which others deploy to and none watches as such.
pub(super) fn deploying(entries: &[&Entry]) -> Vec<Entry> {
    let mut watched = HashSet::new();
    for entry in entries {
        if let Watch::Endpoints { endpoints, options } = &entry.watch {
            let place = |endpoint| {
                let ask = Ask::Never;
                Target { endpoint, options, judge: TrustAnchors::Unset, ask, only: None }.place()
            };
            watched.extend(endpoints.iter().map(place).filter(|_| !options.every_address));
        }
    }
    entries.iter().filter_map(|entry| watching(entry, &watched)).collect()
}

/// Tells every certificate in a file of an entry with `deploys-to` what its endpoints serve: as they were just looked
/// at, or `beside` the others.
pub(super) fn compare(entries: &[&Entry], observations: &mut [Observation], beside: impl Iterator<Item = Observation>) {
    let deployed: Vec<&Entry> = entries.iter().copied().filter(|entry| !entry.options.deploys_to.is_empty()).collect();
    if deployed.is_empty() {
        return;
    }
    let mut served = Served::default();
    for observation in observations.iter().filter(|observation| observation.is_endpoint && observation.is_reached) {
        served.add(observation);
    }
    for observation in beside.filter(|observation| observation.is_reached) {
        served.add(&observation);
    }
    let mut by_entry: HashMap<EntryName, Vec<&mut ObservedCertificate>> = HashMap::new();
    for observation in observations.iter_mut().filter(|observation| !observation.is_endpoint) {
        if let Ok(sight) = &mut observation.outcome {
            by_entry.entry(observation.entry.clone()).or_default().push(sight);
        }
    }
    for entry in deployed {
        let mut sights = by_entry.remove(&entry.name).unwrap_or_default();
        let is_alone = sights.len() == 1;
        for sight in &mut sights {
            let meant = entry.options.deploys_to.iter().filter(|endpoint| match &endpoint.host {
                Host::Name(name) => is_alone || sight.chain.leaf.covers(name),
                Host::Address(address) => is_alone || sight.chain.leaf.covers(&address.to_string()),
                Host::OnLink(link) => is_alone || sight.chain.leaf.covers(&link.address.to_string()),
            });
            let deployments = meant
                .filter_map(|endpoint| {
                    let served = served.instead_of(&sight.chain.leaf, &endpoint.place())?;
                    Some(Deployment { endpoint: endpoint.written.clone(), served })
                })
                .collect();
            sight.checks_mut().deployments = deployments;
        }
    }
}

/// What each endpoint serves: a server with several keys shows several certificates.
#[derive(Default)]
struct Served {
    shown: HashMap<String, Vec<ServedCertificate>>,
    /// Endpoints that may serve more than they showed.
    incomplete: HashSet<String>,
}

impl Served {
    fn add(&mut self, observation: &Observation) {
        let outcome = match &observation.outcome {
            Ok(sight) => Ok(Arc::clone(&sight.chain.leaf)),
            Err(failure) => Err(Arc::clone(&failure.cause)),
        };
        let endpoint = endpoint_of(&observation.place);
        if observation.outcome.as_ref().is_ok_and(|sight| sight.connection().may_have_another) {
            self.incomplete.insert(endpoint.to_owned());
        }
        self.shown.entry(endpoint.to_owned()).or_default().push(outcome);
    }

    /// What is served at `place` that `leaf` is compared with: of the same key algorithm where there is such a one, or may
    /// be one.
    fn instead_of(&self, leaf: &Certificate, place: &str) -> Option<ServedCertificate> {
        let outcomes = self.shown.get(place)?;
        let of_same_key = outcomes.iter().flatten().find(|served| served.key.algorithm == leaf.key.algorithm);
        let other = || outcomes.first().filter(|first| first.is_err() || !self.incomplete.contains(place)).cloned();
        of_same_key.cloned().map(Ok).or_else(other)
    }
}

/// The endpoint of a place, which for a further certificate of one endpoint has a `#` and digits of its fingerprint.
fn endpoint_of(place: &str) -> &str {
    place.split_once('#').map_or(place, |(endpoint, _)| endpoint)
}

/// The entry as it would be if it watched the endpoints that it deploys to, of which nothing is known yet.
fn watching(entry: &Entry, known: &HashSet<String>) -> Option<Entry> {
    let unknown = entry.options.deploys_to.iter().filter(|endpoint| !known.contains(&endpoint.place()));
    let endpoints: Vec<_> = unknown.cloned().collect();
    if endpoints.is_empty() {
        return None;
    }
    let options = EndpointOptions { ignore_trust: true, ..EndpointOptions::default() };
    let mut watching = Entry { watch: Watch::Endpoints { endpoints, options: options.into() }, ..entry.clone() };
    watching.options_mut().ca_file = None;
    Some(watching)
}
