//! Everything that will go out if nothing changes: to recipients who took nothing the last time, or whose server asked for
//! time, from their next try on.

use std::collections::{BTreeMap, HashSet};

use time::OffsetDateTime;

use super::{RunInput, ScanResult, digests};
use crate::deliver::{self, Resting, Throttled};
use crate::event::OccurrenceId;
use crate::history::History;
use crate::policy::{Channel, ContactName};
use crate::schedule::{self, Batch, ReminderKey};

type Plan = (Vec<(OffsetDateTime, Batch)>, Vec<Batch>);

/// Those who rest until the same moment.
#[derive(Default)]
struct RestingTogether<'a>(BTreeMap<(&'a ContactName, Channel), Vec<&'a Resting>>);

impl<'a> RestingTogether<'a> {
    /// Those of them to whom a batch goes.
    fn of(&self, batch: &Batch) -> Vec<&'a Resting> {
        let of_channel = self.0.get(&(&batch.contact, batch.channel)).into_iter().flatten().copied();
        of_channel.filter(|one| one.is_of(batch)).collect()
    }

    /// The part of a batch for those who rest; by mail the other addresses stay in it.
    fn split(&self, batch: &mut Batch) -> Option<Batch> {
        let of = self.of(batch);
        if of.is_empty() {
            return None;
        }
        let rests = |address: &String| of.iter().any(|one| one.address.as_ref() == Some(address));
        let (to, stays) = std::mem::take(&mut batch.to).into_iter().partition(rests);
        let part = Batch { to, ..batch.clone() };
        batch.to = stays;
        Some(part)
    }
}

/// Everything that will go out from `now` to `until`, if nothing changes; and beside it what is owed now and waits for a
/// window that opens after `until`.
#[must_use]
pub fn plan(
    job: RunInput,
    look: &ScanResult,
    history: &History,
    throttled: &Throttled,
    (now, until): (OffsetDateTime, OffsetDateTime),
) -> (Vec<(OffsetDateTime, Batch)>, Vec<Batch>) {
    let (mut plan, mut held) = schedule::plan(&look.events, job.policies, history, now, until);
    plan.extend(digests::planned(job.policies, history, now, until));
    let resting = deliver::resting(job.policies, history, throttled, now);
    // By the moment: those who were refused in one run rest together.
    let mut moments: BTreeMap<OffsetDateTime, RestingTogether<'_>> = BTreeMap::new();
    for one in &resting {
        moments.entry(one.until).or_default().0.entry((&one.contact, one.channel)).or_default().push(one);
    }
    for (again, resting) in moments {
        let is_waiting = |batch: &Batch| !resting.of(batch).is_empty();
        if !plan.iter().map(|(_, batch)| batch).chain(&held).any(is_waiting) {
            continue;
        }
        let later = schedule::plan(&look.events, job.policies, history, again, until.max(again));
        replace(&mut plan, &mut held, later, (again, until), &resting);
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
    resting: &RestingTogether<'_>,
) {
    let (mut taken, mut digests) = (Taken::default(), Vec::new());
    plan.retain_mut(|(at, batch)| match resting.split(batch) {
        // A digest is made at its time, and waits.
        Some(part) if part.is_digest() => {
            digests.push(((*at).max(again), part));
            !batch.to.is_empty()
        }
        Some(part) => {
            taken.add(part);
            !batch.to.is_empty()
        }
        None => true,
    });
    held.retain_mut(|batch| match resting.split(batch) {
        Some(part) => {
            taken.add(part);
            !batch.to.is_empty()
        }
        None => true,
    });
    let (later, later_held) = later;
    let kept = |mut batch: Batch| {
        let mut part = resting.split(&mut batch)?;
        // Beyond what was asked for, only what was owed before.
        if again > until {
            part.reminders.retain(|one| taken.reminders.contains(&one.key));
            part.occurrences.retain(|one| taken.occurrences.contains(&one.id));
        }
        (!part.reminders.is_empty() || !part.occurrences.is_empty()).then_some(part)
    };
    plan.extend(later.into_iter().filter_map(|(at, batch)| Some((at, kept(batch)?))));
    plan.append(&mut digests);
    held.extend(later_held.into_iter().filter_map(kept));
}

/// What is taken out of a plan.
#[derive(Default)]
struct Taken {
    reminders: HashSet<ReminderKey>,
    occurrences: HashSet<OccurrenceId>,
}

impl Taken {
    fn add(&mut self, batch: Batch) {
        self.reminders.extend(batch.reminders.into_iter().map(|reminder| reminder.key));
        self.occurrences.extend(batch.occurrences.iter().map(|occurrence| occurrence.id.clone()));
    }
}
