//! What many certificates and places have in common: tables, to whose rows they refer by number.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::certificate::{Certificate, DistinguishedName, Fingerprint, OidName, PublicKey};
use crate::history::{FolderRecord, Moment, PlaceRecord};
use crate::policy::EntryName;

/// The keys that stand for `certificates` and `places` of a history, in their order: what is read first is what the
/// others refer to.
pub(super) const ANCHORS: &str = "anchors";
pub(in super::super) const AUTHORITIES: &str = "authorities";
pub(in super::super) const CERTIFICATES: &str = "certificates";
pub(super) const FOLDERS: &str = "folders";
pub(super) const LAST_LOOK: &str = "last-look";
pub(in super::super) const PLACES: &str = "places";

/// The rows of one table in their order.
#[derive(Debug)]
pub(super) struct Table<T>(BTreeMap<T, usize>);

impl<T: Ord> Table<T> {
    fn new(rows: impl Iterator<Item = T>) -> Self {
        let mut table = BTreeMap::new();
        for row in rows {
            table.entry(row).or_insert(0);
        }
        table.values_mut().enumerate().for_each(|(number, row)| *row = number);
        Self(table)
    }

    /// The number of a row.
    pub(super) fn number(&self, row: &T) -> Option<usize> {
        self.0.get(row).copied()
    }

    pub(super) fn rows(&self) -> Vec<&T> {
        self.0.keys().collect()
    }
}

/// What the certificates of one authority have in common.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Authority<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bits: Option<u32>,
    /// None: each is issued by its own subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Cow<'a, DistinguishedName>>,
    key: OidName,
    /// They have one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Fingerprint>,
    pub signature_algorithm: OidName,
    #[serde(default, skip_serializing_if = "<[OidName]>::is_empty")]
    pub usages: Arc<[OidName]>,
}

impl<'a> Authority<'a> {
    fn new(certificate: &'a Certificate, key_id: Option<Fingerprint>) -> Self {
        let is_own = certificate.issuer == certificate.subject;
        Self {
            bits: certificate.key.bits,
            issuer: (!is_own).then_some(Cow::Borrowed(&certificate.issuer)),
            key: certificate.key.algorithm.clone(),
            key_id,
            signature_algorithm: certificate.signature_algorithm.clone(),
            usages: Arc::clone(&certificate.usages),
        }
    }

    pub(super) fn key(&self, id: Option<Fingerprint>) -> PublicKey {
        PublicKey { algorithm: self.key.clone(), bits: self.bits, id: id.or(self.key_id) }
    }
}

/// A folder, and the entry whose members in it are called by their paths below it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Folder<'a> {
    device: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    entry: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own_device: Option<u64>,
    pattern: Arc<str>,
}

impl<'a> Folder<'a> {
    /// That of a place, where it is in one.
    pub(super) fn new(place: &str, record: &'a PlaceRecord) -> Option<Self> {
        let FolderRecord { device, own_device, pattern } = record.folder.as_ref()?;
        let entry = record.entry.as_str();
        let is_member = path_below(pattern, place)
            .is_some_and(|path| record.name.strip_prefix(entry).and_then(|name| name.strip_prefix('/')) == Some(path));
        let entry = is_member.then_some(Cow::Borrowed(entry));
        Some(Self { device: *device, entry, own_device: *own_device, pattern: Arc::clone(pattern) })
    }

    pub(super) const fn names_members(&self) -> bool {
        self.entry.is_some()
    }

    /// The entry of a place whose name is not written, and what the place is called.
    pub(super) fn member(&self, place: &str) -> Option<(EntryName, Arc<str>)> {
        let (entry, path) = (self.entry.as_deref()?, path_below(&self.pattern, place)?);
        Some((EntryName::new(entry), [entry, "/", path].concat().into()))
    }

    pub(super) fn record(&self) -> FolderRecord {
        FolderRecord { device: self.device, own_device: self.own_device, pattern: Arc::clone(&self.pattern) }
    }
}

fn path_below<'a>(folder: &str, place: &'a str) -> Option<&'a str> {
    place.strip_prefix(folder)?.strip_prefix('/')
}

/// The tables of a history that is written.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    /// The subjects of roots, except of certificates that are their own.
    pub anchors: Table<&'a DistinguishedName>,
    pub authorities: Table<Authority<'a>>,
    pub folders: Table<Folder<'a>>,
    /// The keys that several certificates have, in their order.
    keys: Vec<Fingerprint>,
}

impl<'a> Shared<'a> {
    pub(super) fn new<C: Iterator<Item = &'a Certificate>>(
        certificates: impl Fn() -> C,
        roots: impl Iterator<Item = &'a DistinguishedName>,
        folders: impl Iterator<Item = Folder<'a>>,
    ) -> Self {
        let mut all: Vec<Fingerprint> = certificates().filter_map(|certificate| certificate.key.id).collect();
        all.sort_unstable();
        let twice = all.windows(2).filter_map(|pair| pair.first().filter(|id| pair.get(1) == Some(id)).copied());
        let mut keys: Vec<Fingerprint> = twice.collect();
        keys.dedup();
        let authorities = certificates().map(|certificate| Authority::new(certificate, shared_key(certificate, &keys)));
        Self { anchors: Table::new(roots), authorities: Table::new(authorities), folders: Table::new(folders), keys }
    }

    /// The number of what a certificate has in common with others, and the key that it has alone.
    pub(super) fn authority(&self, certificate: &'a Certificate) -> (usize, Option<Fingerprint>) {
        let shared = shared_key(certificate, &self.keys);
        let number = self.authorities.number(&Authority::new(certificate, shared)).unwrap_or_default();
        (number, certificate.key.id.filter(|_| shared.is_none()))
    }
}

/// The key of a certificate, where others have it too.
fn shared_key(certificate: &Certificate, keys: &[Fingerprint]) -> Option<Fingerprint> {
    certificate.key.id.filter(|id| keys.binary_search(id).is_ok())
}

/// Why records are not read as they stand.
#[derive(Debug, thiserror::Error)]
pub(super) enum Incomplete {
    #[error("`{table}` has no row {number}")]
    NoRow { table: &'static str, number: usize },
    #[error("missing field `{0}`")]
    Field(&'static str),
    #[error("a key stands twice, or not in the order of the keys")]
    NotInOrder,
}

/// The tables of a history that is read. They stand before what refers to them.
#[derive(Default)]
pub(super) struct Tables<'de> {
    pub anchors: Vec<DistinguishedName>,
    pub authorities: Vec<Authority<'de>>,
    pub folders: Vec<Folder<'de>>,
    pub last_look: Option<Moment>,
}

impl Tables<'_> {
    pub(super) fn folder(&self, number: usize) -> Result<&Folder<'_>, Incomplete> {
        self.folders.get(number).ok_or(Incomplete::NoRow { table: FOLDERS, number })
    }

    pub(super) fn anchor(&self, number: usize) -> Result<&DistinguishedName, Incomplete> {
        self.anchors.get(number).ok_or(Incomplete::NoRow { table: ANCHORS, number })
    }

    pub(super) fn authority(&self, number: usize) -> Result<&Authority<'_>, Incomplete> {
        self.authorities.get(number).ok_or(Incomplete::NoRow { table: AUTHORITIES, number })
    }
}
