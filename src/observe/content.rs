//! Looking at bytes that were read elsewhere, as if a file held them: standard input, and what a program printed.

use std::path::Path;
use std::sync::Arc;

use time::OffsetDateTime;

use super::assembly::{LastFolder, Missed, Outcome, Plan, assemble};
use super::collection::{Asked, Group, Member};
use super::questions::Ask;
use super::scanned::{Password, ScannedFile, exposed, password};
use super::trust::TrustStores;
use super::{Options, judge, private_key};
use crate::cause::Doing;
use crate::certificate::{self, ChainWithDer, Issuers};
use crate::event::FindingId;
use crate::fault::contained;
use crate::observation::{Failure, Observation};
use crate::policy::Entry;

/// Where bytes are from.
pub(super) struct Origin<'a> {
    /// What the memory knows it by.
    pub place: &'a str,
    /// As people call it.
    pub source: &'a str,
}

/// What the bytes hold, under the name of the entry.
pub(super) fn look(
    entry: &Entry,
    origin: &Origin<'_>,
    bytes: &[u8],
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Observation> {
    let password = password(entry, options);
    let seen = contained(|| read(entry, origin, bytes, password.as_ref(), trust_stores, options, now));
    let outcome = seen.map_err(|fault| {
        let failure = Failure::by_fault(FindingId::Unreadable, origin.source, Doing::Reading, fault);
        Missed { failure, is_absent: false, is_reached: true }
    });
    observations(entry, origin, outcome)
}

/// One failed look.
pub(super) fn failed(entry: &Entry, origin: &Origin<'_>, failure: Failure, is_reached: bool) -> Vec<Observation> {
    observations(entry, origin, Err(Missed { failure, is_absent: false, is_reached }))
}

fn observations(entry: &Entry, origin: &Origin<'_>, outcome: Outcome) -> Vec<Observation> {
    let mut outcome = Some(Box::new(outcome));
    let groups = vec![Group {
        // What another source shows is no answer to this one.
        pattern: Arc::from(origin.place),
        members: vec![Member::named(Path::new(origin.place), true)],
        ..Group::new(Path::new(""), Asked::Each)
    }];
    let plan = Plan { entry, groups, is_alone: true };
    let mut observations = assemble(&plan, Path::new(""), &mut LastFolder::default(), &mut |_| outcome.take());
    for observation in &mut observations {
        observation.source = origin.source.into();
    }
    observations
}

fn read(
    entry: &Entry,
    origin: &Origin<'_>,
    bytes: &[u8],
    password: Option<&Password>,
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> ScannedFile {
    let contents = certificate::read_file(bytes, &mut Issuers::default(), exposed(password));
    let case = (judge(entry), Ask::new(entry, options.questions));
    let verify_chain = |linked: &ChainWithDer| trust_stores.verify_chain(case, linked, origin.source, now);
    let mismatch = private_key::own_mismatch(&contents);
    let mut seen = ScannedFile::new(contents, &origin.source, password, verify_chain);
    seen.mark(mismatch);
    seen
}
