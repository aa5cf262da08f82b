//! What happened → rows: one per certificate, or one of its own for what is about none; and the order of all rows.

use std::collections::{HashMap, HashSet};

use time::OffsetDateTime;

use super::digest::{Row, label_of};
use super::over::Then;
use super::untrusted::{NAME, cap, own, peer};
use super::urgency::Tier;
use super::wording::Label;
use crate::certificate::{Certificate, Fingerprint};
use crate::channels::Form;
use crate::event::{Detail, EventKind, FindingId, Location, Locations, Occurrence, OccurrenceId};
use crate::policy::Zone;
use crate::schedule::Batch;

/// One row of a message.
#[derive(Clone, Debug)]
pub(super) enum Item<'a> {
    Due(Row<'a>),
    /// What happened to one certificate without a reminder in the same message; or one thing that is about none.
    /// Never empty, the most urgent first.
    Occurrences(Vec<&'a Occurrence>),
}

impl<'a> Item<'a> {
    pub(super) fn tier(&self, then: Then<'_>) -> Tier {
        match self {
            Self::Due(row) => row.tier(then),
            Self::Occurrences(occurrences) => tier(occurrences, then),
        }
    }

    /// The certificate that it is about: of a renewal the old one.
    pub(super) fn certificate(&self) -> Option<&'a Certificate> {
        match self {
            Self::Due(row) => Some(row.certificate()),
            Self::Occurrences(occurrences) => occurrences.iter().find_map(|occurrence| occurrence.certificate.as_ref()),
        }
    }

    /// The new certificate of a renewal.
    pub(super) fn renewed(&self) -> Option<&'a Certificate> {
        let Self::Occurrences(occurrences) = self else { return None };
        occurrences.iter().find_map(|occurrence| match &occurrence.detail {
            Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } => Some(&**new),
            _ => None,
        })
    }

    /// The certificate whose facts a message shows: of a renewal the new one.
    pub(super) fn shown(&self) -> Option<&'a Certificate> {
        self.renewed().or_else(|| self.certificate())
    }

    /// It is about dates of the policy file or registrations, for which there is no certificate.
    pub(super) fn is_date(&self) -> bool {
        match self {
            Self::Due(row) => row.certificate().is_date(),
            Self::Occurrences(occurrences) => occurrences.iter().all(|occurrence| occurrence.is_about_dates()),
        }
    }

    /// The name of the entry or of its member, as commands take it; none for what is about no place.
    pub(super) fn entry_name(&self) -> Option<String> {
        let occurrences = match self {
            Self::Due(row) => return Some(row.entry_name()),
            Self::Occurrences(occurrences) => occurrences,
        };
        let mut locations = occurrences.iter().flat_map(|occurrence| &occurrence.locations);
        let name = locations.next().map(|location| own(&location.name))?;
        Some(name).filter(|name| !name.is_empty())
    }

    /// What people call the certificate or the place, and the host it is for where the first does not say so.
    pub(super) fn label(&self) -> Option<(String, Option<String>)> {
        if let Self::Due(row) = self {
            return Some(row.label());
        }
        let host = self.certificate().map(|certificate| peer(&certificate.display_name(), NAME));
        match (self.entry_name(), host.filter(|host| !host.is_empty())) {
            (Some(name), Some(host)) => Some(label_of(&name, host)),
            (Some(name), None) => Some((cap(&name, NAME), None)),
            (None, host) => host.map(|host| (host, None)),
        }
    }

    /// All places, each once.
    pub(super) fn locations(&self) -> Locations {
        match self {
            Self::Due(row) => row.locations().clone(),
            Self::Occurrences(occurrences) => {
                Locations::union(occurrences.iter().map(|occurrence| &occurrence.locations))
            }
        }
    }

    /// The places of `certificate`: of what happened, the old or the new one.
    pub(super) fn locations_of(&self, certificate: Option<&Certificate>) -> Locations {
        let occurrences = match self {
            Self::Due(row) => return row.locations().clone(),
            Self::Occurrences(occurrences) => occurrences.iter(),
        };
        let fingerprint = certificate.map(|certificate| certificate.fingerprint);
        let occurrences = occurrences.filter(|occurrence| occurrence.located() == fingerprint);
        Locations::union(occurrences.map(|occurrence| &occurrence.locations))
    }

    /// The end; of what happened, when it did.
    pub(super) fn date(&self) -> OffsetDateTime {
        match self {
            Self::Due(row) => row.certificate().effective_end(),
            Self::Occurrences(occurrences) => occurrences[0].at,
        }
    }

    /// The most urgent kind of it.
    pub(super) fn kind(&self) -> EventKind {
        match self {
            Self::Due(row) => row.first.key.kind,
            Self::Occurrences(occurrences) => occurrences[0].kind,
        }
    }

    pub(super) fn occurrences(&self) -> &[&'a Occurrence] {
        match self {
            Self::Due(Row { occurrences, .. }) | Self::Occurrences(occurrences) => occurrences,
        }
    }

    /// What stands before its places: a look that failed has seen nothing there.
    pub(super) fn label_of_places(&self) -> Label {
        let has_failed = |occurrence: &&Occurrence| {
            matches!(occurrence.detail, Detail::FindingOpened { .. } | Detail::FindingBurst { .. })
        };
        let is_unseen = self.shown().is_none() && self.occurrences().iter().all(has_failed);
        if is_unseen { Label::LookedAt } else { Label::Seen }
    }
}

fn tier(occurrences: &[&Occurrence], then: Then<'_>) -> Tier {
    if occurrences.iter().any(|occurrence| then.is_urgent(occurrence)) { Tier::Urgent } else { Tier::Calm }
}

/// The rows that remind of something.
pub(super) fn due<'a>(items: &[Item<'a>]) -> Vec<Row<'a>> {
    let due = items.iter().filter_map(|item| match item {
        Item::Due(row) => Some(row.clone()),
        Item::Occurrences(_) => None,
    });
    due.collect()
}

/// Everything that the rows tell beside reminders, in their order.
pub(super) fn all_news<'a>(items: &[Item<'a>]) -> Vec<&'a Occurrence> {
    items.iter().flat_map(Item::occurrences).copied().collect()
}

/// The rows of a batch. News of a certificate with a reminder joins its row. News that the last message
/// only counted comes first; then ends within a week, urgent news, other ends, other news. Ends keep their order.
pub(super) fn items<'a>(batch: &'a Batch, then: Then<'_>) -> Vec<Item<'a>> {
    let mut due = super::digest::rows(&batch.reminders);
    let (mut waited, mut urgent, mut calm) = (Vec::new(), Vec::new(), Vec::new());
    for row in join(batch, &mut due) {
        let is_left_over = row.iter().any(|occurrence| batch.occurrences_left_over.contains(&occurrence.id));
        match tier(&row, then) {
            _ if is_left_over => waited.push(row),
            Tier::Urgent => urgent.push(row),
            _ => calm.push(row),
        }
    }
    for rows in [&mut waited, &mut urgent, &mut calm] {
        rows.sort_by_key(|row| row[0].kind.rank());
    }
    let head = due.iter().position(|row| row.tier(then) >= Tier::Urgent).unwrap_or(due.len());
    let (pressing, rest): (Vec<_>, Vec<_>) =
        due.split_off(head).into_iter().partition(|row| row.tier(then) == Tier::Urgent);
    let occurrences = |rows: Vec<_>| rows.into_iter().map(Item::Occurrences);
    let rows = |rows: Vec<_>| rows.into_iter().map(Item::Due);
    occurrences(waited)
        .chain(rows(due))
        .chain(rows(pressing))
        .chain(occurrences(urgent))
        .chain(rows(rest))
        .chain(occurrences(calm))
        .collect()
}

/// Adds to each row the news of its certificate; what is left becomes rows of its own.
fn join<'a>(batch: &'a Batch, due: &mut [Row<'a>]) -> Vec<Vec<&'a Occurrence>> {
    let due_at: HashMap<Fingerprint, usize> =
        due.iter().enumerate().map(|(at, row)| (row.first.key.fingerprint, at)).collect();
    let mut rows: Vec<Vec<&'a Occurrence>> = Vec::new();
    let mut index: HashMap<Fingerprint, usize> = HashMap::new();
    for occurrence in named_occurrences(batch) {
        let fingerprint = occurrence.certificate.as_ref().map(|certificate| certificate.fingerprint);
        let row = fingerprint.and_then(|fingerprint| match due_at.get(&fingerprint) {
            Some(at) => Some(&mut due[*at].occurrences),
            None => rows.get_mut(*index.get(&fingerprint)?),
        });
        if let Some(row) = row {
            row.push(occurrence);
            row.sort_by_key(|occurrence| occurrence.kind.rank());
        } else {
            index.extend(fingerprint.map(|fingerprint| (fingerprint, rows.len())));
            rows.push(vec![occurrence]);
        }
    }
    due.iter_mut().filter(|row| !row.occurrences.is_empty()).for_each(Row::note_locations);
    rows
}

/// What people are told to be gone: that it cannot be read any more is the same thing.
struct Deletions<'a>(HashMap<(Fingerprint, &'a str), &'a OccurrenceId>);

impl<'a> Deletions<'a> {
    fn new(batch: &'a Batch) -> Self {
        // Programs are told of each kind of event by itself.
        if !matches!(batch.channel.spec().form, Form::Mail | Form::Page(_)) {
            return Self(HashMap::new());
        }
        let all = batch.occurrences.iter().filter(|occurrence| {
            let is_reported = occurrence.kind == EventKind::Deletion && occurrence.is_reported_alone();
            is_reported || occurrence.detail == Detail::Deleted
        });
        let places = all.filter_map(|occurrence| Some((occurrence.located()?, occurrence)));
        let keys = places.flat_map(|(certificate, occurrence)| {
            occurrence.locations.iter().map(move |location| ((certificate, &*location.place), &occurrence.id))
        });
        Self(keys.collect())
    }

    /// The deletion that tells what `occurrence` does.
    fn telling(&self, occurrence: &Occurrence) -> Option<&'a OccurrenceId> {
        let Detail::FindingOpened { finding: FindingId::Unreadable, .. } = occurrence.detail else { return None };
        let certificate = occurrence.located()?;
        let deletion = |location: &Location| self.0.get(&(certificate, &*location.place)).copied();
        let first = deletion(occurrence.locations.first()?)?;
        occurrence.locations.iter().all(|location| deletion(location).is_some()).then_some(first)
    }
}

/// What happened, but for what another occurrence of the batch tells as well.
pub fn named_occurrences(batch: &Batch) -> impl Iterator<Item = &Occurrence> {
    let deleted = Deletions::new(batch);
    batch.occurrences.iter().map(AsRef::as_ref).filter(move |occurrence| deleted.telling(occurrence).is_none())
}

/// What the messages of a batch tell, each with few words for the memory.
pub(super) fn told<'a>(
    items: impl Iterator<Item = &'a Item<'a>>,
    batch: &Batch,
    zone: &Zone,
) -> Vec<(OccurrenceId, String)> {
    let mut told: Vec<&Occurrence> = items.flat_map(Item::occurrences).copied().collect();
    let deleted = Deletions::new(batch);
    if !deleted.0.is_empty() {
        let ids: HashSet<&OccurrenceId> = told.iter().map(|occurrence| &occurrence.id).collect();
        let is_told = |occurrence: &&Occurrence| deleted.telling(occurrence).is_some_and(|id| ids.contains(id));
        told.extend(batch.occurrences.iter().map(AsRef::as_ref).filter(is_told));
    }
    told.into_iter()
        .map(|occurrence| (occurrence.id.clone(), super::wording::news_in_words(occurrence, zone)))
        .collect()
}
