//! Sharing: a certificate or key comes to a further place, or a private key becomes readable.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::context::{DetectContext, ObservedLeaf, dedup_by_entry};
use super::succession::succeeds;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, Occurrence, file_of};
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
    let is_new =
        |shown: &ObservedLeaf| shown.before.is_some_and(|record| record.fingerprint != shown.leaf().fingerprint);
    if !context.shown.iter().any(is_new) {
        return Vec::new();
    }
    let mut holders: HashMap<Fingerprint, Vec<ObservedLeaf>> = HashMap::new();
    for shown in &context.shown {
        for identity in shown.leaf().identities() {
            holders.entry(identity).or_default().push(*shown);
        }
    }
    let mut told = BTreeSet::new();
    let mut occurrences = Vec::new();
    let mut known: BTreeMap<Fingerprint, HeldBefore<'_>> = BTreeMap::new();
    for shown in &context.shown {
        let Some(record) = shown.before else { continue };
        let leaf = shown.leaf();
        if record.fingerprint == leaf.fingerprint {
            continue;
        }
        for identity in leaf.identities() {
            let Some(all) = holders.get(&identity).filter(|all| all.len() > 1) else { continue };
            let subject = leaf.own_key().unwrap_or(leaf.fingerprint);
            if told.contains(&subject) {
                continue;
            }
            let before = known.entry(identity).or_insert_with(|| HeldBefore::new(context, all));
            if before.has_new_pair(context, (*shown, record)) {
                told.insert(subject);
                occurrences.push(of_holders(context, *shown, all));
            }
        }
    }
    occurrences
}

/// The places that hold the same now and were watched before, by what each held together with others of them: a key
/// that thousands held, and all replaced, is compared once.
struct HeldBefore<'a>(BTreeMap<BTreeSet<Fingerprint>, Vec<ObservedLeaf<'a>>>);

impl<'a> HeldBefore<'a> {
    fn new(context: &DetectContext, all: &[ObservedLeaf<'a>]) -> Self {
        let known = all.iter().filter_map(|shown| Some((*shown, held(context, shown.before?))));
        let known: Vec<(ObservedLeaf, BTreeSet<Fingerprint>)> = known.collect();
        let mut holders: BTreeMap<Fingerprint, usize> = BTreeMap::new();
        for identity in known.iter().flat_map(|(_, held)| held) {
            *holders.entry(*identity).or_default() += 1;
        }
        let mut by_held: BTreeMap<BTreeSet<Fingerprint>, Vec<ObservedLeaf>> = BTreeMap::new();
        for (shown, mut held) in known {
            held.retain(|identity| holders[identity] > 1);
            by_held.entry(held).or_default().push(shown);
        }
        Self(by_held)
    }

    /// Whether another of them is somewhere else than `shown`, and the two shared nothing until now.
    fn has_new_pair(&self, context: &DetectContext, (shown, record): (ObservedLeaf, &PlaceRecord)) -> bool {
        let mut before = held(context, record);
        // What they share now may have been shared before, and ended: it counts only where the last certificate had it.
        let kept = context.facts(record.fingerprint).and_then(Certificate::own_key);
        shown
            .leaf()
            .identities()
            .filter(|identity| kept != Some(*identity))
            .for_each(|identity| _ = before.remove(&identity));
        let apart = self.0.iter().filter(|(held, _)| !before.iter().any(|identity| held.contains(identity)));
        apart.flat_map(|(_, others)| others).any(|other| can_pair(context, (shown, record), *other))
    }
}

/// What a place held before, by [`Certificate::identities`].
fn held(context: &DetectContext, record: &PlaceRecord) -> BTreeSet<Fingerprint> {
    let certificates = std::iter::once(record.fingerprint).chain(record.earlier.iter().copied());
    certificates
        .flat_map(|fingerprint| {
            std::iter::once(fingerprint).chain(context.facts(fingerprint).and_then(Certificate::own_key))
        })
        .collect()
}

/// Whether `other` is somewhere else than `shown`, and neither is deployed to the other.
fn can_pair(context: &DetectContext, (shown, record): (ObservedLeaf, &PlaceRecord), other: ObservedLeaf) -> bool {
    let (one, two) = (shown.observation, other.observation);
    let is_same_place = file_of(&one.place) == file_of(&two.place) || one.source == two.source;
    let is_pair = one.is_endpoint != two.is_endpoint;
    let is_deployment =
        || is_deployed(context, shown, record) || deploys(context, one, two) || deploys(context, two, one);
    !(is_same_place || is_pair && is_deployment())
}

/// `file` is said to be served at `endpoint`.
fn deploys(context: &DetectContext, file: &Observation, endpoint: &Observation) -> bool {
    let entry = context.entries.get(file.entry.as_str());
    entry.is_some_and(|entry| entry.options.deploys_to.iter().any(|target| target.place() == *endpoint.place))
}

/// A renewal came to an endpoint from the file it is kept in, or into the file from where it is served.
fn is_deployed(context: &DetectContext, shown: ObservedLeaf, record: &PlaceRecord) -> bool {
    context.facts(record.fingerprint).is_some_and(|old| succeeds(shown.leaf(), old, context.now))
}

fn of_holders(context: &DetectContext, shown: ObservedLeaf, all: &[ObservedLeaf]) -> Occurrence {
    let mut places: Vec<String> = all.iter().map(|holder| holder.observation.name.to_string()).collect();
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
        let key = shown.observation.on_disk.as_ref().and_then(|on_disk| on_disk.key.as_deref());
        let before = shown.before.and_then(|record| record.key.as_deref());
        let (Some(key), Some(before)) = (key, before) else { continue };
        let is_wider = key.by_others && !before.by_others || key.by_group && !before.by_group;
        if key.path == before.path && is_wider && told.insert(&key.path) {
            let subject = format!("{} is readable", key.path);
            let detail = Detail::KeyReadable { path: key.path.clone(), by_others: key.by_others };
            let locations = context.locations(*shown);
            occurrences.push(context.observed(EventKind::Sharing, subject, Some(shown.leaf()), locations, detail));
        }
    }
    occurrences
}
