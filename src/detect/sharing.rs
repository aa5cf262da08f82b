//! Sharing: a certificate or key comes to a further place, or a private key becomes readable.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{DetectContext, ObservedLeaf, dedup_by_entry};
use super::location_status::file_of;
use super::successors::succeeds;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, Occurrence};
use crate::history::PlaceRecord;
use crate::observation::Observation;

/// More places than this are not named.
const NAMED: usize = 100;

pub(super) fn occurrences(context: &DetectContext) -> Vec<Occurrence> {
    let mut occurrences = shared(context);
    occurrences.extend(readable_keys(context));
    occurrences
}

/// One occurrence for each certificate or key that has come to a place beside another that holds it.
fn shared(context: &DetectContext) -> Vec<Occurrence> {
    let mut holders: BTreeMap<Fingerprint, Vec<ObservedLeaf>> = BTreeMap::new();
    for shown in &context.shown {
        for identity in identities(shown.leaf()) {
            holders.entry(identity).or_default().push(*shown);
        }
    }
    let mut told = BTreeSet::new();
    let mut occurrences = Vec::new();
    for shown in &context.shown {
        let Some(record) = context.before(*shown) else { continue };
        let leaf = shown.leaf();
        if record.fingerprint == leaf.fingerprint {
            continue;
        }
        for identity in identities(leaf) {
            let Some(all) = holders.get(&identity).filter(|all| all.len() > 1) else { continue };
            let is_new = all.iter().any(|other| is_new_pair(context, (*shown, record), *other));
            if is_new && told.insert(key_of(leaf).unwrap_or(leaf.fingerprint)) {
                occurrences.push(of_holders(context, *shown, all));
            }
        }
    }
    occurrences
}

/// By what two certificates are the same, or have the same key.
fn identities(certificate: &Certificate) -> impl Iterator<Item = Fingerprint> {
    std::iter::once(certificate.fingerprint).chain(key_of(certificate))
}

/// An authority's certificates have one key on purpose.
fn key_of(certificate: &Certificate) -> Option<Fingerprint> {
    certificate.key.id.filter(|_| !certificate.is_authority)
}

/// Whether `other` has watched its place before, is somewhere else than `shown`, and the two shared nothing until now.
fn is_new_pair(context: &DetectContext, (shown, record): (ObservedLeaf, &PlaceRecord), other: ObservedLeaf) -> bool {
    let (one, two) = (shown.observation, other.observation);
    let is_same_place = file_of(&one.place) == file_of(&two.place) || one.source == two.source;
    let Some(others_record) = context.before(other).filter(|_| !is_same_place) else { return false };
    let is_pair = one.is_endpoint != two.is_endpoint;
    if is_pair && (is_deployed(context, shown, record) || deploys(context, one, two) || deploys(context, two, one)) {
        return false;
    }
    // What they share now may have been shared before, and ended: it does not count.
    let shared: Vec<Fingerprint> = identities(shown.leaf()).collect();
    let held = |record: &PlaceRecord| -> BTreeSet<Fingerprint> {
        let certificates = std::iter::once(record.fingerprint).chain(record.earlier.iter().copied());
        certificates
            .flat_map(|fingerprint| std::iter::once(fingerprint).chain(context.facts(fingerprint).and_then(key_of)))
            .filter(|identity| !shared.contains(identity))
            .collect()
    };
    held(record).is_disjoint(&held(others_record))
}

/// `file` is said to be served at `endpoint`.
fn deploys(context: &DetectContext, file: &Observation, endpoint: &Observation) -> bool {
    let entry = context.entries.get(file.entry.as_str());
    entry.is_some_and(|entry| entry.deploys_to.iter().any(|target| target.place() == endpoint.place))
}

/// A renewal came to an endpoint from the file it is kept in, or into the file from where it is served.
fn is_deployed(context: &DetectContext, shown: ObservedLeaf, record: &PlaceRecord) -> bool {
    context.facts(record.fingerprint).is_some_and(|old| succeeds(shown.leaf(), old, context.now))
}

fn of_holders(context: &DetectContext, shown: ObservedLeaf, all: &[ObservedLeaf]) -> Occurrence {
    let mut places: Vec<String> = all.iter().map(|holder| holder.observation.name.clone()).collect();
    places.sort();
    places.dedup();
    places.truncate(NAMED);
    let locations = dedup_by_entry(std::iter::once(&shown).chain(all).map(|holder| context.location(*holder)));
    let leaf = shown.leaf();
    let subject = format!("{} {}", leaf.fingerprint, shown.observation.place);
    context.observed(EventKind::Sharing, subject, Some(leaf), locations, Detail::Shared { places })
}

/// One occurrence for each private key that fewer people could read in the last run.
fn readable_keys(context: &DetectContext) -> Vec<Occurrence> {
    let mut told = BTreeSet::new();
    let mut occurrences = Vec::new();
    for shown in &context.shown {
        let key = shown.observation.on_disk.as_ref().and_then(|on_disk| on_disk.key.as_ref());
        let before = context.before(*shown).and_then(|record| record.key.as_ref());
        let (Some(key), Some(before)) = (key, before) else { continue };
        let is_wider = key.by_others && !before.by_others || key.by_group && !before.by_group;
        if key.path == before.path && is_wider && told.insert(&key.path) {
            let subject = format!("{} is readable", key.path);
            let detail = Detail::KeyReadable { path: key.path.clone(), by_others: key.by_others };
            let locations = vec![context.location(*shown)];
            occurrences.push(context.observed(EventKind::Sharing, subject, Some(shown.leaf()), locations, detail));
        }
    }
    occurrences
}
