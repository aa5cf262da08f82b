//! A place, and a certificate that is remembered for itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::DeserializeSeed as _;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;

use super::each::each;
use super::facts::{Facts, usual_root};
use super::tables::{Folder, Incomplete, Shared, Tables};
use crate::certificate::{Fingerprint, Limit};
use crate::history::{CertificateRecord, Moment, NameSet, PlaceRecord, ServedRecord};
use crate::observation::KeyFile;
use crate::policy::EntryName;

/// A certificate that stands at no place, or at several.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct CompactCertificate<'a> {
    #[serde(borrow)]
    pub facts: Facts<'a>,
    pub last_seen: Moment,
    #[serde(default, skip_serializing_if = "NameSet::is_empty")]
    pub names: Cow<'a, NameSet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unwatched: bool,
}

impl<'a> CompactCertificate<'a> {
    pub(super) fn new(record: &'a CertificateRecord, shared: &Shared<'a>) -> Self {
        Self {
            facts: Facts::new(&record.facts, shared),
            last_seen: Moment(record.last_seen),
            names: Cow::Borrowed(&record.names),
            place: record.place.as_deref().map(Cow::Borrowed),
            is_unwatched: record.is_unwatched,
        }
    }

    pub(super) fn whole(self, fingerprint: Fingerprint, tables: &Tables<'_>) -> Result<CertificateRecord, Incomplete> {
        Ok(CertificateRecord {
            facts: self.facts.whole(fingerprint, tables)?,
            last_seen: self.last_seen.0,
            names: self.names.into_owned(),
            place: self.place.as_deref().map(Arc::from),
            is_unwatched: self.is_unwatched,
        })
    }
}

/// What a place last looked like. The fields are those of [`PlaceRecord`]; without one it is as usual.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct CompactPlace<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    also: Cow<'a, BTreeSet<EntryName>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    away: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    displaced: Option<Fingerprint>,
    #[serde(default, skip_serializing_if = "<[Fingerprint]>::is_empty")]
    earlier: Cow<'a, [Fingerprint]>,
    /// Without it: that of the folder; where there is a name, that up to its first `/`, or the whole name.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    entry: Option<Cow<'a, str>>,
    /// Of the certificate, where it is remembered here alone.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    facts: Option<Facts<'a>>,
    fingerprint: Fingerprint,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    folder: Option<usize>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_endpoint: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Cow<'a, KeyFile>>,
    /// Without it: at the last look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_seen: Option<Moment>,
    /// Where the facts do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limited_by: Option<Cow<'a, Limit>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    missing: u32,
    /// Without it: the entry and the path below it, as the folder has them.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    name: Option<Cow<'a, str>>,
    /// Without it: the certificate itself, where that is its own root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    root: Option<usize>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "served")]
    served: Cow<'a, BTreeMap<String, ServedRecord>>,
    /// Without it: the place itself, less what tells several certificates of one file apart.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    source: Option<Cow<'a, str>>,
}

/// Nowhere else in a record is a map, in which a key could stand twice.
fn served<'de, 'a, D: Deserializer<'de>>(json: D) -> Result<Cow<'a, BTreeMap<String, ServedRecord>>, D::Error> {
    let mut served = BTreeMap::new();
    let take = |endpoint: String, record: ServedRecord| match served.insert(endpoint, record) {
        None => Ok(()),
        Some(_) => Err(Incomplete::NotInOrder),
    };
    each(take).deserialize(json)?;
    Ok(Cow::Owned(served))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl<'a> CompactPlace<'a> {
    pub(super) fn new(
        place: &'a str,
        record: &'a PlaceRecord,
        facts: Option<Facts<'a>>,
        last_look: Option<OffsetDateTime>,
        shared: &Shared<'a>,
    ) -> Self {
        let folder = Folder::new(place, record);
        let is_member = folder.as_ref().is_some_and(Folder::names_members);
        let is_usual_entry = is_member || record.entry.as_str() == usual_entry(&record.name);
        let is_usual_source = *record.source == *usual_source(place, record.fingerprint);
        let limited_by = record.limited_by.as_deref().filter(|_| facts.is_none());
        Self {
            address: record.address.as_deref().map(Cow::Borrowed),
            also: Cow::Borrowed(&record.also),
            away: record.away,
            displaced: record.displaced,
            earlier: Cow::Borrowed(&record.earlier),
            entry: (!is_usual_entry).then_some(Cow::Borrowed(record.entry.as_str())),
            facts,
            fingerprint: record.fingerprint,
            folder: folder.and_then(|folder| shared.folders.number(&folder)),
            is_endpoint: record.is_endpoint,
            key: record.key.as_deref().map(Cow::Borrowed),
            last_seen: Some(record.last_seen).filter(|seen| Some(*seen) != last_look).map(Moment),
            limited_by: limited_by.map(Cow::Borrowed),
            missing: record.missing,
            name: (!is_member).then_some(Cow::Borrowed(&record.name)),
            root: record.root.as_ref().and_then(|root| shared.anchors.number(&root)),
            served: Cow::Borrowed(&record.served),
            source: (!is_usual_source).then_some(Cow::Borrowed(&record.source)),
        }
    }

    /// The place, and its certificate where that is remembered here.
    pub(super) fn whole(
        self,
        place: &str,
        tables: &Tables<'_>,
    ) -> Result<(PlaceRecord, Option<CertificateRecord>), Incomplete> {
        let last_seen = self.last_seen.or(tables.last_look).ok_or(Incomplete::Field("last-seen"))?.0;
        let facts = self.facts.map(|facts| facts.whole(self.fingerprint, tables)).transpose()?;
        let folder = self.folder.map(|number| tables.folder(number)).transpose()?;
        let (entry, name) = match self.name {
            Some(name) => {
                (EntryName::new(self.entry.as_deref().unwrap_or_else(|| usual_entry(&name))), Arc::from(name))
            }
            None => folder.and_then(|folder| folder.member(place)).ok_or(Incomplete::Field("name"))?,
        };
        let of_facts = facts.as_ref().and_then(|facts| facts.limited_by.clone());
        let record = PlaceRecord {
            address: self.address.map(Cow::into_owned),
            also: self.also.into_owned(),
            away: self.away,
            displaced: self.displaced,
            earlier: self.earlier.into_owned(),
            entry,
            fingerprint: self.fingerprint,
            folder: folder.map(Folder::record),
            is_endpoint: self.is_endpoint,
            key: self.key.map(|key| Box::new(key.into_owned())),
            last_seen,
            limited_by: self.limited_by.map(|limit| Box::new(limit.into_owned())).or(of_facts),
            missing: self.missing,
            name,
            root: match self.root {
                Some(number) => Some(tables.anchor(number)?.clone()),
                None => facts.as_deref().and_then(usual_root).cloned(),
            },
            served: self.served.into_owned(),
            source: match self.source {
                Some(source) => source.into(),
                None => usual_source(place, self.fingerprint).into(),
            },
        };
        let certificate = facts.map(|facts| CertificateRecord {
            facts,
            last_seen,
            names: NameSet::one(Arc::clone(&record.name)),
            place: Some(Arc::clone(&record.source)),
            is_unwatched: false,
        });
        Ok((record, certificate))
    }
}

/// The entry of a member, or of what is called as its entry is.
fn usual_entry(name: &str) -> &str {
    name.split_once('/').map(|(entry, _)| entry).filter(|entry| !entry.is_empty()).unwrap_or(name)
}

/// The file of a place; one of several certificates of a file has 8 digits of its fingerprint behind it.
fn usual_source(place: &str, fingerprint: Fingerprint) -> &str {
    let file = place.rsplit_once('#').filter(|(_, digits)| digits.len() == 8 && *digits == &fingerprint.short()[..8]);
    file.map_or(place, |(file, _)| file)
}
