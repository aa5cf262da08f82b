//! Renewed, deleted, replaced: what stands in a place now against what stood there.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::context::{DetectContext, ObservedLeaf};
use super::location_diff::LocationDiff;
use super::place_parts::name_of;
use super::put_right::{self, Replacements};
use super::succession::{not_covered, succeeds};
use super::successors::{Candidate, Successors};
use super::tracked::last_seen;
use crate::certificate::{Certificate, CertificateKind, Fingerprint};
use crate::event::{Detail, EventKind, Location, Occurrence, file_of};
use crate::history::PlaceRecord;

/// What changed hands in this run.
#[derive(Default)]
pub(super) struct Changes<'a> {
    pub occurrences: Vec<Occurrence>,
    pub renewals: Vec<Renewal<'a>>,
    /// Another certificate stands in the place of this one, and is no successor of it.
    pub displaced: Vec<(String, Fingerprint)>,
}

/// One certificate that has taken the place of another, at one place.
#[derive(Clone, Copy)]
pub(super) struct Renewal<'a> {
    pub old: &'a Certificate,
    pub record: &'a PlaceRecord,
    pub new: ObservedLeaf<'a>,
    /// The new one stood here before, and the old one had come back.
    pub is_again: bool,
}

pub(super) fn changes<'a>(context: &DetectContext<'a>) -> Changes<'a> {
    let mut units: Vec<LocationDiff<'a>> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let unsettled = unsettled_files(context);
    let places = context.history().places.iter().filter(|(place, _)| unsettled.contains(file_of(place)));
    for (place, record) in places {
        let number = *numbers.entry(file_of(place)).or_insert_with(|| {
            units.push(LocationDiff::default());
            units.len() - 1
        });
        units[number].before.push((place, record));
    }
    for shown in &context.shown {
        if let Some(number) = numbers.get(file_of(&shown.observation.place)) {
            units[*number].shown.push(*shown);
        }
    }
    let elsewhere = OtherPlaces {
        addresses: at_addresses(context),
        files: OnceCell::new(),
        replacements: Replacements::new(context),
    };
    let mut changes = Changes::default();
    let mut gone = Vec::new();
    for unit in &units {
        for (place, record) in &unit.before {
            changes.of_place(context, unit, (place, record), &elsewhere, &mut gone);
        }
    }
    changes.occurrences.extend(renewed(context, &changes.renewals));
    changes.occurrences.extend(gone);
    changes
}

/// The files and endpoints of which a place does not just show what it showed.
fn unsettled_files<'a>(context: &DetectContext<'a>) -> HashSet<&'a str> {
    let is_same = |shown: &ObservedLeaf, record: &PlaceRecord| {
        record.fingerprint == shown.leaf().fingerprint && record.displaced.is_none()
    };
    if context.all_places(is_same) {
        return HashSet::new();
    }
    let is_settled = |shown: &&ObservedLeaf| shown.before.is_some_and(|record| is_same(shown, record));
    let settled = context.shown.iter().filter(is_settled).map(|shown| &*shown.observation.place);
    let mut settled: Vec<&str> = settled.collect();
    settled.sort_unstable();
    // Both are in their order.
    let mut settled = settled.into_iter().peekable();
    let places = context.history().places.keys().map(String::as_str);
    let unsettled = places.filter(|place| {
        while settled.next_if(|settled| settled < place).is_some() {}
        settled.peek() != Some(place)
    });
    unsettled.map(file_of).collect()
}

fn at_addresses<'a>(context: &DetectContext<'a>) -> BTreeMap<&'a str, Vec<ObservedLeaf<'a>>> {
    let mut addresses: BTreeMap<&str, Vec<ObservedLeaf<'a>>> = BTreeMap::new();
    for shown in context.shown.iter().filter(|shown| shown.observation.is_endpoint) {
        if let Some(name) = name_of(&shown.observation.place) {
            addresses.entry(name).or_default().push(*shown);
        }
    }
    addresses
}

/// What the other watched files hold, what the addresses of a name show, and what earlier runs saw replaced.
struct OtherPlaces<'a> {
    /// Only of use where something is gone.
    files: OnceCell<WatchedFiles<'a>>,
    addresses: BTreeMap<&'a str, Vec<ObservedLeaf<'a>>>,
    replacements: Replacements<'a>,
}

struct WatchedFiles<'a> {
    fingerprints: HashSet<Fingerprint>,
    successors: Successors<'a>,
}

impl<'a> WatchedFiles<'a> {
    fn new(context: &DetectContext<'a>) -> Self {
        let observations = context.input.observations.iter();
        let in_files = observations.filter(|observation| !observation.is_endpoint).filter_map(Candidate::new);
        Self {
            fingerprints: in_files.clone().map(|candidate| candidate.certificate.fingerprint).collect(),
            successors: Successors::new(in_files, context.now),
        }
    }
}

impl<'a> OtherPlaces<'a> {
    /// The successor that another address of the same name shows.
    fn at_other_address(&self, place: &str, old: &Certificate, context: &DetectContext) -> Option<ObservedLeaf<'a>> {
        let shown = self.addresses.get(name_of(place)?)?;
        let is_other = |shown: &ObservedLeaf| shown.leaf().key.algorithm != old.key.algorithm;
        let mut succeeding = shown.iter().copied().filter(|shown| succeeds(shown.leaf(), old, context.now));
        succeeding.find(|shown| file_of(place) == place || !is_other(shown))
    }

    /// Gone from a file, it has been moved or renewed.
    fn has_taken_over(
        &self,
        old: &Certificate,
        place: &str,
        record: &PlaceRecord,
        context: &DetectContext<'a>,
    ) -> bool {
        if record.is_endpoint {
            return false;
        }
        let WatchedFiles { fingerprints, successors } = self.files.get_or_init(|| WatchedFiles::new(context));
        fingerprints.contains(&old.fingerprint)
            || successors.renewing(old, place, false).or_else(|| successors.superseding(old)).is_some()
    }
}

impl<'a> Changes<'a> {
    fn of_place(
        &mut self,
        context: &DetectContext<'a>,
        unit: &LocationDiff<'a>,
        (place, record): (&str, &'a PlaceRecord),
        elsewhere: &OtherPlaces<'a>,
        gone: &mut Vec<Occurrence>,
    ) {
        let status = context.location_status(place);
        let is_gone = status.is_some_and(|status| status.is_gone(record, context.now));
        let waiting = record.displaced.and_then(|displaced| context.facts(displaced));
        let waiting = waiting.filter(|_| is_gone || !unit.shown.is_empty());
        if let Some(old) = waiting.filter(|old| !unit.shows(old.fingerprint)) {
            match (unit.successor(old, context), unit.shown_instead(old)) {
                (Some(new), _) => self.renewals.push(Renewal { old, record, new, is_again: false }),
                _ if old.is_expired(context.now) && !was_reminded(context, old) => {}
                // The one that it had renewed is back, wherever else it stands itself.
                (None, Some(by)) if succeeds(old, by.leaf(), context.now) => {
                    gone.push(replaced(context, old, record, by));
                }
                _ if elsewhere.has_taken_over(old, place, record, context) => {}
                (None, Some(by)) => gone.push(replaced(context, old, record, by)),
                (None, None) => gone.push(deleted(context, old, (place, record))),
            }
        }
        let Some(old) = context.facts(record.fingerprint).filter(|old| !unit.shows(old.fingerprint)) else { return };
        if is_gone && let Some(new) = elsewhere.at_other_address(place, old, context) {
            self.renewals.push(Renewal { old, record, new, is_again: false });
            return;
        }
        if unit.shown.is_empty() || is_gone {
            let is_news =
                is_gone && !old.is_expired(context.now) && !elsewhere.has_taken_over(old, place, record, context);
            if is_news && unit.successor(old, context).is_none() {
                // A server shows something for as long as it is there.
                let instead = unit.shown_instead(old).filter(|_| record.is_endpoint);
                gone.push(match instead {
                    Some(by) => replaced(context, old, record, by),
                    None => deleted(context, old, (place, record)),
                });
            }
            return;
        }
        if let Some(new) = unit.successor(old, context) {
            let is_again = unit.had_earlier(new.leaf().fingerprint);
            self.renewals.push(Renewal { old, record, new, is_again });
        } else if let Some(new) = unit.at(place)
            && !put_right::is_put_right(context, &elsewhere.replacements, (place, record), new)
        {
            self.displaced.push((place.to_owned(), old.fingerprint));
        }
    }
}

/// One closing message for each certificate, however many places showed it.
fn renewed(context: &DetectContext, renewals: &[Renewal]) -> Vec<Occurrence> {
    let mut by_old: BTreeMap<Fingerprint, (Renewal, Vec<Location>)> = BTreeMap::new();
    // A revocation list is issued anew every few days: only recipients who were reminded of it are told.
    let is_news = |old: &Certificate| old.kind != CertificateKind::RevocationList || was_reminded(context, old);
    for renewal in renewals.iter().filter(|renewal| is_news(renewal.old)) {
        let (first, locations) = by_old.entry(renewal.old.fingerprint).or_insert_with(|| (*renewal, Vec::new()));
        first.is_again &= renewal.is_again;
        locations.extend(context.locations_after(renewal.record, renewal.new));
    }
    let occurrence = |(renewal, locations): (Renewal, Vec<Location>)| {
        let detail = Detail::Renewed { new: Box::new(renewal.new.leaf().clone()) };
        let old = renewal.old;
        let occurrence = context.observed(EventKind::Hosting, old.fingerprint, Some(old), locations, detail);
        let id = if renewal.is_again { occurrence.id.come_back() } else { occurrence.id.clone() };
        Occurrence { id, ..occurrence }
    };
    by_old.into_values().map(occurrence).collect()
}

fn was_reminded(context: &DetectContext, old: &Certificate) -> bool {
    context.history().deliveries.contains_key(&old.fingerprint)
}

fn deleted(context: &DetectContext, old: &Certificate, (place, record): (&str, &PlaceRecord)) -> Occurrence {
    let subject = format!("{} {}", old.fingerprint, record.source);
    let (location, watching) = (last_seen(place, record, None), context.input.unseen.watching(place));
    let mut locations: Vec<Location> =
        watching.iter().map(|entry| Location { entry: entry.clone(), ..location.clone() }).collect();
    if locations.is_empty() {
        locations.push(location);
    }
    context.observed(EventKind::Deletion, subject, Some(old), locations, Detail::Deleted)
}

fn replaced(context: &DetectContext, old: &Certificate, record: &PlaceRecord, by: ObservedLeaf) -> Occurrence {
    let subject = format!("{} {} {}", old.fingerprint, record.source, by.leaf().fingerprint);
    let no_longer_covered = not_covered(by.leaf(), old);
    let detail = Detail::Replaced { by: Box::new(by.leaf().clone()), no_longer_covered };
    context.observed(EventKind::Deletion, subject, Some(old), context.locations(by), detail)
}
