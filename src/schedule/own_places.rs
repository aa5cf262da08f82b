//! What happened at many places, as each contact is told of it: by the places that they hear of.

use std::collections::HashMap;
use std::sync::Arc;

use super::occurrences::hearing;
use crate::event::{Detail, Location, Occurrence};
use crate::policy::{ContactName, Policies};

/// So many places a message names.
const NAMED: usize = 3;

/// Of each contact that hears of some of its places and not of all.
pub(super) fn of_contacts(occurrence: &Occurrence, policies: &Policies) -> HashMap<ContactName, Arc<Occurrence>> {
    let is_of_many =
        matches!(occurrence.detail, Detail::FindingBurst { .. } | Detail::Recovered { .. } | Detail::Announced { .. });
    if !is_of_many || occurrence.locations.len() < 2 {
        return HashMap::new();
    }
    let mut heard: HashMap<&ContactName, Vec<&Location>> = HashMap::new();
    for location in &occurrence.locations {
        let Some(entry) = policies.entry(location.entry.as_str()) else { continue };
        for contact in hearing(entry) {
            heard.entry(contact).or_default().push(location);
        }
    }
    let some = heard.into_iter().filter(|(_, heard)| heard.len() < occurrence.locations.len());
    some.map(|(contact, heard)| (contact.clone(), Arc::new(at(occurrence, &heard)))).collect()
}

fn at(occurrence: &Occurrence, heard: &[&Location]) -> Occurrence {
    let mut detail = occurrence.detail.clone();
    if let Detail::FindingBurst { names, .. } | Detail::Announced { names, .. } = &mut detail {
        *names = heard.iter().take(NAMED).map(|location| location.name.to_string()).collect();
    }
    Occurrence {
        id: occurrence.id.clone(),
        kind: occurrence.kind,
        evidence: occurrence.evidence.clone(),
        at: occurrence.at,
        certificate: occurrence.certificate.clone(),
        locations: heard.iter().map(|location| (*location).clone()).collect(),
        detail,
    }
}
