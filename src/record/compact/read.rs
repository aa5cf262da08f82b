//! Reads a history that was written in this form, one record after another.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize as _;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, Visitor};

use super::each::each;
use super::place::{CompactCertificate, CompactPlace};
use super::tables::{ANCHORS, AUTHORITIES, CERTIFICATES, FOLDERS, Incomplete, LAST_LOOK, PLACES, Tables};
use crate::certificate::Fingerprint;
use crate::history::{CertificateRecord, History, PlaceRecord};

/// What was read so far beside the fields that are written as they are.
#[derive(Default)]
struct Parts<'de> {
    tables: Tables<'de>,
    certificates: Vec<(Fingerprint, CertificateRecord)>,
    places: Vec<(String, PlaceRecord)>,
}

/// The record of a place is hardly ever shorter, in bytes.
const SHORT_RECORD: usize = 192;

/// Reads a [`History`].
#[derive(Default)]
pub(in super::super) struct OfHistory {
    /// So many records have room without a move of those before them.
    records: usize,
}

impl OfHistory {
    /// From a text of so many bytes.
    pub(in super::super) const fn from_length(length: usize) -> Self {
        Self { records: length / SHORT_RECORD }
    }
}

impl<'de> DeserializeSeed<'de> for OfHistory {
    type Value = History;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<History, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OfHistory {
    type Value = History;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a memory")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<History, A::Error> {
        let mut parts = Parts::default();
        let mut history =
            History::deserialize(MapAccessDeserializer::new(Rest { map, records: self.records, parts: &mut parts }))?;
        // At once, so that the maps have no room to spare.
        history.certificates = in_their_order(parts.certificates).collect();
        history.places = BTreeMap::from_iter(parts.places);
        Ok(history)
    }
}

/// The entries of a map that are fields of a history; the others become parts on the way.
struct Rest<'p, 'de, A> {
    map: A,
    records: usize,
    parts: &'p mut Parts<'de>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Parts { tables, certificates, places } = &mut *self.parts;
        while let Some(key) = self.map.next_key::<Cow<'de, str>>()? {
            match &*key {
                ANCHORS => tables.anchors = self.map.next_value()?,
                AUTHORITIES => tables.authorities = self.map.next_value()?,
                FOLDERS => tables.folders = self.map.next_value()?,
                LAST_LOOK => tables.last_look = self.map.next_value()?,
                CERTIFICATES => {
                    let mut last = None;
                    let take = |fingerprint, certificate: CompactCertificate<'de>| {
                        in_order(last.replace(fingerprint).as_ref(), &fingerprint)?;
                        certificates.push((fingerprint, certificate.whole(fingerprint, tables)?));
                        Ok(())
                    };
                    self.map.next_value_seed(each(take))?;
                }
                PLACES => {
                    certificates.reserve_exact(self.records);
                    places.reserve_exact(self.records);
                    let take = |place: String, record: CompactPlace<'de>| {
                        in_order(places.last().map(|(last, _)| last), &place)?;
                        let (record, certificate) = record.whole(&place, tables)?;
                        certificates.extend(certificate.map(|certificate| (record.fingerprint, certificate)));
                        places.push((place, record));
                        Ok(())
                    };
                    self.map.next_value_seed(each(take))?;
                }
                field => {
                    let field: StrDeserializer<'_, A::Error> = field.into_deserializer();
                    return seed.deserialize(field).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// By their fingerprints. Those of a large state are moved once each, and not a dozen times while they are sorted.
fn in_their_order(
    certificates: Vec<(Fingerprint, CertificateRecord)>,
) -> impl Iterator<Item = (Fingerprint, CertificateRecord)> {
    let mut order: Vec<(Fingerprint, usize)> =
        certificates.iter().map(|(fingerprint, _)| *fingerprint).zip(0..).collect();
    order.sort_unstable();
    let mut certificates: Vec<_> = certificates.into_iter().map(Some).collect();
    order.into_iter().filter_map(move |(_, nth)| certificates[nth].take())
}

/// What stands in its order stands once. A state whose records stand in another is read in another way.
fn in_order<K: Ord>(last: Option<&K>, key: &K) -> Result<(), Incomplete> {
    if last.is_none_or(|last| last < key) { Ok(()) } else { Err(Incomplete::NotInOrder) }
}
