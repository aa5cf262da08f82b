//! The memory as the state file holds it: what many certificates and places have in common stands once, a certificate
//! stands at the place that shows it, and what is as usual is left out.

mod facts;
mod fields;
mod place;
mod read;
mod tables;
#[cfg(test)]
mod tests;

pub(super) use read::OfHistory;

use serde::ser::{Serialize, Serializer};
use time::OffsetDateTime;

use self::facts::{Facts, usual_root};
use self::fields::{Fields, Others};
use self::place::{CompactCertificate, CompactPlace};
use self::tables::{ANCHORS, AUTHORITIES, CERTIFICATES, FOLDERS, LAST_LOOK, PLACES, Shared};
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
        let places: Vec<&PlaceRecord> = history.places.values().collect();
        let mut by_fingerprint: Vec<(Fingerprint, usize)> =
            places.iter().enumerate().map(|(nth, place)| (place.fingerprint, nth)).collect();
        by_fingerprint.sort_unstable();
        // Both are in the order of the fingerprints.
        let mut showing = by_fingerprint.into_iter().peekable();
        let (mut standing, mut others) = (vec![None; places.len()], Vec::new());
        for (fingerprint, record) in &history.certificates {
            while showing.next_if(|(shown, _)| shown < fingerprint).is_some() {}
            let here = std::iter::from_fn(|| showing.next_if(|(shown, _)| shown == fingerprint));
            let its = |(_, nth): &(Fingerprint, usize)| places.get(*nth).is_some_and(|place| is_of(record, place));
            match here.filter(its).min().and_then(|(_, nth)| standing.get_mut(nth)) {
                Some(place) => *place = Some(record),
                None => others.push((fingerprint, record)),
            }
        }
        let unusual = history.places.values().zip(&standing).filter_map(|(place, record)| {
            let usual = record.and_then(|record| usual_root(&record.facts));
            place.root.as_deref().filter(|root| Some(*root) != usual)
        });
        let shared = Shared::of(history, unusual);
        let last_look = history.places.values().map(|place| place.last_seen).max();
        Self { history, shared, last_look, standing, others }
    }

    fn places(&self) -> impl Iterator<Item = (&'a String, CompactPlace<'a>)> {
        self.history.places.iter().zip(&self.standing).map(|((name, place), record)| {
            let facts = record.map(|record| Facts::of(&record.facts, &self.shared));
            (name, CompactPlace::of(name, place, facts, self.last_look, &self.shared))
        })
    }

    fn certificates(&self) -> impl Iterator<Item = (&'a Fingerprint, CompactCertificate<'a>)> {
        self.others.iter().map(|(fingerprint, record)| (*fingerprint, CompactCertificate::of(record, &self.shared)))
    }
}

/// Whether all that is remembered of a certificate beside its facts is what the place says.
fn is_of(record: &CertificateRecord, place: &PlaceRecord) -> bool {
    record.last_seen == place.last_seen
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
