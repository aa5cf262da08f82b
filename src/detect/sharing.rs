//! Sharing: a certificate or key comes to a further place, or a private key becomes readable.

use std::collections::{BTreeMap, BTreeSet};

use super::fate::file_of;
use super::happenings::{Shown, Stage, one_an_entry};
use super::successors::succeeds;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, Happening, Kind};
use crate::history::PlaceRecord;
use crate::observation::Observation;

/// More places than this are not named.
const NAMED: usize = 100;

pub(super) fn happenings(stage: &Stage) -> Vec<Happening> {
    let mut happenings = shared(stage);
    happenings.extend(readable_keys(stage));
    happenings
}

/// One happening for each certificate or key that has come to a place beside another that holds it.
fn shared(stage: &Stage) -> Vec<Happening> {
    let mut holders: BTreeMap<Fingerprint, Vec<Shown>> = BTreeMap::new();
    for shown in &stage.shown {
        for identity in identities(shown.leaf()) {
            holders.entry(identity).or_default().push(*shown);
        }
    }
    let mut told = BTreeSet::new();
    let mut happenings = Vec::new();
    for shown in &stage.shown {
        let Some(record) = stage.before(*shown) else { continue };
        let leaf = shown.leaf();
        if record.fingerprint == leaf.fingerprint || record.earlier.contains(&leaf.fingerprint) {
            continue;
        }
        for identity in identities(leaf) {
            let Some(all) = holders.get(&identity).filter(|all| all.len() > 1) else { continue };
            let is_new = all.iter().any(|other| is_new_pair(stage, (*shown, record), *other));
            if is_new && told.insert(leaf.key.id.unwrap_or(leaf.fingerprint)) {
                happenings.push(of_holders(stage, *shown, all));
            }
        }
    }
    happenings
}

/// By what two certificates are the same, or have the same key.
fn identities(certificate: &Certificate) -> impl Iterator<Item = Fingerprint> {
    std::iter::once(certificate.fingerprint).chain(certificate.key.id)
}

/// Whether `other` has watched its place before, is somewhere else than `shown`, and the two shared nothing until now.
fn is_new_pair(stage: &Stage, (shown, record): (Shown, &PlaceRecord), other: Shown) -> bool {
    let (one, two) = (shown.observation, other.observation);
    let is_same_place = file_of(&one.place) == file_of(&two.place) || one.source == two.source;
    let Some(others_record) = stage.before(other).filter(|_| !is_same_place) else { return false };
    let is_pair = one.is_endpoint != two.is_endpoint;
    if is_pair && (is_deployed(stage, shown, record) || deploys(stage, one, two) || deploys(stage, two, one)) {
        return false;
    }
    let held = |record: &PlaceRecord| -> BTreeSet<Fingerprint> {
        let certificates = std::iter::once(record.fingerprint).chain(record.earlier.iter().copied());
        certificates
            .flat_map(|fingerprint| {
                std::iter::once(fingerprint).chain(stage.facts(fingerprint).and_then(|facts| facts.key.id))
            })
            .collect()
    };
    held(record).is_disjoint(&held(others_record))
}

/// `file` is said to be served at `endpoint`.
fn deploys(stage: &Stage, file: &Observation, endpoint: &Observation) -> bool {
    let entry = stage.entries.get(file.entry.as_str());
    entry.is_some_and(|entry| entry.deploys_to.iter().any(|target| target.place() == endpoint.place))
}

/// A renewal came to an endpoint from the file it is kept in, or into the file from where it is served.
fn is_deployed(stage: &Stage, shown: Shown, record: &PlaceRecord) -> bool {
    stage.facts(record.fingerprint).is_some_and(|old| succeeds(shown.leaf(), old, stage.now))
}

fn of_holders(stage: &Stage, shown: Shown, all: &[Shown]) -> Happening {
    let mut places: Vec<String> = all.iter().map(|holder| holder.observation.name.clone()).collect();
    places.sort();
    places.dedup();
    places.truncate(NAMED);
    let sightings = one_an_entry(std::iter::once(&shown).chain(all).map(|holder| stage.sighting(*holder)));
    let leaf = shown.leaf();
    let subject = format!("{} {}", leaf.fingerprint, shown.observation.place);
    stage.observed(Kind::Sharing, subject, Some(leaf), sightings, Detail::Shared { places })
}

/// One happening for each private key that fewer people could read in the last run.
fn readable_keys(stage: &Stage) -> Vec<Happening> {
    let mut told = BTreeSet::new();
    let mut happenings = Vec::new();
    for shown in &stage.shown {
        let key = shown.observation.on_disk.as_ref().and_then(|on_disk| on_disk.key.as_ref());
        let before = stage.before(*shown).and_then(|record| record.key.as_ref());
        let (Some(key), Some(before)) = (key, before) else { continue };
        let is_wider = key.by_others && !before.by_others || key.by_group && !before.by_group;
        if key.path == before.path && is_wider && told.insert(&key.path) {
            let subject = format!("{} {}", key.path, stage.now.unix_timestamp());
            let detail = Detail::KeyReadable { path: key.path.clone(), by_others: key.by_others };
            let sightings = vec![stage.sighting(*shown)];
            happenings.push(stage.observed(Kind::Sharing, subject, Some(shown.leaf()), sightings, detail));
        }
    }
    happenings
}
