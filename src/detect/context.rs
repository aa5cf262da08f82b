//! What the comparison of a run with the memory reads and finds.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::Arc;

use time::OffsetDateTime;

use super::location_status::{LocationStatus, UnseenPlaces};
use super::presence::TrackedCertificate;
use super::tracked::seen;
use crate::cause::Clause;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, FindingId, Location, Locations, Occurrence, OccurrenceId};
use crate::history::{AnomalyRecord, History, PlaceRecord, UndeployedRecord};
use crate::observation::{Observation, ObservedCertificate};
use crate::policy::{Entry, Policies};

/// What a run has before it when it asks what happened.
#[derive(Clone, Copy, Debug)]
pub struct DetectInput<'a> {
    pub policies: &'a Policies,
    /// The entries that were looked at.
    pub picked: &'a [&'a Entry],
    pub observations: &'a [Observation],
    pub tracked: &'a [TrackedCertificate],
    /// What these looks say of the remembered places that they did not show.
    pub unseen: &'a UnseenPlaces,
    /// As it was before this run looked.
    pub history: &'a History,
}

/// What a run saw happen.
#[derive(Clone, Debug, Default)]
pub struct DetectedOccurrences {
    /// What is new, and every anomaly that lasts and was told.
    pub occurrences: Vec<Occurrence>,
    /// What is wrong now, by place: the whole memory of it.
    pub anomalies: BTreeMap<String, BTreeMap<FindingId, AnomalyRecord>>,
    /// What is not served where it should be: the whole memory of it.
    pub undeployed: BTreeMap<Fingerprint, UndeployedRecord>,
    /// Anomalies that are no longer so: what of them was not told yet is told no more.
    pub ended: Vec<OccurrenceId>,
    /// What is watched no more, as over: for channels that keep alerts open, and no others.
    pub released: Vec<Occurrence>,
    /// Places where another certificate stands that is no successor of this one: the next run settles it.
    pub displaced: Vec<(String, Fingerprint)>,
}

/// A look that showed a certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct ObservedLeaf<'a> {
    pub observation: &'a Observation,
    pub sight: &'a ObservedCertificate,
    /// What is remembered of the place.
    pub before: Option<&'a PlaceRecord>,
}

impl<'a> ObservedLeaf<'a> {
    pub(super) fn leaf(&self) -> &'a Certificate {
        &self.sight.chain.leaf
    }
}

/// The input, in the forms in which the files of this module look things up.
pub(super) struct DetectContext<'a> {
    pub input: &'a DetectInput<'a>,
    pub now: OffsetDateTime,
    pub shown: Vec<ObservedLeaf<'a>>,
    /// Of the entries that were looked at.
    pub entries: BTreeMap<&'a str, &'a Entry>,
    /// Which of `shown` are at a place with others, by their places.
    at_one_place: OnceCell<Vec<usize>>,
}

impl<'a> DetectContext<'a> {
    pub(super) fn new(input: &'a DetectInput<'a>, now: OffsetDateTime) -> Self {
        let mut places = PlaceCursor::new(&input.history.places);
        let shown = input.observations.iter().filter_map(|observation| {
            let sight = observation.outcome.as_ref().ok()?;
            Some(ObservedLeaf { observation, sight, before: places.find(&observation.place) })
        });
        Self {
            input,
            now,
            shown: shown.collect(),
            entries: input.policies.entries.iter().map(|entry| (entry.name.as_str(), entry)).collect(),
            at_one_place: OnceCell::new(),
        }
    }

    pub(super) fn history(&self) -> &'a History {
        self.input.history
    }

    /// What this run says of a remembered place.
    pub(super) fn location_status(&self, place: &str) -> Option<&'a LocationStatus> {
        let unseen = self.input.unseen.get(place);
        unseen.or_else(|| self.history().places.contains_key(place).then_some(&LocationStatus::Seen))
    }

    /// What is remembered of a certificate.
    pub(super) fn facts(&self, fingerprint: Fingerprint) -> Option<&'a Certificate> {
        self.history().certificates.get(&fingerprint).map(|record| &*record.facts)
    }

    /// Whether all remembered places were shown such that this holds.
    pub(super) fn all_places(&self, is_such: impl Fn(&ObservedLeaf, &PlaceRecord) -> bool) -> bool {
        let records = self.shown.iter().filter_map(|shown| shown.before.filter(|record| is_such(shown, record)));
        // Two entries may show one place.
        let mut records: Vec<*const PlaceRecord> = records.map(std::ptr::from_ref).collect();
        records.sort_unstable();
        records.dedup();
        records.len() == self.history().places.len()
    }

    pub(super) fn location(&self, shown: ObservedLeaf) -> Location {
        seen(shown.observation, shown.sight, self.now)
    }

    /// The same for each entry that watches this place.
    pub(super) fn locations(&self, shown: ObservedLeaf) -> Vec<Location> {
        let first = self.location(shown);
        let fingerprint = shown.leaf().fingerprint;
        let others = self.looks_at(&shown.observation.place).filter(|other| other.leaf().fingerprint == fingerprint);
        let also = shown.before.into_iter().flat_map(PlaceRecord::entries);
        let also = also.map(|entry| Location { entry: entry.clone(), ..first.clone() });
        let all = std::iter::once(first.clone()).chain(others.map(|other| self.location(*other)));
        dedup_by_entry(all.chain(also))
    }

    /// What was shown at a place that several looks of this run were at.
    fn looks_at(&self, place: &str) -> impl Iterator<Item = &ObservedLeaf<'a>> {
        let place_of = |nth: &usize| &*self.shown[*nth].observation.place;
        let several = self.at_one_place.get_or_init(|| {
            let mut by_place: Vec<usize> = (0..self.shown.len()).collect();
            by_place.sort_by_key(place_of);
            let runs = by_place.chunk_by(|one, next| place_of(one) == place_of(next));
            runs.filter(|run| run.len() > 1).flatten().copied().collect()
        });
        let from = several.partition_point(|nth| place_of(nth) < place);
        several[from..].iter().map(|nth| &self.shown[*nth]).take_while(move |shown| &*shown.observation.place == place)
    }

    /// Where the successor of a certificate stands, by the name under which recipients know the one `before` it: that of its
    /// own file.
    pub(super) fn locations_after(&self, before: &PlaceRecord, new: ObservedLeaf) -> Vec<Location> {
        let mut locations = self.locations(new);
        if !before.is_endpoint && before.source != new.observation.source {
            for location in &mut locations {
                location.name = Arc::clone(&before.name);
            }
        }
        locations
    }

    /// Where a look failed, with what is remembered of it.
    pub(super) fn failing(&self, observation: &Observation) -> Location {
        let failing = observation.outcome.as_ref().err().map(|failure| Clause::from(&failure.cause));
        let known = self.history().places.get(&*observation.place);
        Location {
            entry: observation.entry.clone(),
            name: observation.name.clone(),
            place: observation.source.clone(),
            remembered_as: observation.remembered_as(),
            address: known.and_then(|record| record.address.clone()),
            seen: known.map_or(self.now, |record| record.last_seen),
            failing,
            is_endpoint: observation.is_endpoint,
        }
    }

    /// Every entry is looked at in this run: what no look shows is not watched.
    pub(super) fn is_whole(&self) -> bool {
        self.input.picked.len() == self.input.policies.entries.len()
    }

    pub(super) fn observed(
        &self,
        kind: EventKind,
        subject: impl std::fmt::Display,
        certificate: Option<&Certificate>,
        locations: impl Into<Locations>,
        detail: Detail,
    ) -> Occurrence {
        Occurrence::observed((kind, subject), certificate.cloned(), locations, detail, self.now)
    }
}

/// What is remembered of one place after another; those that come in the order of the memory are found without a search.
struct PlaceCursor<'a> {
    places: &'a BTreeMap<String, PlaceRecord>,
    rest: Peekable<btree_map::Range<'a, String, PlaceRecord>>,
}

impl<'a> PlaceCursor<'a> {
    fn new(places: &'a BTreeMap<String, PlaceRecord>) -> Self {
        Self { places, rest: places.range::<str, _>(..).peekable() }
    }

    fn find(&mut self, place: &str) -> Option<&'a PlaceRecord> {
        let is_here = |(next, _): &(&String, &PlaceRecord)| *next == place;
        let found = self.rest.next_if(is_here).or_else(|| {
            self.rest = self.places.range::<str, _>((Bound::Included(place), Bound::Unbounded)).peekable();
            self.rest.next_if(is_here)
        });
        found.map(|(_, record)| record)
    }
}

/// One sighting for each entry: enough to know who listens, however many places there are.
pub(super) fn dedup_by_entry(locations: impl IntoIterator<Item = Location>) -> Vec<Location> {
    let mut entries = BTreeSet::new();
    locations.into_iter().filter(|location| entries.insert(location.entry.clone())).collect()
}

/// The first three, and further ones of other entries: a message names three, and each entry says who hears of it.
pub(super) fn three_and_one_of_each_entry(locations: Vec<Location>) -> Vec<Location> {
    let mut entries = BTreeSet::new();
    let kept = locations.into_iter().enumerate();
    let kept = kept.filter(|(at, location)| entries.insert(location.entry.clone()) || *at < 3);
    kept.map(|(_, location)| location).collect()
}

/// The first three of them, as a message names many.
pub(super) fn first_three(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().filter(|name| seen.insert(name.clone())).take(3).collect()
}
