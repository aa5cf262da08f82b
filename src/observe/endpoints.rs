//! Looking at many endpoints side by side, each of them once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use time::OffsetDateTime;

use super::endpoint::Target;
use super::questions::Ask;
use super::trust::{Courts, Judge};
use super::{Options, judge, member_name, pool};
use crate::observation::Observation;
use crate::policy::{Endpoint, Entry, Watch};

/// Looks at the endpoints of every entry; the outer vector is in the order of the entries.
pub(super) fn look(
    entries: &[&Entry],
    courts: &Courts,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Vec<Observation>> {
    let mut targets: Vec<Target<'_>> = Vec::new();
    let mut known: HashMap<(String, Judge<'_>, Ask), usize> = HashMap::new();
    let mut plans: Vec<Vec<usize>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut plan = Vec::new();
        let ask = Ask::of(entry, options.questions);
        if let Watch::Endpoints { endpoints, options } = &entry.watch {
            for endpoint in endpoints {
                let target = Target { endpoint, options, judge: judge(entry), ask };
                let index = *known.entry((target.place(), target.judge, ask)).or_insert_with(|| {
                    targets.push(target);
                    targets.len() - 1
                });
                plan.push(index);
            }
        }
        plans.push(plan);
    }
    let done = AtomicUsize::new(0);
    let outcomes = pool::map(
        &targets,
        options.jobs,
        || (),
        |(), target| {
            let outcome = target.look(courts, options.timeout, now);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            (options.progress)(done, targets.len());
            outcome
        },
    );
    let observation = |entry: &Entry, endpoint: &Endpoint, index: usize, is_alone: bool| Observation {
        entry: entry.name.clone(),
        name: if is_alone { entry.name.to_string() } else { member_name(entry, &endpoint.written) },
        place: targets[index].place(),
        source: endpoint.written.clone(),
        is_endpoint: true,
        outcome: outcomes[index].clone(),
    };
    let observations_of = |(entry, plan): (&&Entry, &Vec<usize>)| match &entry.watch {
        Watch::Endpoints { endpoints, .. } => {
            let is_alone = endpoints.len() == 1;
            endpoints.iter().zip(plan).map(|(endpoint, index)| observation(entry, endpoint, *index, is_alone)).collect()
        }
        Watch::Files { .. } => Vec::new(),
    };
    entries.iter().zip(&plans).map(observations_of).collect()
}
