//! Closing messages of series whose successor came in another way than to the place of the old certificate.

use std::collections::{BTreeMap, BTreeSet};

use time::Duration;

use super::context::{DetectContext, ObservedLeaf};
use super::expiration::unrenewed;
use super::lifecycle::Renewal;
use super::location_status::LocationStatus;
use super::succession::succeeds;
use super::successors::{Candidate, Successors};
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, Occurrence};
use crate::history::PlaceRecord;

/// An old certificate that is shown in turn with the new one has gone when it was not seen for so long.
const QUIET: Duration = Duration::DAY;

/// One for each certificate of which recipients were reminded, that stands unrenewed nowhere now, and that `renewals`
/// does not close.
pub(super) fn closings(context: &DetectContext, renewals: &[Renewal]) -> Vec<Occurrence> {
    let history = context.history();
    let closed: BTreeSet<Fingerprint> = renewals.iter().map(|renewal| renewal.old.fingerprint).collect();
    let open: Vec<(&Certificate, bool)> = history
        .open_series(|contact, channel| context.input.policies.reaches(contact, channel))
        .filter(|(fingerprint, _)| !closed.contains(fingerprint))
        .filter_map(|(fingerprint, was_closed)| Some((context.facts(fingerprint)?, was_closed)))
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    let unrenewed = unrenewed(context.input.tracked, context.now);
    let ended: Vec<(&Certificate, bool)> =
        open.into_iter().filter(|(old, _)| !unrenewed.contains(&old.fingerprint)).collect();
    if ended.is_empty() {
        return Vec::new();
    }
    let shown = ByName::new(context);
    let remembered: BTreeMap<Fingerprint, &PlaceRecord> =
        history.places.values().rev().map(|record| (record.fingerprint, record)).collect();
    let left = left_the_watch(context);
    let closings = ended.into_iter().filter_map(|(old, was_closed)| {
        let known = history.certificates.get(&old.fingerprint)?;
        // A recipient who has heard that it is renewed is not told again while the two are shown in turn.
        if was_closed && context.now - known.last_seen < QUIET {
            return None;
        }
        let new = shown.successor(old, known.place.as_deref(), context)?;
        let was_here = new.before.is_some_and(|record| record.earlier.contains(&old.fingerprint));
        let is_its_place = was_here || known.place.as_deref() == Some(&*new.observation.source);
        // Nothing is known of one that is watched no more, unless what succeeds it came when it left.
        let has_moved = !known.is_unwatched && !remembered.contains_key(&new.leaf().fingerprint);
        let has_left = known.is_unwatched || left.contains(&old.fingerprint);
        if has_left && !is_its_place && !(has_moved && context.input.policies.unread.is_empty()) {
            return None;
        }
        let detail = Detail::Renewed { new: Box::new(new.leaf().clone()) };
        let record = remembered.get(&old.fingerprint).copied();
        let locations = match record.filter(|_| !was_here) {
            Some(record) => context.locations_after(record, new),
            None => context.locations(new),
        };
        Some(context.observed(EventKind::Hosting, old.fingerprint, Some(old), locations, detail))
    });
    closings.collect()
}

/// The certificates that stood at places of the policy file before this run, and stand at none of them now.
fn left_the_watch(context: &DetectContext) -> BTreeSet<Fingerprint> {
    let is_watched = |place: &str| context.location_status(place) != Some(&LocationStatus::NotWatched);
    let (stay, leave): (Vec<_>, Vec<_>) = context.history().places.iter().partition(|(place, _)| is_watched(place));
    let mut left: BTreeSet<Fingerprint> = leave.into_iter().map(|(_, record)| record.fingerprint).collect();
    for (_, record) in stay {
        left.remove(&record.fingerprint);
    }
    left
}

/// What the looks of this run showed, as a search for successors asks for it.
struct ByName<'a> {
    successors: Successors<'a>,
    by_fingerprint: BTreeMap<Fingerprint, ObservedLeaf<'a>>,
    /// By what each place showed before.
    by_earlier: BTreeMap<Fingerprint, Vec<ObservedLeaf<'a>>>,
    /// Where an old one still stands.
    places: BTreeMap<Fingerprint, Vec<&'a str>>,
}

impl<'a> ByName<'a> {
    fn new(context: &DetectContext<'a>) -> Self {
        let mut by_earlier: BTreeMap<Fingerprint, Vec<ObservedLeaf>> = BTreeMap::new();
        for shown in &context.shown {
            for earlier in shown.before.into_iter().flat_map(|record| &record.earlier) {
                by_earlier.entry(*earlier).or_default().push(*shown);
            }
        }
        let mut places: BTreeMap<Fingerprint, Vec<&str>> = BTreeMap::new();
        for tracked in context.input.tracked {
            places.entry(tracked.certificate.fingerprint).or_default().push(&tracked.place);
        }
        // The successor of one that is gone may stand at an endpoint, too.
        let candidates = context.input.observations.iter().filter_map(Candidate::new);
        let candidates = candidates.map(|candidate| Candidate { is_endpoint: false, ..candidate });
        Self {
            successors: Successors::new(candidates, context.now),
            by_fingerprint: context.shown.iter().map(|shown| (shown.leaf().fingerprint, *shown)).collect(),
            by_earlier,
            places,
        }
    }

    /// `last_place` is where `old` was seen last: by another issuer or with another key, what succeeds it is known by
    /// its place alone.
    fn successor(
        &self,
        old: &Certificate,
        last_place: Option<&str>,
        context: &DetectContext,
    ) -> Option<ObservedLeaf<'a>> {
        let here = self.by_earlier.get(&old.fingerprint).into_iter().flatten();
        let here = here.copied().find(|shown| succeeds(shown.leaf(), old, context.now));
        here.or_else(|| {
            let places = self.places.get(&old.fingerprint).into_iter().flatten().copied();
            // Of a file that is gone the memory has no place; endpoints differ in digits without being of one lineage.
            let gone_from = last_place.filter(|place| place.starts_with('/'));
            let in_place = places.chain(gone_from).find_map(|place| self.successors.renewing(old, place, false));
            let new = in_place.or_else(|| self.successors.superseding(old))?;
            self.by_fingerprint.get(&new.certificate.fingerprint).copied()
        })
    }
}
