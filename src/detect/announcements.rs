//! What is told of public events and of roots that browsers will trust no more.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use time::{Date, Duration, OffsetDateTime};

use super::context::{DetectContext, ObservedLeaf, dedup_by_entry, first_three};
use super::private_trust::short_issuer;
use super::public_events::{EVENTS, PublicEvent};
use super::public_trust::{horizon, is_public, root_name};
use crate::certificate::Fingerprint;
use crate::event::{Detail, EventKind, Evidence, FindingId, Occurrence};

/// Begins the identity of what is told of a root whose key is old.
pub const OLD_ROOT: &str = "root-age ";
/// Begins the identity of what is told of a private authority that ends.
pub const SHORT_AUTHORITY: &str = "authority-end ";
/// What comes is told so long before.
const AHEAD: Duration = Duration::days(150);

/// By what each is known, and when it applies.
pub fn public_events() -> impl Iterator<Item = (&'static str, Date)> {
    EVENTS.iter().map(|event| (event.id, event.date))
}

pub(super) fn occurrences(context: &DetectContext) -> Vec<Occurrence> {
    let today = context.now.date();
    let current: Vec<&PublicEvent> =
        EVENTS.iter().filter(|event| event.from <= today && today <= event.until).collect();
    let mut concerned: Vec<Vec<&ObservedLeaf>> = vec![Vec::new(); current.len()];
    let mut roots: BTreeMap<(String, Date), Vec<&ObservedLeaf>> = BTreeMap::new();
    let mut issuers: BTreeMap<(&str, Date), (OffsetDateTime, Vec<&ObservedLeaf>)> = BTreeMap::new();
    for shown in context.shown.iter().filter(|shown| shown.leaf().is_valid(context.now)) {
        let sight = shown.sight;
        let is_public = LazyCell::new(|| is_public(sight));
        for (event, concerned) in current.iter().zip(&mut concerned) {
            // An alert names its roots, which browsers may have dropped by now.
            if event.scope.covers(shown.leaf()) && (event.is_alert || *is_public) && (event.concerns)(sight) {
                concerned.push(shown);
            }
        }
        let entry = context.entries.get(shown.observation.entry.as_str());
        let is_accepted = |id| entry.is_some_and(|entry| entry.options.accept.contains(&id));
        if let Some(short) = short_issuer(sight, context.now).filter(|_| !is_accepted(FindingId::CaHorizon)) {
            let key = (short.issuer.subject.as_str(), short.issuer.not_after.date());
            let (from, concerned) = issuers.entry(key).or_insert_with(|| (short.from, Vec::new()));
            *from = short.from.min(*from);
            concerned.push(shown);
        }
        let is_told = |until| is_near(until, shown, today) && !is_accepted(FindingId::RootHorizon);
        if let Some(root) = horizon(sight).filter(|(_, until)| is_told(*until)) {
            roots.entry(root).or_default().push(shown);
        }
    }
    let announced = current.iter().zip(&concerned).filter(|(_, concerned)| !concerned.is_empty());
    let announced = announced.map(|(event, concerned)| announcement(event, concerned, context));
    let roots = roots.iter().map(|((root, until), concerned)| old_root(root, *until, concerned, context));
    let issuers = issuers
        .iter()
        .map(|((issuer, until), (from, concerned))| short_authority(issuer, *until, *from, concerned, context));
    announced.chain(roots).chain(issuers).collect()
}

/// The trust in a root ends soon, or before the certificate does.
fn is_near(until: Date, shown: &ObservedLeaf, today: Date) -> bool {
    let ends_first = until < shown.leaf().effective_end().date();
    today <= until && (ends_first || until.saturating_sub(AHEAD) <= today)
}

fn announcement(event: &PublicEvent, concerned: &[&ObservedLeaf], context: &DetectContext) -> Occurrence {
    let kind = if event.is_alert { EventKind::Anomaly } else { EventKind::Announcement };
    let (title, text) = (Cow::Borrowed(event.title), Cow::Borrowed(event.text));
    occurrence(kind, event.id, Announced { title, text, date: event.date, source: event.source }, concerned, context)
}

/// One row for a root and all that depend on it: an alert where one of them outlives it.
fn old_root(root: &str, until: Date, concerned: &[&ObservedLeaf], context: &DetectContext) -> Occurrence {
    let outlives = |shown: &&&ObservedLeaf| shown.leaf().effective_end().date() > until;
    let late = concerned.iter().filter(outlives).count();
    let kind = if late > 0 { EventKind::Anomaly } else { EventKind::Announcement };
    let name = root_name(root);
    let announced = Announced {
        title: format!("Firefox and Chrome end their trust in the root {name} on {until}").into(),
        text: "The chains lead to no other root that browsers trust, and its key is older than they allow. Ask the \
               authority for a chain to one of its newer roots, and renew before that day."
            .into(),
        date: until,
        source: "Mozilla Root Store Policy 7.4; Chrome Root Program Policy 1.8",
    };
    occurrence(kind, &format!("{OLD_ROOT}{until} {root}"), announced, concerned, context)
}

/// One row for a private authority and all that it will renew no more for their full lifetime.
fn short_authority(
    issuer: &str,
    until: Date,
    from: OffsetDateTime,
    concerned: &[&ObservedLeaf],
    context: &DetectContext,
) -> Occurrence {
    let from = from.date();
    let announced = Announced {
        title: format!(
            "The authority {} ends on {until}: from {from} its renewals live shorter, or are refused",
            root_name(issuer)
        )
        .into(),
        text: format!(
            "{} ends on {until}, and no certificate outlives its issuer. Renew the certificate of the authority, or take \
             the next ones from another authority, before that day",
            root_name(issuer)
        )
        .into(),
        date: from,
        source: "",
    };
    let id = format!("{SHORT_AUTHORITY}{until} {issuer}");
    let occurrence = occurrence(EventKind::Anomaly, &id, announced, concerned, context);
    Occurrence { evidence: Evidence::Derived, ..occurrence }
}

struct Announced {
    title: Cow<'static, str>,
    text: Cow<'static, str>,
    date: Date,
    source: &'static str,
}

fn occurrence(
    kind: EventKind,
    id: &str,
    announced: Announced,
    concerned: &[&ObservedLeaf],
    context: &DetectContext,
) -> Occurrence {
    let certificates: BTreeSet<Fingerprint> = concerned.iter().map(|shown| shown.leaf().fingerprint).collect();
    let detail = Detail::Announced {
        title: announced.title.into_owned(),
        text: announced.text.into_owned(),
        date: announced.date.to_string(),
        source: announced.source.to_owned(),
        count: certificates.len(),
        names: first_three(concerned.iter().map(|shown| shown.observation.name.to_string())),
    };
    let locations = dedup_by_entry(concerned.iter().map(|shown| context.location(**shown)));
    context.observed(kind, id, None, locations, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_announced_two_months_before_and_each_event_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = EVENTS.iter().map(|event| event.id).collect();
        assert_eq!(names.len(), EVENTS.len());
        for event in &EVENTS {
            assert!(event.date - event.from >= Duration::days(60), "{}", event.id);
            assert!(event.date < event.until && !event.source.is_empty(), "{}", event.id);
        }
    }
}
