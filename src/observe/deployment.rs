//! Whether what stands in a file is what is served where it should be.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::trust::TrustStores;
use super::{Options, endpoints};
use crate::observation::{Deployment, Observation};
use crate::policy::{EndpointOptions, Entry, Host, Watch};

/// Tells every certificate in a file of an entry with `deploys-to` what its endpoints serve. What was just looked at
/// is not looked at again.
pub(super) fn compare(
    entries: &[&Entry],
    observations: &mut [Observation],
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) {
    let deployed: Vec<&Entry> = entries.iter().copied().filter(|entry| !entry.deploys_to.is_empty()).collect();
    if deployed.is_empty() {
        return;
    }
    let mut served = HashMap::new();
    for observation in observations.iter().filter(|observation| observation.is_endpoint) {
        served.entry(observation.place.clone()).or_insert_with(|| observation.outcome.clone());
    }
    let watching: Vec<Entry> = deployed.iter().filter_map(|entry| watching(entry, &served)).collect();
    let looks = endpoints::look(&watching.iter().collect::<Vec<_>>(), trust_stores, options, now);
    for observation in looks.into_iter().flatten() {
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
fn watching<T>(entry: &Entry, known: &HashMap<String, T>) -> Option<Entry> {
    let unknown = entry.deploys_to.iter().filter(|endpoint| !known.contains_key(&endpoint.place()));
    let endpoints: Vec<_> = unknown.cloned().collect();
    let options = EndpointOptions { ignore_trust: true, ..EndpointOptions::default() };
    let watch = Watch::Endpoints { endpoints, options };
    matches!(&watch, Watch::Endpoints { endpoints, .. } if !endpoints.is_empty()).then(|| Entry {
        watch,
        ca_file: None,
        ..entry.clone()
    })
}
