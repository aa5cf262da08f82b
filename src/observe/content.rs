//! Looking at bytes that were read elsewhere, as if a file held them: standard input.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::OffsetDateTime;

use super::collection::{Asked, Group, Member};
use super::files::{Missed, Plan, assemble, exposed, password};
use super::questions::Ask;
use super::scanned::{Password, ScannedFile};
use super::trust::TrustStores;
use super::{Options, judge, private_key};
use crate::certificate::{self, ChainWithDer, Issuers};
use crate::event::FindingId;
use crate::fault::contained;
use crate::observation::{Failure, Observation};
use crate::policy::Entry;

/// What the bytes hold, under the name of the entry.
pub(super) fn look(
    entry: &Entry,
    bytes: &[u8],
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Observation> {
    let password = password(entry, options);
    let seen = contained(|| read(entry, bytes, password.as_ref(), trust_stores, options, now));
    let mut outcome = Some(seen.map_err(|fault| {
        let failure = Failure::by_fault(FindingId::Unreadable, entry.name.as_str(), "read", &fault);
        Missed { failure, is_absent: false, is_reached: true }
    }));
    let member = Member { path: PathBuf::from(entry.name.as_str()), below: None, is_plain: true };
    let groups = vec![Group {
        path: PathBuf::new(),
        asked: Asked::Each,
        folder: None,
        pattern: Arc::default(),
        members: vec![member],
        failures: Vec::new(),
    }];
    assemble(&Plan { entry, groups, is_alone: true, password }, Path::new(""), &mut || outcome.take())
}

fn read(
    entry: &Entry,
    bytes: &[u8],
    password: Option<&Password>,
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> ScannedFile {
    let contents = certificate::read_file(bytes, &mut Issuers::default(), exposed(password));
    let case = (judge(entry), Ask::of(entry, options.questions));
    let verify_chain = |linked: &ChainWithDer| trust_stores.verify_chain(case, linked, entry.name.as_str(), now);
    let mismatch = private_key::own_mismatch(&contents);
    let mut seen = ScannedFile::of(contents, &entry.name, password, verify_chain);
    seen.mark(mismatch);
    seen
}
