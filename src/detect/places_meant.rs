//! Which remembered places reports mean: all reports are answered by one pass over the places.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::ops::Bound;

use crate::certificate::{Certificate, Fingerprint, canonical_name, covering_wildcard};
use crate::event::About;
use crate::history::{History, PlaceRecord};
use crate::policy::{Endpoint, EntryName, Policies};

/// A place and what the memory knows of it.
pub(super) type KnownPlace<'a> = (&'a str, &'a PlaceRecord);

/// By what a place may be meant.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key<'a> {
    Fingerprint(Fingerprint),
    /// Its name, its entry, or the place itself.
    Called(&'a str),
    /// The last part of its name, or of that of its entry.
    EndsIn(&'a str),
    Place(Cow<'a, str>),
    /// A name of the certificate, or one with a wildcard.
    Dns(Cow<'a, str>),
    Address(IpAddr),
}

/// The places that are watched and meant by a report.
pub(super) struct PlacesMeant<'a> {
    by_key: HashMap<Key<'a>, Vec<KnownPlace<'a>>>,
    /// Places whose path has a `..`, by the path without it, where a report names a path.
    detours: Option<BTreeMap<String, KnownPlace<'a>>>,
    policies: &'a Policies,
    history: &'a History,
}

impl<'a> PlacesMeant<'a> {
    pub(super) fn new(reports: impl Iterator<Item = &'a About>, policies: &'a Policies, history: &'a History) -> Self {
        let mut detours = None;
        let reports = reports.inspect(|about| {
            if matches!(about, About::Path { .. }) {
                detours.get_or_insert_default();
            }
        });
        let by_key = reports.flat_map(ways).map(|key| (key, Vec::new())).collect();
        let mut meant = Self { by_key, detours, policies, history };
        if !meant.by_key.is_empty() || meant.detours.is_some() {
            for (place, record) in &history.places {
                meant.note(place, record);
            }
        }
        meant
    }

    fn note(&mut self, place: &'a str, record: &'a PlaceRecord) {
        if let Some(detours) = &mut self.detours
            && let Cow::Owned(direct) = direct(place)
        {
            detours.insert(direct, (place, record));
        }
        let keys = [
            Key::Fingerprint(record.fingerprint),
            Key::Called(&record.name),
            Key::Called(place),
            Key::EndsIn(last_part(&record.name)),
            Key::Place(place.into()),
        ];
        let facts = self.history.certificates.get(&record.fingerprint).map(|known| &*known.facts);
        let names = facts.into_iter().flat_map(of_certificate);
        let entries = record.entries().map(EntryName::as_str);
        let entries = entries.flat_map(|entry| [Key::Called(entry), Key::EndsIn(last_part(entry))]);
        for key in keys.into_iter().chain(entries).chain(names) {
            if let Some(found) = self.by_key.get_mut(&key)
                && found.last().is_none_or(|(last, _)| *last != place)
                && is_watched(record, self.policies)
            {
                found.push((place, record));
            }
        }
    }

    /// Of the ways to name a place, those of the first that names any.
    pub(super) fn of(&self, about: &'a About) -> Vec<KnownPlace<'a>> {
        if let About::Path { absolute, .. } = about {
            let below = self.below(direct(absolute).trim_end_matches('/'));
            if !below.is_empty() {
                return below;
            }
        }
        let mut found = ways(about).filter_map(|key| self.by_key.get(&key));
        found.find(|places| !places.is_empty()).cloned().unwrap_or_default()
    }

    fn below(&self, folder: &str) -> Vec<KnownPlace<'a>> {
        let from = (Bound::Included(folder), Bound::Unbounded);
        let is_in = |path: &str| path[folder.len()..].is_empty() || path[folder.len()..].starts_with(['/', '#']);
        let places = self.history.places.range::<str, _>(from).take_while(|(path, _)| path.starts_with(folder));
        let places = places.filter(|(path, _)| is_in(path) && matches!(direct(path), Cow::Borrowed(_)));
        let detours = self.detours.iter().flat_map(|detours| detours.range::<str, _>(from));
        let detours = detours.take_while(|(path, _)| path.starts_with(folder)).filter(|(path, _)| is_in(path));
        let all = places.map(|(place, record)| (place.as_str(), record)).chain(detours.map(|(_, known)| *known));
        all.filter(|(_, record)| is_watched(record, self.policies)).collect()
    }
}

/// An absolute path without `.` and `..`, as it reads where no link stands before them. Policy files have relative paths
/// on their own folder, and hooks know nothing of that.
pub(super) fn direct(path: &str) -> Cow<'_, str> {
    if !path.starts_with('/') || !path.split('/').any(|part| matches!(part, "." | "..")) {
        return Cow::Borrowed(path);
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Cow::Owned(format!("/{}", parts.join("/")))
}

fn is_watched(record: &PlaceRecord, policies: &Policies) -> bool {
    record.entries().any(|entry| policies.entry(entry.as_str()).is_some())
}

/// By what the places are looked for that a report means, the surest first.
fn ways(about: &About) -> impl Iterator<Item = Key<'_>> {
    let names = match about {
        About::Name(name) => std::slice::from_ref(name),
        About::AnyOf(names) => names.as_slice(),
        About::Path { written, .. } if about.other_name().is_some() => std::slice::from_ref(written),
        About::Fingerprint(_) | About::Path { .. } => &[],
    };
    let fingerprint = match about {
        About::Fingerprint(fingerprint) => Some(Key::Fingerprint(*fingerprint)),
        About::Name(_) | About::AnyOf(_) | About::Path { .. } => None,
    };
    fingerprint.into_iter().chain(names.iter().flat_map(|name| of_name(name)))
}

fn of_name(name: &str) -> impl Iterator<Item = Key<'_>> {
    let dns = canonical_name(name);
    let endpoint = name.parse::<Endpoint>().ok().map(|endpoint| Key::Place(endpoint.place().into()));
    let covered = match name.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => Some(Key::Address(address.to_canonical())),
        Err(_) => covering_wildcard(&dns).map(|name| Key::Dns(name.into())),
    };
    let sure = [Key::Called(name), Key::EndsIn(name), Key::Dns(dns)];
    sure.into_iter().chain(endpoint).chain(covered)
}

fn of_certificate(certificate: &Certificate) -> impl Iterator<Item = Key<'_>> {
    let names = certificate.dns_names.iter().map(|name| Key::Dns(canonical_name(name)));
    names.chain(certificate.ip_addresses.iter().map(|address| Key::Address(address.to_canonical())))
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
