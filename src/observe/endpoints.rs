//! Looking at many endpoints side by side, each of them once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use time::OffsetDateTime;

use super::endpoint::Target;
use super::questions::{Ask, Questions};
use super::trust::TrustStores;
use super::{Options, judge, member_name, pool};
use crate::observation::{Failure, Observation, ObservedCertificate};
use crate::policy::{Endpoint, Entry, Watch};

/// Looks at the endpoints of every entry; the outer vector is in the order of the entries.
pub(super) fn look(
    entries: &[&Entry],
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Vec<Observation>> {
    let (targets, plans) = plan(entries, options.questions);
    let parts = with_addresses(targets, options);
    let all: Vec<_> = parts.iter().flatten().collect();
    let done = AtomicUsize::new(0);
    let outcomes = pool::map(
        &all,
        options.jobs,
        || (),
        |(), (target, failure)| {
            let outcome = failure.clone().map_or_else(|| target.look(trust_stores, options.timeout, now), Err);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            (options.progress)(done, all.len());
            outcome
        },
    );
    let mut outcomes = outcomes.into_iter();
    let seen: Vec<Vec<Seen<'_, '_>>> = parts
        .iter()
        .map(|part| part.iter().zip(&mut outcomes).map(|((target, _), outcome)| Seen { target, outcome }).collect())
        .collect();
    entries.iter().zip(&plans).map(|(entry, plan)| observations(entry, plan, &seen)).collect()
}

/// What one target showed.
struct Seen<'s, 'e> {
    target: &'s Target<'e>,
    outcome: Result<ObservedCertificate, Failure>,
}

/// Every target once, and for each entry the numbers of those of its endpoints.
fn plan<'e>(entries: &[&'e Entry], questions: Questions) -> (Vec<Target<'e>>, Vec<Vec<usize>>) {
    let mut targets: Vec<Target<'e>> = Vec::new();
    let mut known = HashMap::new();
    let mut plans = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut plan = Vec::new();
        let ask = Ask::of(entry, questions);
        if let Watch::Endpoints { endpoints, options } = &entry.watch {
            for endpoint in endpoints {
                let target = Target { endpoint, options, judge: judge(entry), ask, only: None };
                let proxy = options.proxy.as_ref().map(ToString::to_string);
                let key = (target.place(), target.judge, ask, options.every_address, proxy, options.client.as_ref());
                let index = *known.entry(key).or_insert_with(|| {
                    targets.push(target);
                    targets.len() - 1
                });
                plan.push(index);
            }
        }
        plans.push(plan);
    }
    (targets, plans)
}

/// For each target one look, or one at each of its addresses where that is wanted; with the failure where a name has none.
fn with_addresses<'e>(targets: Vec<Target<'e>>, options: &Options<'_>) -> Vec<Vec<(Target<'e>, Option<Failure>)>> {
    if !targets.iter().any(|target| target.options.every_address) {
        return targets.into_iter().map(|target| vec![(target, None)]).collect();
    }
    pool::map(
        &targets,
        options.jobs,
        || (),
        |(), target| {
            if !target.options.every_address {
                return vec![(target.clone(), None)];
            }
            let begun = Instant::now();
            match target.addresses(options.timeout) {
                Ok(addresses) => {
                    let spent = begun.elapsed();
                    let only = |address: std::net::SocketAddr| Some((address.ip(), spent));
                    let each = addresses.into_iter().map(|address| Target { only: only(address), ..target.clone() });
                    each.map(|target| (target, None)).collect()
                }
                Err(failure) => vec![(target.clone(), Some(failure))],
            }
        },
    )
}

fn observations(entry: &Entry, plan: &[usize], seen: &[Vec<Seen<'_, '_>>]) -> Vec<Observation> {
    let Watch::Endpoints { endpoints, .. } = &entry.watch else { return Vec::new() };
    let name = |endpoint: &Endpoint| match endpoints.len() {
        1 => entry.name.to_string(),
        _ => member_name(entry, &endpoint.written),
    };
    let observation = |endpoint: &Endpoint, seen: &Seen<'_, '_>| Observation {
        entry: entry.name.clone(),
        name: match seen.target.only {
            Some((address, _)) => format!("{}@{address}", name(endpoint)),
            None => name(endpoint),
        },
        place: seen.target.place(),
        source: endpoint.written.clone(),
        is_endpoint: true,
        on_disk: None,
        outcome: seen.outcome.clone(),
    };
    let each = endpoints.iter().zip(plan);
    each.flat_map(|(endpoint, index)| seen[*index].iter().map(move |seen| (endpoint, seen)))
        .map(|(endpoint, seen)| observation(endpoint, seen))
        .collect()
}
