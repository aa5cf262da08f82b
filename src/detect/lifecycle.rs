//! Renewed, deleted, replaced: what stands in a place now against what stood there.

use std::collections::{BTreeMap, BTreeSet};

use super::fate::file_of;
use super::happenings::{Shown, Stage};
use super::standing::last_seen;
use super::successors::{Successors, not_covered, succeeds};
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, Happening, Kind, Sighting};
use crate::history::PlaceRecord;

/// What changed hands in this run.
#[derive(Default)]
pub(super) struct Changes<'a> {
    pub happenings: Vec<Happening>,
    pub renewals: Vec<Renewal<'a>>,
    /// Another certificate stands in the place of this one, and is no successor of it.
    pub displaced: Vec<(String, Fingerprint)>,
}

/// One certificate that has taken the place of another, at one place.
#[derive(Clone, Copy)]
pub(super) struct Renewal<'a> {
    pub old: &'a Certificate,
    pub record: &'a PlaceRecord,
    pub new: Shown<'a>,
}

/// A file or an endpoint: what it showed before, and what it shows now.
#[derive(Default)]
struct Unit<'a> {
    before: Vec<(&'a str, &'a PlaceRecord)>,
    shown: Vec<Shown<'a>>,
}

impl<'a> Unit<'a> {
    fn shows(&self, fingerprint: Fingerprint) -> bool {
        self.shown.iter().any(|shown| shown.leaf().fingerprint == fingerprint)
    }

    fn had(&self, fingerprint: Fingerprint) -> bool {
        self.before.iter().any(|(_, record)| record.fingerprint == fingerprint || record.earlier.contains(&fingerprint))
    }

    /// The certificate that has come in the place of `old` and succeeds it.
    fn successor(&self, old: &Certificate, stage: &Stage) -> Option<Shown<'a>> {
        self.shown.iter().copied().find(|shown| succeeds(shown.leaf(), old, stage.now))
    }
}

pub(super) fn changes<'a>(stage: &Stage<'a>) -> Changes<'a> {
    let mut units: BTreeMap<&str, Unit<'a>> = BTreeMap::new();
    for (place, record) in &stage.history().places {
        units.entry(unit_of(place, record.is_endpoint)).or_default().before.push((place, record));
    }
    for shown in &stage.shown {
        let observation = shown.observation;
        if let Some(unit) = units.get_mut(unit_of(&observation.place, observation.is_endpoint)) {
            unit.shown.push(*shown);
        }
    }
    let in_files = || stage.shown.iter().filter(|shown| !shown.observation.is_endpoint).map(Shown::leaf);
    let elsewhere = Elsewhere {
        files: in_files().map(|leaf| leaf.fingerprint).collect(),
        successors: Successors::of(in_files(), stage.now),
    };
    let mut changes = Changes::default();
    let mut gone = Vec::new();
    for unit in units.values() {
        for (place, record) in &unit.before {
            changes.of_place(stage, unit, (place, record), &elsewhere, &mut gone);
        }
    }
    changes.happenings.extend(renewed(stage, &changes.renewals));
    changes.happenings.extend(gone);
    changes
}

fn unit_of(place: &str, is_endpoint: bool) -> &str {
    if is_endpoint { place } else { file_of(place) }
}

/// What the other watched files hold.
struct Elsewhere<'a> {
    files: BTreeSet<Fingerprint>,
    successors: Successors<'a>,
}

impl Elsewhere<'_> {
    /// Gone from a file, it has been moved or renewed.
    fn has_taken_over(&self, old: &Certificate, record: &PlaceRecord) -> bool {
        !record.is_endpoint && (self.files.contains(&old.fingerprint) || self.successors.renewing(old).is_some())
    }
}

impl<'a> Changes<'a> {
    fn of_place(
        &mut self,
        stage: &Stage<'a>,
        unit: &Unit<'a>,
        (place, record): (&str, &'a PlaceRecord),
        elsewhere: &Elsewhere,
        gone: &mut Vec<Happening>,
    ) {
        let waiting = record.displaced.and_then(|displaced| stage.facts(displaced));
        if let Some(old) = waiting.filter(|old| !unit.shown.is_empty() && !unit.shows(old.fingerprint)) {
            match unit.successor(old, stage) {
                Some(new) => self.renewals.push(Renewal { old, record, new }),
                None if old.is_expired(stage.now) || elsewhere.has_taken_over(old, record) => {}
                None => gone.push(replaced(stage, old, record, unit.shown[0])),
            }
        }
        let Some(old) = stage.facts(record.fingerprint).filter(|old| !unit.shows(old.fingerprint)) else { return };
        if unit.shown.is_empty() || stage.fates.get(place).is_some_and(|fate| fate.is_gone(record)) {
            let is_gone = stage.fates.get(place).is_some_and(|fate| fate.is_gone(record));
            let is_news = is_gone && !old.is_expired(stage.now) && !elsewhere.has_taken_over(old, record);
            if is_news && unit.successor(old, stage).is_none() {
                gone.push(deleted(stage, old, record));
            }
            return;
        }
        let new = unit.successor(old, stage);
        match new {
            // It stood beside the old one already, or the two are shown in turn.
            Some(new) if unit.had(new.leaf().fingerprint) => {}
            Some(new) => self.renewals.push(Renewal { old, record, new }),
            None if unit.shown.iter().any(|shown| shown.observation.place == place) => {
                self.displaced.push((place.to_owned(), old.fingerprint));
            }
            None => {}
        }
    }
}

/// One closing message for each certificate, however many places showed it.
fn renewed(stage: &Stage, renewals: &[Renewal]) -> Vec<Happening> {
    let mut by_old: BTreeMap<Fingerprint, (Renewal, Vec<Sighting>)> = BTreeMap::new();
    // A revocation list is issued anew every few days: that is news only to whoever was reminded of it.
    let was_reminded = |old: &Certificate| stage.history().deliveries.contains_key(&old.fingerprint);
    for renewal in renewals.iter().filter(|renewal| !renewal.old.is_revocation_list || was_reminded(renewal.old)) {
        let (_, sightings) = by_old.entry(renewal.old.fingerprint).or_insert_with(|| (*renewal, Vec::new()));
        sightings.push(stage.sighting(renewal.new));
    }
    let happening = |(renewal, sightings): (Renewal, Vec<Sighting>)| {
        let detail = Detail::Renewed { new: Box::new(renewal.new.leaf().clone()) };
        stage.observed(Kind::Hosting, renewal.old.fingerprint, Some(renewal.old), sightings, detail)
    };
    by_old.into_values().map(happening).collect()
}

fn deleted(stage: &Stage, old: &Certificate, record: &PlaceRecord) -> Happening {
    let subject = format!("{} {}", old.fingerprint, record.source);
    stage.observed(Kind::Deletion, subject, Some(old), vec![last_seen(record, None)], Detail::Deleted)
}

fn replaced(stage: &Stage, old: &Certificate, record: &PlaceRecord, by: Shown) -> Happening {
    let subject = format!("{} {}", old.fingerprint, record.source);
    let no_longer_covered = not_covered(by.leaf(), old);
    let detail = Detail::Replaced { by: Box::new(by.leaf().clone()), no_longer_covered };
    stage.observed(Kind::Deletion, subject, Some(old), vec![stage.sighting(by)], detail)
}
