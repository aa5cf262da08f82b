//! Which of several certificates in files takes the place of another.

use std::collections::HashMap;

use time::OffsetDateTime;

use crate::certificate::Certificate;
use crate::observation::{Observation, Sight};

/// The certificates of a set of observations by what they speak for. Those of endpoints are left out: what stands
/// elsewhere is no comfort to whoever is served the old one.
#[derive(Debug)]
pub struct Successors<'a> {
    by_name: HashMap<&'a str, Vec<&'a Observation>>,
}

impl<'a> Successors<'a> {
    #[must_use]
    pub fn new(observations: impl IntoIterator<Item = &'a Observation>) -> Self {
        let mut by_name: HashMap<&str, Vec<&Observation>> = HashMap::new();
        for observation in observations.into_iter().filter(|observation| !observation.is_endpoint) {
            let Some(leaf) = leaf(observation) else { continue };
            for key in keys(leaf) {
                by_name.entry(key).or_default().push(observation);
            }
        }
        Self { by_name }
    }

    /// The observation that shows a successor with every name of `old` in it; the one that ends last.
    #[must_use]
    pub fn of(&self, old: &Certificate, now: OffsetDateTime) -> Option<&'a Observation> {
        // A successor has every name, so it stands under the first.
        let candidates = self.by_name.get(keys(old).next()?)?;
        candidates
            .iter()
            .filter(|other| leaf(other).is_some_and(|new| old.is_succeeded_literally_by(new, now)))
            .max_by_key(|other| leaf(other).map(|new| new.not_after))
            .copied()
    }
}

fn leaf(observation: &Observation) -> Option<&Certificate> {
    observation.outcome.as_ref().ok().map(|Sight { chain, .. }| &chain.leaf)
}

/// What a certificate is found by: its DNS names, else its subject.
fn keys(certificate: &Certificate) -> impl Iterator<Item = &str> {
    let subject = certificate.dns_names.is_empty().then_some(certificate.subject.as_str());
    certificate.dns_names.iter().map(String::as_str).chain(subject)
}
