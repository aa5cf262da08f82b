//! Everything that will go out if nothing changes: to recipients who took nothing the last time, from their next try on.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::{RunInput, ScanResult, digests};
use crate::deliver::{self, Resting};
use crate::history::History;
use crate::schedule::{self, Batch};

type Plan = (Vec<(OffsetDateTime, Batch)>, Vec<Batch>);

/// Everything that will go out from `now` to `until`, if nothing changes; and beside it what is owed now and waits for a
/// window that opens after `until`.
#[must_use]
pub fn plan(
    job: RunInput,
    look: &ScanResult,
    history: &History,
    now: OffsetDateTime,
    until: OffsetDateTime,
) -> (Vec<(OffsetDateTime, Batch)>, Vec<Batch>) {
    let (mut plan, mut held) = schedule::plan(&look.events, job.policies, history, now, until);
    plan.extend(digests::planned(job.policies, history, now, until));
    let resting = deliver::resting(job.policies, history, now);
    let moments: BTreeSet<OffsetDateTime> = resting.iter().map(|one| one.until).collect();
    for again in moments {
        let of_moment: Vec<&Resting> = resting.iter().filter(|one| one.until == again).collect();
        let is_waiting = |batch: &Batch| of_moment.iter().any(|one| one.is_of(batch));
        if !plan.iter().map(|(_, batch)| batch).chain(&held).any(is_waiting) {
            continue;
        }
        let later = schedule::plan(&look.events, job.policies, history, again, until.max(again));
        replace(&mut plan, &mut held, later, (again, until), &of_moment);
    }
    plan.sort_by_key(|(at, _)| *at);
    (plan, held)
}

/// Puts what is planned `later`, from `again` on, in the place of what is planned for those who are `resting` until then.
fn replace(
    plan: &mut Vec<(OffsetDateTime, Batch)>,
    held: &mut Vec<Batch>,
    later: Plan,
    (again, until): (OffsetDateTime, OffsetDateTime),
    resting: &[&Resting],
) {
    let (mut taken, mut digests) = (Vec::new(), Vec::new());
    plan.retain_mut(|(at, batch)| match split(batch, resting) {
        // A digest is made at its time, and waits.
        Some(part) if part.is_digest() => {
            digests.push(((*at).max(again), part));
            !batch.to.is_empty()
        }
        Some(part) => {
            taken.push(part);
            !batch.to.is_empty()
        }
        None => true,
    });
    held.retain_mut(|batch| match split(batch, resting) {
        Some(part) => {
            taken.push(part);
            !batch.to.is_empty()
        }
        None => true,
    });
    let (later, later_held) = later;
    let kept = |mut batch: Batch| {
        let mut part = split(&mut batch, resting)?;
        // Beyond what was asked for, only what was owed before.
        if again > until {
            part.reminders.retain(|one| taken.iter().flat_map(|it| &it.reminders).any(|it| it.key == one.key));
            part.occurrences.retain(|one| taken.iter().flat_map(|it| &it.occurrences).any(|it| it.id == one.id));
        }
        (!part.reminders.is_empty() || !part.occurrences.is_empty()).then_some(part)
    };
    plan.extend(later.into_iter().filter_map(|(at, batch)| Some((at, kept(batch)?))));
    plan.append(&mut digests);
    held.extend(later_held.into_iter().filter_map(kept));
}

/// The part of a batch for those who rest; by mail the other addresses stay in it.
fn split(batch: &mut Batch, resting: &[&Resting]) -> Option<Batch> {
    let of: Vec<&&Resting> = resting.iter().filter(|one| one.is_of(batch)).collect();
    if of.is_empty() {
        return None;
    }
    let rests = |address: &String| of.iter().any(|one| one.address.as_ref() == Some(address));
    let (to, stays) = std::mem::take(&mut batch.to).into_iter().partition(rests);
    let part = Batch { to, ..batch.clone() };
    batch.to = stays;
    Some(part)
}
