//! What a name given to `plan` means: a certificate that stands, one that is gone, or a place that never showed one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use certnotify::cause::PlaceCause;
use certnotify::certificate::Certificate;
use certnotify::detect::{self, TrackedCertificate, Visibility};
use certnotify::event::{EventKind, Location};
use certnotify::history::{History, PlaceRecord};
use certnotify::observation::Observation;
use certnotify::policy;
use certnotify::render::untrusted;

use super::Planned;
use crate::cli::{exit, memory};

/// What can be explained.
pub(super) enum Explained<'a> {
    Tracked(&'a TrackedCertificate),
    /// As it was last seen.
    Gone(Box<TrackedCertificate>),
    /// A place that was looked at, and of which no certificate is remembered.
    NeverSeen(&'a Observation),
    /// An entry that nothing was found for.
    Empty(&'a str),
}

impl Explained<'_> {
    fn certificate(&self) -> Option<&TrackedCertificate> {
        match self {
            Self::Tracked(tracked) => Some(tracked),
            Self::Gone(gone) => Some(gone),
            Self::NeverSeen(_) | Self::Empty(_) => None,
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Tracked(tracked) => &tracked.location.name,
            Self::Gone(gone) => &gone.location.name,
            Self::NeverSeen(observation) => &observation.name,
            Self::Empty(entry) => entry,
        }
    }

    fn entry(&self) -> &str {
        match self {
            Self::Tracked(tracked) => tracked.location.entry.as_str(),
            Self::Gone(gone) => gone.location.entry.as_str(),
            Self::NeverSeen(observation) => observation.entry.as_str(),
            Self::Empty(entry) => entry,
        }
    }

    fn has_dns_name(&self, name: &str) -> bool {
        self.certificate()
            .is_some_and(|tracked| tracked.certificate.dns_names.iter().any(|dns| dns.eq_ignore_ascii_case(name)))
    }
}

/// All that a name may mean: what stands before what is gone, and that before what was never seen.
pub(super) fn all(planned: &Planned) -> Vec<Explained<'_>> {
    let mut all: Vec<Explained> = planned.look.tracked.iter().map(Explained::Tracked).collect();
    let mut known: BTreeSet<Arc<str>> = all.iter().map(|one| one.name().into()).collect();
    for gone in gone(planned) {
        if known.insert(Arc::clone(&gone.location.name)) {
            all.push(Explained::Gone(Box::new(gone)));
        }
    }
    for observation in planned.look.observations.iter().filter(|observation| observation.outcome.is_err()) {
        if known.insert(Arc::clone(&observation.name)) {
            all.push(Explained::NeverSeen(observation));
        }
    }
    let entries: BTreeSet<String> = all.iter().map(|one| one.entry().to_owned()).collect();
    let unseen = planned.policies.entries.iter().map(|entry| entry.name.as_str());
    all.extend(unseen.filter(|entry| !entries.contains(*entry)).map(Explained::Empty));
    all
}

/// Certificates that an earlier run saw and that stand no more: those whose place the next run forgets, and those whose
/// deletion is remembered.
fn gone(planned: &Planned) -> Vec<TrackedCertificate> {
    let places = planned.places.iter().flat_map(|(place, record)| of_place(place, record, &planned.history));
    let occurrences = planned.history.occurrences.values().rev().map(|record| &record.occurrence);
    let deleted = occurrences.filter(|occurrence| occurrence.kind == EventKind::Deletion).flat_map(|occurrence| {
        let certificate = occurrence.certificate.as_ref();
        let of =
            |certificate: &Certificate, location: &Location| without(location.clone(), Arc::new(certificate.clone()));
        certificate
            .into_iter()
            .flat_map(move |certificate| occurrence.locations.iter().map(move |location| of(certificate, location)))
    });
    places.chain(deleted).collect()
}

fn of_place(place: &str, record: &PlaceRecord, history: &History) -> Vec<TrackedCertificate> {
    let Some(certificate) = history.certificate_at(record) else { return Vec::new() };
    let gone = detect::last_seen_by_all(place, record).map(|location| without(location, Arc::clone(&certificate)));
    gone.map(|gone| TrackedCertificate { place: place.into(), ..gone }).collect()
}

fn without(location: Location, certificate: Arc<Certificate>) -> TrackedCertificate {
    let failing = Some(PlaceCause::Gone { source: location.place.to_string() }.into());
    let place = location.key().into();
    TrackedCertificate { place, location: Location { failing, ..location }, certificate, presence: Visibility::Missing }
}

/// Those that `name` means: an entry with all its members, a member, the last part or the folder of one, or a DNS name.
pub(super) fn called<'a, 'b>(all: &'b [Explained<'a>], name: &str) -> anyhow::Result<Vec<&'b Explained<'a>>> {
    let exact: Vec<&Explained> = all.iter().filter(|one| one.name() == name || one.entry() == name).collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    let is_alike = |other: &str| other == name || other.to_lowercase() == name.to_lowercase();
    let whole: Vec<&Explained> = all.iter().filter(|one| is_alike(one.name()) || is_alike(one.entry())).collect();
    if !whole.is_empty() {
        return Ok(whole);
    }
    let ends_so = |full: &str| full.rsplit('/').next().is_some_and(is_alike);
    let mut whole: BTreeSet<&str> = all.iter().map(Explained::name).filter(|full| ends_so(full)).collect();
    if whole.is_empty() {
        whole = all.iter().map(Explained::entry).filter(|full| ends_so(full)).collect();
    }
    if let [only] = whole.iter().collect::<Vec<_>>().as_slice() {
        return called(all, only);
    }
    let mut found: Vec<&Explained> =
        all.iter().filter(|one| whole.contains(one.name()) || whole.contains(one.entry())).collect();
    if found.is_empty() {
        found = all.iter().filter(|one| memory::is_below(one.name(), name)).collect();
    }
    if found.is_empty() {
        found = all.iter().filter(|one| one.has_dns_name(name)).collect();
    }
    let mut by_name: BTreeMap<&str, Vec<&Explained>> = BTreeMap::new();
    for one in found {
        by_name.entry(one.name()).or_default().push(one);
    }
    match by_name.len() {
        0 => Err(exit::advised(format!("no certificate is called `{}`", untrusted::clean(name)), nearest(all, name))),
        1 => Ok(by_name.into_values().flatten().collect()),
        _ => Err(exit::advised(
            format!("`{}` may mean several certificates", untrusted::clean(name)),
            memory::which(&by_name.into_keys().collect()),
        )),
    }
}

fn nearest(all: &[Explained<'_>], name: &str) -> String {
    let known: Vec<&str> =
        all.iter().flat_map(|one| [one.name(), one.name().rsplit('/').next().unwrap_or_default()]).collect();
    let nearest = policy::nearest(name, &known).map(untrusted::clean);
    policy::did_you_mean(nearest.as_deref(), || "certnotify check lists the names".to_owned())
}
