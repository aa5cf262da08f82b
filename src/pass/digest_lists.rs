//! What digests list: what comes, what was renewed, and what could not be seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use time::{Duration, OffsetDateTime};

use super::{RunInput, ScanResult};
use crate::cause::Clause;
use crate::event::{Digest, Event, EventKind, List, ListRow};
use crate::history::{History, Moment};
use crate::policy::{Channel, Contact, ContactName, Entry, Policies};
use crate::schedule;

/// So far a digest looks ahead.
const AHEAD: Duration = Duration::days(60);
/// What has ended stays in it for so long, where no reminder of it comes.
const ENDED: Duration = Duration::days(30);

/// A contact whose time has come.
pub(super) struct Due<'a> {
    pub contact: &'a Contact,
    pub written: &'a str,
    pub slot: OffsetDateTime,
    /// From when on renewals are told, by channel.
    pub since: BTreeMap<Channel, Moment>,
}

/// What all of them are told, by their numbers.
pub(super) struct Lists<'a> {
    due: &'a [Due<'a>],
    coming: Vec<Vec<ListRow>>,
    renewed: Vec<Vec<(OffsetDateTime, ListRow)>>,
    unseen: Vec<Vec<ListRow>>,
}

impl<'a> Lists<'a> {
    pub(super) fn new(
        due: &'a [Due<'a>],
        job: RunInput<'_>,
        look: &ScanResult,
        history: &History,
        now: OffsetDateTime,
    ) -> Self {
        let listeners = Listeners::new(due, job.policies);
        let mut unseen: Vec<Vec<ListRow>> = vec![Vec::new(); due.len()];
        for observation in &look.observations {
            let Err(failure) = &observation.outcome else { continue };
            for nth in listeners.of(observation.entry.as_str()) {
                let why = Some(Clause::from(&failure.cause));
                unseen[nth].push(ListRow { name: observation.name.to_string(), why, ..ListRow::default() });
            }
        }
        let mut renewed: Vec<Vec<(OffsetDateTime, ListRow)>> = vec![Vec::new(); due.len()];
        for renewal in &history.renewed {
            let row = ListRow { end: Some(renewal.until), name: renewal.name.clone(), ..ListRow::default() };
            for nth in listeners.of(renewal.entry.as_str()) {
                renewed[nth].push((renewal.at, row.clone()));
            }
        }
        let coming = coming(&listeners, job.policies, look, history, now);
        Self { due, coming, renewed, unseen }
    }

    /// What one of them is told, with the renewals after `since`.
    pub(super) fn digest(&self, nth: usize, since: OffsetDateTime) -> Digest {
        let Due { contact, written, .. } = &self.due[nth];
        let renewed = self.renewed[nth].iter().filter(|(at, _)| *at > since).map(|(_, row)| row.clone());
        Digest {
            contact: contact.name.clone(),
            written: (*written).to_owned(),
            coming: List::new(self.coming[nth].clone()),
            renewed: List::new(renewed.collect()),
            unseen: List::new(self.unseen[nth].clone()),
            is_planned: false,
        }
    }
}

/// Which of the contacts hear of an entry, and which are told of the ends in it.
struct Listeners<'a> {
    index: HashMap<&'a str, usize>,
    by_entry: HashMap<&'a str, (Vec<usize>, Vec<usize>)>,
}

impl<'a> Listeners<'a> {
    fn new(due: &'a [Due<'a>], policies: &'a Policies) -> Self {
        let index: HashMap<&str, usize> =
            due.iter().enumerate().map(|(nth, due)| (due.contact.name.as_str(), nth)).collect();
        let of_entry = |entry: &Entry| {
            let hears_ends = entry.policy.events.contains(&EventKind::Expiration);
            let own: BTreeSet<usize> =
                entry.policy.contacts.iter().filter_map(|name| index.get(name.as_str()).copied()).collect();
            let added = entry.policy.escalation.iter().flat_map(|step| &step.contacts);
            let all: BTreeSet<usize> =
                added.filter_map(|name| index.get(name.as_str()).copied()).chain(own.iter().copied()).collect();
            (all.into_iter().collect(), own.into_iter().filter(|_| hears_ends).collect())
        };
        let entries = policies.entries.iter().filter(|entry| !entry.options.is_silenced);
        let by_entry = entries.map(|entry| (entry.name.as_str(), of_entry(entry))).collect();
        Self { index, by_entry }
    }

    fn of(&self, entry: &str) -> impl Iterator<Item = usize> + '_ {
        self.by_entry.get(entry).into_iter().flat_map(|(all, _)| all.iter().copied())
    }

    fn of_ends(&self, entry: &str) -> impl Iterator<Item = usize> + '_ {
        self.by_entry.get(entry).into_iter().flat_map(|(_, own)| own.iter().copied())
    }
}

/// What ends in the days ahead, and what reminders of these days are about, for each contact.
fn coming(
    listeners: &Listeners<'_>,
    policies: &Policies,
    look: &ScanResult,
    history: &History,
    now: OffsetDateTime,
) -> Vec<Vec<ListRow>> {
    let until = now.saturating_add(AHEAD);
    let mut coming: Vec<BTreeMap<usize, ListRow>> = vec![BTreeMap::new(); listeners.index.len()];
    for (number, event) in look.events.iter().enumerate() {
        let end = event.certificate.effective_end();
        if event.certificate.has_no_end() || end > until || end < now.saturating_sub(ENDED) {
            continue;
        }
        for location in &event.locations {
            for nth in listeners.of_ends(location.entry.as_str()) {
                coming[nth].entry(number).or_insert_with(|| row(event, &location.name));
            }
        }
    }
    let wanted = |contact: &ContactName| listeners.index.contains_key(contact.as_str());
    for next in schedule::coming(&look.events, &wanted, policies, history, (now, until)) {
        let (Some(nth), Some(event)) = (listeners.index.get(next.contact.as_str()), look.events.get(next.nth)) else {
            continue;
        };
        let name = event.locations.first().map(|location| &*location.name).unwrap_or_default();
        let row = coming[*nth].entry(next.nth).or_insert_with(|| row(event, name));
        (row.reminder, row.is_automatic) = (Some(next.at), next.is_automatic);
    }
    coming.into_iter().map(|rows| rows.into_values().collect()).collect()
}

fn row(event: &Event, name: &str) -> ListRow {
    ListRow { end: Some(event.certificate.effective_end()), name: name.to_owned(), ..ListRow::default() }
}
