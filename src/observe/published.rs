//! Metadata that its provider publishes by https: looked at as if a file held it, and compared with a copy in a file.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::content::{self, Origin};
use super::followed::Document;
use super::trust::TrustStores;
use super::{Options, member_name, pool, probe_error};
use crate::address::Url;
use crate::cause::{DocumentCause, DocumentError, Doing, FailureCause, FindingCause};
use crate::certificate::{self, Certificate, Contents, Fingerprint, Issuers};
use crate::disk::LARGEST;
use crate::event::FindingId;
use crate::fault::{Fault, contained};
use crate::observation::{Copy, Failure, Observation};
use crate::policy::{Entry, Watch};

/// Documents that are fetched side by side.
const THREADS: usize = 8;
const ACCEPTED: &str = "application/samlmetadata+xml, application/xml, text/xml, */*";

/// An address, and the file with the roots that its server is judged by.
type Key<'a> = (&'a str, Option<&'a Path>);

/// What was fetched, by address; nothing where the time was over before.
pub(super) type Documents<'a> = BTreeMap<Key<'a>, Result<Vec<u8>, Option<Box<FailureCause>>>>;

/// Fetches each document of the entries once.
pub(super) fn fetch<'a>(entries: &[&'a Entry], options: &Options<'_>, now: OffsetDateTime) -> Documents<'a> {
    let wanted: BTreeSet<Key<'a>> = entries.iter().filter_map(|entry| key(entry)).collect();
    let wanted: Vec<Key<'a>> = wanted.into_iter().collect();
    let fetched = pool::map(
        &wanted,
        THREADS,
        || (),
        |(), (address, ca_file)| {
            let ends = Instant::now() + options.timeout;
            let ends = options.ends.map_or(ends, |sooner| sooner.min(ends));
            if options.is_stopped() || Instant::now() >= ends {
                return Err(None);
            }
            let document =
                Document { address, accepted: ACCEPTED, is_own: true, ca_file: *ca_file, longest: LARGEST, ends };
            let fetched = contained(|| document.fetch(now)).map_err(|fault| Some(unread(address, fault)))?;
            fetched.map_err(|not_fetched| Some(metadata(not_fetched.cause)))
        },
    );
    wanted.into_iter().zip(fetched).collect()
}

/// By what an entry's document is known, where it has one.
pub(super) fn key(entry: &Entry) -> Option<Key<'_>> {
    let address = match &entry.watch {
        Watch::Published(address) => address,
        _ => entry.options.metadata.as_ref()?,
    };
    Some((address, entry.options.ca_file.as_deref()))
}

/// What the document of an entry holds, where the entry watches the document itself.
pub(super) fn look(
    entry: &Entry,
    documents: &Documents<'_>,
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Observation> {
    let (Watch::Published(address), Some(key)) = (&entry.watch, key(entry)) else { return Vec::new() };
    let (place, shown) = (place(address), without_query(address));
    let origin = Origin { place: &place, source: shown };
    match documents.get(&key) {
        Some(Ok(bytes)) => content::look(entry, &origin, bytes, trust_stores, options, now),
        Some(Err(Some(cause))) => content::failed(entry, &origin, not_read((**cause).clone()), true),
        Some(Err(None)) | None => content::failed(entry, &origin, probe_error::not_reached(), false),
    }
}

/// What follows a `?` may be a key.
fn without_query(address: &str) -> &str {
    address.split_once('?').map_or(address, |(shown, _)| shown)
}

/// What the memory knows it by: a digest stands for what is not to be shown.
fn place(address: &str) -> String {
    match address.split_once('?') {
        None => address.to_owned(),
        Some((shown, query)) => {
            let digest = Fingerprint::new(Sha256::digest(query.as_bytes()).into());
            format!("{shown} {}", &digest.short()[..8])
        }
    }
}

fn metadata(cause: DocumentCause) -> Box<FailureCause> {
    Box::new(FailureCause::Metadata(cause))
}

/// The program itself failed.
fn unread(address: &str, fault: Fault) -> Box<FailureCause> {
    Box::new(FailureCause::Fault { place: without_query(address).to_owned(), doing: Doing::Reading, fault })
}

fn not_read(cause: FailureCause) -> Failure {
    let help =
        "open it with a browser of this machine, and correct `metadata`; a private authority is named by `ca-file`";
    Failure::new(FindingId::Unreachable, cause).with_help(help)
}

/// Compares the files of the entries with what their providers publish now.
pub(super) fn compare(
    entries: &[&Entry],
    documents: &Documents<'_>,
    observations: &mut Vec<Observation>,
    now: OffsetDateTime,
) {
    let mut failed = Vec::new();
    for entry in entries.iter().filter(|entry| matches!(entry.watch, Watch::Files { .. })) {
        let (Some(address), Some(key)) = (&entry.options.metadata, key(entry)) else { continue };
        let own: Vec<&mut Observation> =
            observations.iter_mut().filter(|observation| observation.entry == entry.name).collect();
        let contents = match documents.get(&key) {
            Some(Ok(bytes)) => contained(|| certificate::read_file(bytes, &mut Issuers::default(), None))
                .map_err(|fault| Some(unread(address, fault))),
            Some(Err(cause)) => Err(cause.clone()),
            None => Err(None),
        };
        let published = contents.and_then(|contents| {
            let published = published(contents);
            let place = || Url::split(address).place.to_owned();
            let nothing = || DocumentCause { place: place(), error: DocumentError::NoCertificate };
            if published.is_empty() { Err(Some(metadata(nothing()))) } else { Ok(published) }
        });
        match published {
            Ok(published) => mark(own, &published, now),
            Err(cause) => {
                unknown(own);
                let place = place(address);
                let origin = Origin { place: &place, source: without_query(address) };
                let was_asked = cause.is_some();
                let failure = cause.map_or_else(probe_error::not_reached, |cause| not_read(*cause));
                let mut more = content::failed(entry, &origin, failure, was_asked);
                for look in &mut more {
                    look.name = member_name(entry, Url::split(address).host).into();
                }
                failed.append(&mut more);
            }
        }
    }
    observations.append(&mut failed);
}

/// A certificate of a document, with what the document calls it.
struct Published {
    label: Option<String>,
    certificate: Certificate,
}

impl Published {
    /// The entity, and the use.
    fn parts(&self) -> Option<(&str, &str)> {
        self.label.as_deref()?.rsplit_once('/')
    }
}

fn published(contents: Contents) -> Vec<Published> {
    let members = contents.members.into_iter().map(|(label, inner)| (Some(label), inner.certificates));
    let all = std::iter::once((None, contents.certificates)).chain(members);
    let each = all.flat_map(|(label, certificates)| {
        certificates.into_iter().map(move |certificate| Published {
            label: label.clone(),
            certificate: certificate.certificate.as_ref().clone(),
        })
    });
    each.collect()
}

/// Says of a copy what it lacks: at the first certificate of the same entity.
fn mark(own: Vec<&mut Observation>, published: &[Published], now: OffsetDateTime) {
    let mut copies: BTreeMap<Option<String>, Vec<&mut Observation>> = BTreeMap::new();
    for observation in own.into_iter().filter(|observation| observation.outcome.is_ok()) {
        copies.entry(entity(&observation.place).map(str::to_owned)).or_default().push(observation);
    }
    let entities: HashSet<&str> = published.iter().filter_map(Published::parts).map(|(entity, _)| entity).collect();
    for (entity, mut observations) in copies {
        let known: HashSet<Fingerprint> = observations
            .iter()
            .filter_map(|observation| observation.outcome.as_ref().ok())
            .map(|seen| seen.chain.leaf.fingerprint)
            .collect();
        // Of a copy that does not say whose it is, a document of one entity alone can tell.
        let is_of = |published: &&Published| match (entity.as_deref(), published.parts()) {
            (Some(own), Some((entity, _))) => own == entity,
            _ => entities.len() <= 1,
        };
        let lacking: Vec<&Published> = published
            .iter()
            .filter(is_of)
            .filter(|published| {
                !published.certificate.is_expired(now) && !known.contains(&published.certificate.fingerprint)
            })
            .collect();
        let copy = lacking.first().map_or(Copy::Complete, |first| outdated(first, lacking.len()));
        for (nth, observation) in observations.iter_mut().enumerate() {
            if let Ok(seen) = &mut observation.outcome {
                seen.checks_mut().copy = Some(if nth == 0 { copy.clone() } else { Copy::Complete });
            }
        }
    }
}

fn outdated(first: &Published, count: usize) -> Copy {
    let cause = FindingCause::CopyOutdated {
        usage: first.parts().map(|(_, usage)| usage.to_owned()),
        fingerprint: first.certificate.fingerprint.short(),
        until: first.certificate.not_after.date(),
        more: count.saturating_sub(1),
    };
    Copy::Lacks(Arc::new(cause.into()))
}

fn unknown(own: Vec<&mut Observation>) {
    for observation in own {
        if let Ok(seen) = &mut observation.outcome {
            seen.checks_mut().copy = Some(Copy::Unknown);
        }
    }
}

/// The entity in the place of a member of metadata: `FILE#ENTITY/USE`, perhaps with digits behind it.
fn entity(place: &str) -> Option<&str> {
    let (_, label) = place.split_once('#')?;
    let label = label.split_once('#').map_or(label, |(label, _)| label);
    label.rsplit_once('/').map(|(entity, _)| entity)
}
