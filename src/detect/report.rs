//! Reports → occurrences: which certificate a report is about, and whether its event is known already.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::places_meant::{PlacesMeant, direct};
use super::tracked::last_seen_by_all;
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{
    About, Detail, EventKind, Evidence, Location, Occurrence, OccurrenceId, Report, WRITTEN_DATE, WRITTEN_DOMAIN,
};
use crate::history::{History, OccurrenceRecord, lasting};
use crate::names::EntryName;
use crate::policy::{Endpoint, Entry, Policies, Watch, would_find};

/// What is reported and seen within this time is one event.
const ONE_EVENT: Duration = Duration::days(7);

/// Whom a report is about.
enum Subject {
    Certificate(Arc<Certificate>, Vec<Location>),
    /// An entry of the policy file that no run has looked at yet.
    Unseen(Location),
    Unmatched(String),
    Nothing,
}

/// What each report says happened: one occurrence for each certificate that it means, or one about none.
#[must_use]
pub fn reported(
    reports: &[Report],
    policies: &Policies,
    history: &History,
    now: OffsetDateTime,
) -> Vec<Vec<Occurrence>> {
    let meant = PlacesMeant::new(reports.iter().filter_map(|report| report.about.as_ref()), policies, history);
    reports.iter().map(|report| occurrences(report, subjects(report, &meant, policies, history), now)).collect()
}

fn occurrences(report: &Report, subjects: Vec<Subject>, now: OffsetDateTime) -> Vec<Occurrence> {
    let are_several = subjects.len() > 1;
    let occurrence = |subject: Subject| {
        let (certificate, locations, unmatched) = match subject {
            Subject::Certificate(certificate, locations) => (Some(Arc::unwrap_or_clone(certificate)), locations, None),
            Subject::Unseen(location) => (None, vec![location], None),
            Subject::Unmatched(written) => (None, Vec::new(), Some(written)),
            Subject::Nothing => (None, Vec::new(), None),
        };
        let id = match &certificate {
            Some(certificate) if are_several => format!("reported {} {}", report.id, certificate.fingerprint.short()),
            _ => format!("reported {}", report.id),
        };
        Occurrence {
            id: OccurrenceId::new(report.kind, id),
            kind: report.kind,
            evidence: report.evidence.clone(),
            at: report.at.min(now),
            certificate,
            locations: locations.into(),
            detail: detail(report, unmatched),
        }
    };
    subjects.into_iter().map(occurrence).collect()
}

fn detail(report: &Report, unmatched: Option<String>) -> Detail {
    match (report.kind, &report.evidence) {
        (EventKind::Download, Evidence::Observed) => Detail::Downloaded { to: report.saved_to.clone() },
        _ => Detail::Reported { message: report.message.clone(), url: report.url.clone(), unmatched },
    }
}

/// What is remembered to have happened.
#[derive(Debug, Default)]
pub struct KnownOccurrences {
    by_certificate: BTreeMap<(EventKind, Fingerprint), Vec<OccurrenceId>>,
    /// When each was last reported in the same words.
    reported: BTreeMap<(EventKind, String), OffsetDateTime>,
    /// By which anomalies that last were told.
    lasting: HashSet<OccurrenceId>,
    /// The certificates that stand in some place, once that was asked.
    standing: OnceCell<HashSet<Fingerprint>>,
}

impl KnownOccurrences {
    /// Of everything that is remembered.
    #[must_use]
    pub fn new(history: &History) -> Self {
        let mut known = Self { lasting: lasting(&history.anomalies).into_iter().cloned().collect(), ..Self::default() };
        for record in history.occurrences.values() {
            known.note(&record.occurrence);
        }
        known
    }

    /// Adds one that has been taken in since.
    pub fn note(&mut self, occurrence: &Occurrence) {
        for fingerprint in certificates(occurrence) {
            self.by_certificate.entry((occurrence.kind, fingerprint)).or_default().push(occurrence.id.clone());
        }
        if let Some(words) = words(occurrence) {
            let last = self.reported.entry((occurrence.kind, words)).or_insert(occurrence.at);
            *last = occurrence.at.max(*last);
        }
    }

    /// Whether something that was told by `anomaly` is still wrong.
    #[must_use]
    pub fn lasts(&self, anomaly: &OccurrenceId) -> bool {
        self.lasting.contains(anomaly)
    }

    /// Whether the same was reported of the same within the last days: a service that tells it each day is told once a week.
    #[must_use]
    pub fn was_reported(&self, occurrence: &Occurrence) -> bool {
        let last = words(occurrence).and_then(|words| self.reported.get(&(occurrence.kind, words)));
        last.is_some_and(|last| occurrence.at - *last < ONE_EVENT)
    }

    /// The certificates that `new` was told to have renewed, and that still stand in their place.
    pub fn renewed_by<'a>(&'a self, new: Fingerprint, history: &'a History) -> impl Iterator<Item = &'a Certificate> {
        let renewals = self.by_certificate.get(&(EventKind::Hosting, new)).into_iter().flatten();
        let old = renewals.filter_map(move |id| match &history.occurrences.get(id)?.occurrence {
            Occurrence {
                detail: Detail::Renewed { new: other } | Detail::RenewedAsReported { new: other, .. },
                certificate: Some(old),
                ..
            } if other.fingerprint == new => Some(old),
            _ => None,
        });
        old.filter(|old| {
            let all = || history.places.values().map(|place| place.fingerprint).collect();
            self.standing.get_or_init(all).contains(&old.fingerprint)
        })
    }

    /// The report that the certificate of `occurrence` is gone from each of its places, within the last days.
    #[must_use]
    pub fn reported_gone<'a>(&self, occurrence: &Occurrence, history: &'a History) -> Option<&'a OccurrenceRecord> {
        let certificate = occurrence.certificate.as_ref()?.fingerprint;
        let ids = self.by_certificate.get(&(EventKind::Deletion, certificate))?;
        let tells = |known: &Occurrence| {
            let places: HashSet<&str> = known.locations.iter().map(|location| &*location.place).collect();
            let covers = |location: &Location| places.contains(&*location.place);
            is_told(known)
                && (known.at - occurrence.at).abs() <= ONE_EVENT
                && !occurrence.locations.is_empty()
                && occurrence.locations.iter().all(covers)
        };
        ids.iter().filter_map(|id| history.occurrences.get(id)).find(|record| tells(&record.occurrence))
    }

    /// The record of the event that `occurrence` tells once more, by another way or in the same words.
    #[must_use]
    pub fn known_as<'a>(&self, occurrence: &Occurrence, history: &'a History) -> Option<&'a OccurrenceRecord> {
        let of_certificates = certificates(occurrence).into_iter();
        let of_kind = |fingerprint| self.by_certificate.get(&(occurrence.kind, fingerprint));
        let ids = of_certificates.filter_map(of_kind).flatten();
        let mut records = ids.filter_map(|id| history.occurrences.get(id));
        records.find(|record| is_one_event(&record.occurrence, occurrence))
    }
}

/// Who reports what of which certificate; of an end no more, for the days that are left differ each time.
fn words(occurrence: &Occurrence) -> Option<String> {
    let (Detail::Reported { message, unmatched, .. }, Evidence::Reported { by }) =
        (&occurrence.detail, &occurrence.evidence)
    else {
        return None;
    };
    let certificate = occurrence.certificate.as_ref().map(|certificate| certificate.fingerprint.to_string());
    let place = || occurrence.locations.first().map(|location| location.name.to_string());
    let about = certificate.or_else(|| unmatched.clone()).or_else(place).unwrap_or_default();
    let said = message.as_deref().filter(|_| !occurrence.is_report_of_dates()).unwrap_or_default();
    Some(format!("{by}\n{about}\n{said}"))
}

fn is_one_event(known: &Occurrence, occurrence: &Occurrence) -> bool {
    known.id != occurrence.id
        && (known.at - occurrence.at).abs() <= ONE_EVENT
        && (is_told(known) != is_told(occurrence) || known.detail == occurrence.detail || adds_nothing(occurrence))
        && (is_report(known) || is_report(occurrence))
}

/// It came from outside, not from a comparison of looks.
fn is_report(occurrence: &Occurrence) -> bool {
    matches!(occurrence.detail, Detail::Reported { .. } | Detail::Downloaded { .. })
}

fn is_told(occurrence: &Occurrence) -> bool {
    matches!(occurrence.evidence, Evidence::Reported { .. })
}

/// It is a report, and says no more than that it happened.
fn adds_nothing(occurrence: &Occurrence) -> bool {
    is_told(occurrence) && !occurrence.has_own_words()
}

/// The old certificate of a renewal and its new one: a hook may report after the new one was seen.
fn certificates(occurrence: &Occurrence) -> Vec<Fingerprint> {
    let mut certificates: Vec<_> = occurrence.certificate.iter().map(|old| old.fingerprint).collect();
    if let Detail::Renewed { new } | Detail::RenewedAsReported { new, .. } = &occurrence.detail {
        certificates.push(new.fingerprint);
    }
    certificates
}

/// Whether the same was told by a reminder of this kind lately: a late renewal lasts, and is told again and again.
#[must_use]
pub fn was_reminded_lately(told: OffsetDateTime, occurrence: &Occurrence) -> bool {
    (occurrence.at - told).abs() <= ONE_EVENT
}

fn subjects(report: &Report, meant: &PlacesMeant<'_>, policies: &Policies, history: &History) -> Vec<Subject> {
    let Some(about) = &report.about else { return vec![Subject::Nothing] };
    let mut by_certificate: BTreeMap<Fingerprint, Vec<Location>> = BTreeMap::new();
    for (place, record) in meant.of(about) {
        by_certificate.entry(record.fingerprint).or_default().extend(last_seen_by_all(place, record));
    }
    let seen = by_certificate.into_iter().filter_map(|(fingerprint, locations)| {
        Some(Subject::Certificate(Arc::clone(&history.certificates.get(&fingerprint)?.facts), locations))
    });
    let mut subjects: Vec<Subject> = seen.collect();
    if subjects.is_empty() {
        let mut ways = any_of(about).into_iter();
        let entry = ways.find_map(|about| policies.entries.iter().find(|entry| is_entry(&about, entry)));
        subjects.push(match entry {
            Some(entry) => Subject::Unseen(unseen(entry, about, report.at)),
            None => Subject::Unmatched(written(about)),
        });
    }
    subjects
}

/// The ways in which it is called, the first that is known counts.
fn any_of(about: &About) -> Vec<About> {
    match about {
        About::AnyOf(names) => names.iter().cloned().map(About::Name).collect(),
        About::Path { .. } => {
            let name = about.other_name().map(|name| About::Name(name.to_owned()));
            std::iter::once(about.clone()).chain(name).collect()
        }
        About::Name(_) | About::Fingerprint(_) => vec![about.clone()],
    }
}

fn written(about: &About) -> String {
    match about {
        About::Name(name) => name.clone(),
        About::Path { written, .. } => written.clone(),
        About::Fingerprint(fingerprint) => fingerprint.to_string(),
        About::AnyOf(names) => names.first().cloned().unwrap_or_default(),
    }
}

fn is_entry(about: &About, entry: &Entry) -> bool {
    let name = entry.name.as_str();
    match about {
        About::Name(wanted) => {
            let is_endpoint = |endpoint: &Endpoint| {
                endpoint.written == *wanted || wanted.parse::<Endpoint>().is_ok_and(|it| it.place() == endpoint.place())
            };
            name == wanted
                || name.rsplit('/').next() == Some(wanted)
                || matches!(&entry.watch, Watch::Endpoints { endpoints, .. } if endpoints.iter().any(is_endpoint))
        }
        About::Path { absolute, .. } => {
            let Watch::Files { patterns, exclude } = &entry.watch else { return false };
            let path = direct(absolute);
            let path = Path::new(&*path);
            patterns.iter().map(|pattern| direct_pattern(pattern)).any(|pattern| {
                let pattern = Path::new(&*pattern);
                pattern.starts_with(path) || would_find(pattern, exclude, path)
            })
        }
        About::Fingerprint(_) | About::AnyOf(_) => false,
    }
}

/// The file that is meant, where one of the patterns would find it.
fn found(patterns: &[PathBuf], exclude: &[String], about: &About) -> Option<String> {
    let About::Path { absolute, .. } = about else { return None };
    let path = direct(absolute);
    let finds = |pattern: &PathBuf| would_find(Path::new(&*direct_pattern(pattern)), exclude, Path::new(&*path));
    patterns.iter().any(finds).then(|| absolute.clone())
}

fn direct_pattern(pattern: &Path) -> Cow<'_, OsStr> {
    match pattern.to_str().map(direct) {
        Some(Cow::Owned(direct)) => Cow::Owned(direct.into()),
        _ => Cow::Borrowed(pattern.as_os_str()),
    }
}

fn unseen(entry: &Entry, about: &About, at: OffsetDateTime) -> Location {
    let (place, is_endpoint) = match &entry.watch {
        Watch::Files { patterns, exclude } => {
            let first = || patterns.first().map(|path| path.display().to_string());
            (found(patterns, exclude, about).or_else(first), false)
        }
        Watch::Endpoints { endpoints, .. } => (endpoints.first().map(|endpoint| endpoint.written.clone()), true),
        Watch::Date(expiry) => (Some(format!("{WRITTEN_DATE}\"{expiry}\"")), false),
        Watch::Domains(domains) => {
            (domains.first().map(|domain| format!("{WRITTEN_DOMAIN}\"{}\"", domain.written)), false)
        }
        Watch::Published(address) => (Some(address.clone()), false),
        Watch::Program(program) => (program.argv.first().cloned(), false),
    };
    let name: Arc<str> = entry.name.as_str().into();
    let place = place.map_or_else(|| Arc::clone(&name), Arc::from);
    let remembered_as = None;
    let entry = EntryName::new(&*name);
    Location { entry, name, place, remembered_as, address: None, seen: at, failing: None, is_endpoint }
}
