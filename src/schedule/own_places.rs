//! The places of a certificate or of what happened, as each contact is told of them: by those that they hear of.

use std::collections::HashMap;
use std::sync::Arc;

use super::occurrences::hearing;
use crate::event::{Detail, Event, Location, Locations, Occurrence};
use crate::policy::{ContactName, EntryName, Policies};

/// So many places a message names.
const NAMED: usize = 3;
/// Of more places of one certificate no order is made for each contact.
const MOST_ORDERED: usize = 100;

/// The events of one certificate for contacts of different entries: a message calls it by the name of its first place.
pub(super) struct OwnEvents<'a> {
    event: &'a Arc<Event>,
    /// By the position of the place that comes first.
    ordered: HashMap<usize, Arc<Event>>,
}

impl<'a> OwnEvents<'a> {
    pub(super) fn new(event: &'a Arc<Event>) -> Self {
        Self { event, ordered: HashMap::new() }
    }

    /// As it is told to a contact of these entries.
    pub(super) fn of(&mut self, is_own: impl Fn(&EntryName) -> bool) -> Arc<Event> {
        let event = self.event;
        let Some(first) = first_own(&event.locations, is_own) else { return Arc::clone(event) };
        let ordered = || Arc::new(Event { locations: led_by(&event.locations, first), ..(**event).clone() });
        Arc::clone(self.ordered.entry(first).or_insert_with(ordered))
    }
}

/// Where the first place stands that one of the own entries watches, unless that is at the head of all.
fn first_own(locations: &Locations, is_own: impl Fn(&EntryName) -> bool) -> Option<usize> {
    let all = Some(locations).filter(|all| (2..=MOST_ORDERED).contains(&all.len()))?;
    all.iter().position(|location| is_own(&location.entry)).filter(|first| *first > 0)
}

/// The same places, with one of them at their head.
fn led_by(locations: &Locations, first: usize) -> Locations {
    let mut ordered = locations.to_vec();
    if let Some(head) = ordered.get_mut(..=first) {
        head.rotate_right(1);
    }
    ordered.into()
}

/// As it is told to each contact that hears of some of its places and not of all, or not of the first.
pub(super) fn of_contacts(occurrence: &Occurrence, policies: &Policies) -> HashMap<ContactName, Arc<Occurrence>> {
    if occurrence.locations.len() < 2 {
        return HashMap::new();
    }
    let is_of_many =
        matches!(occurrence.detail, Detail::FindingBurst { .. } | Detail::Recovered { .. } | Detail::Announced { .. });
    if is_of_many { of_many(occurrence, policies) } else { of_one(occurrence, policies) }
}

/// Of what happened to one certificate, all places count.
fn of_one(occurrence: &Occurrence, policies: &Policies) -> HashMap<ContactName, Arc<Occurrence>> {
    if occurrence.locations.len() > MOST_ORDERED {
        return HashMap::new();
    }
    let mut firsts: HashMap<&ContactName, usize> = HashMap::new();
    for (nth, location) in occurrence.locations.iter().enumerate() {
        let entry = policies.entry(location.entry.as_str()).filter(|entry| !entry.options.is_silenced);
        for contact in entry.into_iter().flat_map(hearing) {
            firsts.entry(contact).or_insert(nth);
        }
    }
    firsts.retain(|_, first| *first > 0);
    let mut ordered: HashMap<usize, Arc<Occurrence>> = HashMap::new();
    let of_contact = |(contact, first): (&ContactName, usize)| {
        let locations = || led_by(&occurrence.locations, first);
        let ordered = ordered.entry(first);
        let ordered = ordered.or_insert_with(|| Arc::new(Occurrence { locations: locations(), ..occurrence.clone() }));
        (contact.clone(), Arc::clone(ordered))
    };
    firsts.into_iter().map(of_contact).collect()
}

fn of_many(occurrence: &Occurrence, policies: &Policies) -> HashMap<ContactName, Arc<Occurrence>> {
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
