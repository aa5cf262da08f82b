//! A wrong certificate that gives way to the right one: a recovery, and no replacement.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use time::Duration;

use super::context::{DetectContext, ObservedLeaf};
use super::findings::{Thresholds, findings, is_failure};
use super::succession::succeeds;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, Occurrence, Severity};
use crate::history::PlaceRecord;

/// A certificate that comes and goes has gone when it was not seen for so long.
const QUIET: Duration = Duration::DAY;

/// Whether `new` puts right what stood at a place: that was wrong and `new` is not, or it had replaced `new` or a
/// certificate that `new` succeeds.
pub(super) fn is_put_right(
    context: &DetectContext,
    replacements: &Replacements,
    (place, record): (&str, &PlaceRecord),
    new: ObservedLeaf,
) -> bool {
    let anomalies = context.history().anomalies.get(place).into_iter().flatten();
    let was_wrong = anomalies.into_iter().any(|(finding, anomaly)| {
        !is_failure(*finding)
            && finding.severity() == Severity::Critical
            && anomaly.fingerprint == Some(record.fingerprint)
            && anomaly.gone.is_none()
    });
    // It was away for one run: what stood there meanwhile had replaced nothing.
    let was_a_moment = record.displaced == Some(new.leaf().fingerprint);
    was_a_moment
        || (was_wrong && is_sound(context, new))
        || replacements.0.get(&record.fingerprint).into_iter().flatten().any(|replacement| {
            *replacement.source == *new.observation.source && is_right(replacement.old, new.leaf(), context)
        })
}

fn is_sound(context: &DetectContext, new: ObservedLeaf) -> bool {
    let thresholds = Thresholds { by_policy: true, ..Thresholds::default() };
    context.entries.get(new.observation.entry.as_str()).is_some_and(|entry| {
        let mut findings = findings(entry, new.observation, &thresholds, context.now).into_iter();
        !findings.any(|finding| finding.severity == Severity::Critical && !finding.accepted)
    })
}

fn is_right(old: &Certificate, now_there: &Certificate, context: &DetectContext) -> bool {
    old.fingerprint == now_there.fingerprint || succeeds(now_there, old, context.now)
}

/// A closing message for each replacement by a certificate that was not valid yet then, and is a successor now.
pub(super) fn renewals<'a>(context: &DetectContext<'a>) -> Vec<Occurrence> {
    let shown = LazyCell::new(|| {
        let by_place = |shown: &ObservedLeaf<'a>| ((shown.leaf().fingerprint, &*shown.observation.source), *shown);
        context.shown.iter().rev().map(by_place).collect::<BTreeMap<_, _>>()
    });
    let come_of_age = replacements(context).filter(|replacement| replacement.has_come_of_age(context));
    let renewed = come_of_age.filter_map(|Replacement { old, by, source, .. }| {
        let new = *shown.get(&(by.fingerprint, source))?;
        let detail = Detail::Renewed { new: Box::new(new.leaf().clone()) };
        let locations = context.locations(new);
        let renewed = context.observed(EventKind::Hosting, old.fingerprint, Some(old), locations, detail);
        (!context.history().occurrences.contains_key(&renewed.id)).then_some(renewed)
    });
    renewed.collect()
}

/// The replacements that are remembered, by the certificate that came.
pub(super) struct Replacements<'a>(BTreeMap<Fingerprint, Vec<Replacement<'a>>>);

impl<'a> Replacements<'a> {
    pub(super) fn new(context: &DetectContext<'a>) -> Self {
        let mut by_new: BTreeMap<Fingerprint, Vec<Replacement>> = BTreeMap::new();
        for replacement in replacements(context) {
            by_new.entry(replacement.by.fingerprint).or_default().push(replacement);
        }
        Self(by_new)
    }
}

/// A replacement that is remembered.
struct Replacement<'a> {
    occurrence: &'a Occurrence,
    old: &'a Certificate,
    by: &'a Certificate,
    /// Where.
    source: &'a str,
}

impl Replacement<'_> {
    /// The new one was not valid yet, and is a successor now.
    fn has_come_of_age(&self, context: &DetectContext) -> bool {
        !self.by.is_valid(self.occurrence.at) && succeeds(self.by, self.old, context.now)
    }
}

fn replacements<'a>(context: &DetectContext<'a>) -> impl Iterator<Item = Replacement<'a>> {
    context.history().occurrences.values().filter_map(|record| {
        let occurrence = &record.occurrence;
        let (Detail::Replaced { by, .. }, Some(old)) = (&occurrence.detail, &occurrence.certificate) else {
            return None;
        };
        let source = &occurrence.locations.first()?.place;
        Some(Replacement { occurrence, old, by, source })
    })
}

/// A recovery for each replacement that was told and after which the right certificate stands in its place again. One
/// that comes and goes has to stay away for a day, so that the last word is true.
pub(super) fn recoveries(context: &DetectContext) -> Vec<Occurrence> {
    let history = context.history();
    let mut latest: BTreeMap<(&str, _), Replacement> = BTreeMap::new();
    for replacement in replacements(context) {
        let key = (replacement.source, replacement.by.fingerprint);
        let known = latest.get(&key).map(|known| known.occurrence.at);
        if known.is_none_or(|at| at <= replacement.occurrence.at) {
            latest.insert(key, replacement);
        }
    }
    if latest.is_empty() {
        return Vec::new();
    }
    let mut shown: BTreeMap<&str, Vec<ObservedLeaf>> = BTreeMap::new();
    for leaf in &context.shown {
        shown.entry(&*leaf.observation.source).or_default().push(*leaf);
    }
    let put_right = latest.into_values().filter_map(|replacement| {
        let has_come_of_age = replacement.has_come_of_age(context);
        let Replacement { occurrence, old, by, source } = replacement;
        let shown = shown.get(source)?;
        let right = *shown.iter().find(|shown| is_right(old, shown.leaf(), context))?;
        let is_there = !has_come_of_age && shown.iter().any(|shown| shown.leaf().fingerprint == by.fingerprint);
        let came_back = history.same(&occurrence.id.without_time()).any(|(id, _)| {
            let recovered = history.recovery_of(id).map(|recovery| recovery.at).filter(|at| *at <= occurrence.at);
            *id != occurrence.id && recovered.is_some_and(|at| occurrence.at - at < QUIET)
        });
        let is_quiet =
            history.certificates.get(&by.fingerprint).is_none_or(|known| context.now - known.last_seen >= QUIET);
        if is_there || history.is_put_right(&occurrence.id) || (came_back && !is_quiet) {
            return None;
        }
        let detail = Detail::PutRight { by: Box::new(right.leaf().clone()) };
        let locations = context.locations(right);
        let recovery = context.observed(EventKind::Recovery, "", Some(right.leaf()), locations, detail);
        Some(Occurrence { id: occurrence.id.recovery(context.now), ..recovery })
    });
    put_right.collect()
}
