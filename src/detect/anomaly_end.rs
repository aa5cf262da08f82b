//! Whether a finding that is not seen any more is gone, or only not looked at.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use super::context::DetectContext;
use super::findings::is_failure;
use super::location_status::LocationStatus;
use super::place_parts::name_of;
use crate::event::{FindingId, OccurrenceId};
use crate::observation::{Copy, Forecast, Observation, PublishedTlsa, TlsaLookup};
use crate::policy::{Entry, EntryName, Watch};

/// Why a finding is no more among what is wrong.
pub(super) enum End {
    Gone,
    /// This run cannot tell.
    Unknown,
    /// No entry watches the place any more, or asks for this, or the operator accepts the finding.
    NotWatched,
}

/// The looks of this run at the places where something was wrong before it.
pub(super) struct ObservationIndex<'a> {
    context: &'a DetectContext<'a>,
    /// By place, where each of its looks stands among those of the run.
    by_place: HashMap<&'a str, Vec<usize>>,
    /// Asked for by places that never showed a certificate alone.
    looked: OnceCell<Looked<'a>>,
}

/// What the looks of a run say of places that none of them was at.
struct Looked<'a> {
    /// Names of endpoints of which an address was looked at.
    names: HashSet<&'a str>,
    /// What failed: a folder, a glob or a list among them was not looked into.
    failed: HashSet<&'a str>,
    /// By what recipients were told, whether a folder or a list of its entries could not be read; only where one of them
    /// has files or such a list.
    told: HashMap<&'a OccurrenceId, bool>,
    /// The files that list the endpoints of entries.
    lists: HashSet<Cow<'a, str>>,
}

impl<'a> ObservationIndex<'a> {
    pub(super) fn new(context: &'a DetectContext<'a>) -> Self {
        let before = &context.history().anomalies;
        let mut by_place: HashMap<&str, Vec<usize>> = HashMap::new();
        for (position, observation) in context.input.observations.iter().enumerate() {
            if !before.is_empty() && before.contains_key(&*observation.place) {
                by_place.entry(&observation.place).or_default().push(position);
            }
        }
        Self { context, by_place, looked: OnceCell::new() }
    }

    /// The looks at these places, in the order of the run.
    pub(super) fn of_places(&self, places: &BTreeSet<&str>) -> impl Iterator<Item = &'a Observation> + use<'a> {
        let positions: BTreeSet<usize> =
            places.iter().filter_map(|place| self.by_place.get(place)).flatten().copied().collect();
        let observations = self.context.input.observations;
        positions.into_iter().filter_map(|position| observations.get(position))
    }

    /// `told_as` is what recipients were told of it.
    pub(super) fn at(&self, place: &str, finding: FindingId, told_as: Option<&OccurrenceId>) -> End {
        let Some(positions) = self.by_place.get(place) else {
            let may_be_watched = !self.context.input.policies.unread.is_empty();
            return match self.not_looked_at(place, finding, told_as) {
                // An include that could not be read may name it.
                End::NotWatched if may_be_watched => End::Unknown,
                end => end,
            };
        };
        let observations = self.context.input.observations;
        let observed: Vec<&Observation> = positions.iter().filter_map(|position| observations.get(*position)).collect();
        let is_settled = observed.iter().all(|observation| {
            let entry = self.context.entries.get(observation.entry.as_str());
            entry.is_some_and(|entry| entry.options.accept.contains(&finding) || !asks(entry, observation, finding))
        });
        let is_hidden = match finding {
            FindingId::NotReloaded => observed.iter().any(|look| hides_a_server(look)),
            FindingId::CopyOutdated => observed.iter().any(|look| hides_what_is_published(look)),
            FindingId::PinMismatch | FindingId::TlsaMissing => observed.iter().any(|look| hides_what_is_pinned(look)),
            FindingId::RenewalBlocked => observed.iter().any(|look| hides_the_records(look)),
            _ => false,
        };
        let fails = observed.iter().all(|observation| observation.outcome.is_err());
        match (is_settled, fails) {
            (true, _) => End::NotWatched,
            _ if is_hidden => End::Unknown,
            // What was wrong may still be: a look that fails otherwise shows nothing of it.
            (false, true) => End::Unknown,
            (false, false) => End::Gone,
        }
    }

    /// At a place at which no look of this run was.
    fn not_looked_at(&self, place: &str, finding: FindingId, told_as: Option<&OccurrenceId>) -> End {
        match self.context.location_status(place) {
            Some(LocationStatus::NotWatched | LocationStatus::TakenOver) => End::NotWatched,
            Some(LocationStatus::Missing | LocationStatus::Away(_)) if !self.context.is_whole() => End::Unknown,
            Some(status @ (LocationStatus::Missing | LocationStatus::Away(_))) => self.gone_or_waiting(place, status),
            // A folder, a glob, a file that never showed a certificate.
            None if self.context.is_whole() && is_failure(finding) => self.never_seen(place, told_as),
            None if self.context.is_whole() => End::NotWatched,
            Some(_) | None => End::Unknown,
        }
    }

    /// Of a place that never showed a certificate and at which no look of this run was.
    fn never_seen(&self, place: &str, told_as: Option<&OccurrenceId>) -> End {
        let Some(id) = told_as.filter(|id| self.context.history().occurrences.contains_key(id)) else {
            return End::Gone;
        };
        let looked = self.looked.get_or_init(|| Looked::new(self.context));
        let is_unlisted = looked.told.get(id).copied();
        if is_unlisted.is_none() && !looked.names.contains(place) && !looked.reads_list(place) {
            return End::NotWatched;
        }
        let is_hidden = is_unlisted == Some(true)
            || place.match_indices(['/', ':']).any(|(end, _)| looked.failed.contains(&place[..end]));
        if is_hidden { End::Unknown } else { End::Gone }
    }

    fn gone_or_waiting(&self, place: &str, status: &LocationStatus) -> End {
        let record = self.context.history().places.get(place);
        let is_gone = record.is_some_and(|record| status.is_gone(record, self.context.now));
        if is_gone { End::NotWatched } else { End::Unknown }
    }
}

impl<'a> Looked<'a> {
    fn new(context: &DetectContext<'a>) -> Self {
        let looks = context.input.observations;
        let mut of_files: HashMap<&EntryName, bool> = HashMap::new();
        for look in looks.iter().filter(|look| !look.is_endpoint) {
            let folder = look.on_disk.as_ref().filter(|_| look.outcome.is_err());
            let is_unlisted = look.is_list() || folder.is_some_and(|on_disk| on_disk.search.folder.is_none());
            *of_files.entry(&look.entry).or_default() |= is_unlisted;
        }
        let mut told = HashMap::new();
        let records = context.history().anomalies.values().flat_map(BTreeMap::values);
        for id in records.filter_map(|record| record.told_as.as_ref()).collect::<HashSet<_>>() {
            let Some(record) = context.history().occurrences.get(id) else { continue };
            let entries = record.occurrence.locations.iter().filter_map(|location| of_files.get(&location.entry));
            if let Some(is_unlisted) = entries.copied().reduce(|one, other| one || other) {
                told.insert(id, is_unlisted);
            }
        }
        let failed = looks.iter().filter(|look| match &look.outcome {
            Ok(_) => false,
            Err(failure) => failure.id != FindingId::NothingFound,
        });
        let lists = context.entries.values().filter_map(|entry| entry.options.list.as_deref());
        Self {
            names: looks.iter().filter_map(|look| name_of(&look.place)).collect(),
            failed: failed.map(|look| &*look.place).collect(),
            told,
            lists: lists.map(Path::to_string_lossy).collect(),
        }
    }

    /// Whether it is a list, or a line of one, that an entry names.
    fn reads_list(&self, place: &str) -> bool {
        let of_line = place.rsplit_once(':').map(|(list, _)| list);
        self.lists.contains(place) || of_line.is_some_and(|list| self.lists.contains(list))
    }
}

/// Whether the entry still has what the finding was measured by.
fn asks(entry: &Entry, observation: &Observation, finding: FindingId) -> bool {
    match finding {
        FindingId::Untrusted | FindingId::SelfSigned | FindingId::ChainIncomplete | FindingId::ChainMisordered => {
            match &entry.watch {
                Watch::Endpoints { options, .. } => !options.ignore_trust,
                _ => entry.ca_file_of_chains().is_some(),
            }
        }
        FindingId::NameMismatch => observation.is_endpoint || !entry.options.covers.is_empty(),
        FindingId::PinMismatch => !entry.options.pins.is_empty(),
        FindingId::TlsaMissing | FindingId::TlsaUnknown => entry.options.pins.looks_up,
        FindingId::NotReloaded | FindingId::LoadingUnknown => !entry.options.listens_on.is_empty(),
        FindingId::CopyOutdated => entry.options.metadata.is_some(),
        _ => true,
    }
}

/// Of a server that is not seen it is not known whether it has loaded the file since.
fn hides_a_server(look: &Observation) -> bool {
    let loading = look.outcome.as_ref().ok().and_then(|sight| sight.checks().loading.as_ref());
    loading.is_some_and(|loading| loading.listeners.iter().any(|listener| listener.seen.is_err()))
}

/// Of a provider that is not seen it is not known whether the copy is complete by now.
fn hides_what_is_published(look: &Observation) -> bool {
    look.outcome.as_ref().is_ok_and(|sight| sight.checks().copy == Some(Copy::Unknown))
}

/// Records that DNS did not show may still be other ones.
fn hides_what_is_pinned(look: &Observation) -> bool {
    let is_hidden = |lookup: &TlsaLookup| matches!(lookup.found, PublishedTlsa::Unknown(_));
    look.outcome.as_ref().is_ok_and(|sight| sight.checks().tlsa.iter().any(is_hidden))
}

/// Records that were not answered for may still be what they were.
fn hides_the_records(look: &Observation) -> bool {
    look.outcome.as_ref().is_ok_and(|sight| sight.checks().forecast == Some(Forecast::Unknown))
}
