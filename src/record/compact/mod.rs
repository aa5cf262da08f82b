//! The memory as the state file holds it: what many certificates and places have in common stands once, a certificate
//! stands at the place that shows it, and what is as usual is left out.

mod each;
mod facts;
mod fields;
mod place;
mod read;
mod tables;
#[cfg(test)]
mod tests;

pub(super) use read::OfHistory;
pub(super) use tables::{AUTHORITIES, CERTIFICATES, PLACES};

use serde::ser::{Serialize, Serializer};
use time::OffsetDateTime;

use self::facts::{Facts, usual_root};
use self::fields::{Fields, Others};
use self::place::{CompactCertificate, CompactPlace};
use self::tables::{ANCHORS, FOLDERS, Folder, LAST_LOOK, Shared};
use crate::certificate::Fingerprint;
use crate::history::{CertificateRecord, History, Moment, PlaceRecord};

/// A history that is written.
pub(super) struct Compact<'a> {
    history: &'a History,
    shared: Shared<'a>,
    /// When most places were seen: it stands once.
    last_look: Option<OffsetDateTime>,
    /// Of each place in its order, the certificate that stands there.
    standing: Vec<Option<&'a CertificateRecord>>,
    /// The certificates that stand nowhere, or at several places.
    others: Vec<(&'a Fingerprint, &'a CertificateRecord)>,
}

impl<'a> Compact<'a> {
    pub(super) fn new(history: &'a History) -> Self {
        let mut at_places: Vec<(Fingerprint, usize)> =
            history.places.values().map(|place| place.fingerprint).zip(0..).collect();
        at_places.sort_unstable();
        let standing = standing(history, &at_places);
        at_places.retain(|(_, nth)| standing.get(*nth).is_some_and(Option::is_some));
        let mut at_places = at_places.into_iter().map(|(fingerprint, _)| fingerprint).peekable();
        let others = history.certificates.iter().filter(|(fingerprint, _)| {
            while at_places.next_if(|standing| standing < fingerprint).is_some() {}
            at_places.peek() != Some(fingerprint)
        });
        let others: Vec<_> = others.collect();
        let unusual = history.places.values().zip(&standing).filter_map(|(place, record)| {
            let usual = record.and_then(|record| usual_root(&record.facts));
            place.root.as_ref().filter(|root| Some(*root) != usual)
        });
        let all = || standing.iter().flatten().copied().chain(others.iter().map(|(_, record)| *record));
        let folders = history.places.iter().filter_map(|(name, place)| Folder::new(name, place));
        let shared = Shared::new(|| all().map(|record| &*record.facts), unusual, folders);
        let last_look = history.places.values().map(|place| place.last_seen).max();
        Self { history, shared, last_look, standing, others }
    }

    fn places(&self) -> impl Iterator<Item = (&'a String, CompactPlace<'a>)> {
        self.history.places.iter().zip(&self.standing).map(|((name, place), record)| {
            let facts = record.map(|record| Facts::new(&record.facts, &self.shared));
            (name, CompactPlace::new(name, place, facts, self.last_look, &self.shared))
        })
    }

    fn certificates(&self) -> impl Iterator<Item = (&'a Fingerprint, CompactCertificate<'a>)> {
        self.others.iter().map(|(fingerprint, record)| (*fingerprint, CompactCertificate::new(record, &self.shared)))
    }
}

/// Of each place in its order, the certificate that stands there; `at_places` has their numbers in the order of the
/// certificates, which are found without a search.
fn standing<'a>(history: &'a History, at_places: &[(Fingerprint, usize)]) -> Vec<Option<&'a CertificateRecord>> {
    let mut standing = vec![None; at_places.len()];
    let mut certificates = history.certificates.iter().peekable();
    for (fingerprint, nth) in at_places {
        while certificates.next_if(|(known, _)| *known < fingerprint).is_some() {}
        standing[*nth] = certificates.peek().filter(|(known, _)| *known == fingerprint).map(|(_, record)| *record);
    }
    for (record, place) in standing.iter_mut().zip(history.places.values()) {
        *record = record.filter(|record| is_of(record, place));
    }
    standing
}

/// Whether all that is remembered of a certificate beside its facts is what the place says.
fn is_of(record: &CertificateRecord, place: &PlaceRecord) -> bool {
    !record.is_unwatched
        && record.last_seen == place.last_seen
        && record.place.as_ref() == Some(&place.source)
        && record.names.len() == 1
        && record.names.contains(&place.name)
        && record.facts.limited_by == place.limited_by
        && (place.root.is_some() || usual_root(&record.facts).is_none())
}

impl Serialize for Compact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.history.serialize(Fields::new(serializer.serialize_map(None)?, self))
    }
}

impl Others for Compact<'_> {
    const KEYS: &'static [&'static str] = &[ANCHORS, AUTHORITIES, CERTIFICATES, FOLDERS, LAST_LOOK, PLACES];

    fn write<M: serde::ser::SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        match key {
            ANCHORS => map.serialize_entry(key, &self.shared.anchors.rows()),
            AUTHORITIES => map.serialize_entry(key, &self.shared.authorities.rows()),
            CERTIFICATES => map.serialize_entry(key, &Entries(|| self.certificates())),
            FOLDERS => map.serialize_entry(key, &self.shared.folders.rows()),
            LAST_LOOK => map.serialize_entry(key, &self.last_look.map(Moment)),
            _ => map.serialize_entry(key, &Entries(|| self.places())),
        }
    }
}

/// A map that is made one entry after another while it is written.
struct Entries<F>(F);

impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)>, F: Fn() -> I> Serialize for Entries<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map((self.0)())
    }
}
