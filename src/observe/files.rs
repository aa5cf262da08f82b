//! Looking at files: each read once, each leaf reported once for an entry.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use time::OffsetDateTime;

use super::assembly::{Missed, Outcome, Plan, assemble};
use super::collection::{Asked, Folders, Group, Member, groups};
use super::file::Reader;
use super::key_folder::Listings;
use super::questions::Ask;
use super::scanned::{Password, ScannedFile, exposed, password};
use super::trust::{TrustAnchors, TrustStores};
use super::{Options, judge, pool, private_key, probe_error, turn};
use crate::cause::{Doing, FileCause, ReadError, SystemErrorKind};
use crate::certificate::ChainWithDer;
use crate::event::FindingId;
use crate::fault::contained;
use crate::observation::{Failure, Observation};
use crate::policy::{Entry, Exclude, Watch};
use crate::text::of_path;

/// More threads than this gain nothing from any disk, and each costs memory.
const MOST_THREADS: usize = 8;
/// For fewer files than this a further thread is not worth its start.
const FILES_FOR_A_THREAD: usize = 64;

/// By whom a chain is judged, and what its authority is asked.
type Case<'a> = (TrustAnchors<'a>, Ask);

/// One file to read.
struct Job<'a> {
    member: &'a Member,
    case: Case<'a>,
    password: Option<&'a Password>,
    /// Entries and globs that want it.
    wanted: usize,
}

/// Looks at the files of every entry; the outer vector is in the order of the entries.
pub(super) fn look(
    entries: &[&Entry],
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Vec<Observation>> {
    let mut folders = options.check_private_keys.then(Folders::default);
    let plans: Vec<Plan<'_>> = entries.iter().map(|entry| plan(entry, options, folders.as_mut())).collect();
    let members = plans.iter().flat_map(|plan| &plan.groups).map(|group| group.members.len()).sum();
    let mut jobs: Vec<Job<'_>> = Vec::with_capacity(members);
    let mut order: Vec<usize> = Vec::with_capacity(members);
    let mut known: HashMap<(&Path, Case<'_>, Option<usize>), usize> = HashMap::new();
    let is_one_group = plans.iter().map(|plan| plan.groups.len()).sum::<usize>() == 1;
    for (nth, plan) in plans.iter().enumerate() {
        let case = (judge(plan.entry), Ask::of(plan.entry, options.questions));
        for member in plan.groups.iter().flat_map(|group| &group.members) {
            // One walk meets no path twice.
            let next = jobs.len();
            // What one password opens is no answer for another entry.
            let keeper = plan.password.as_ref().map(|_| nth);
            let index = if is_one_group { next } else { *known.entry((&member.path, case, keeper)).or_insert(next) };
            if index == next {
                jobs.push(Job { member, case, password: plan.password.as_ref(), wanted: 0 });
            }
            jobs[index].wanted += 1;
            order.push(index);
        }
    }
    // What a password opens costs seconds, not microseconds.
    let slow = jobs.iter().filter(|job| job.password.is_some()).count();
    let threads = options.jobs.min(MOST_THREADS).min(slow.max(jobs.len() / FILES_FOR_A_THREAD + 1));
    let turned = in_turn(&jobs, options, now);
    let listings = Listings::default();
    let read = pool::map(
        &turned,
        threads,
        || Reader::with_listings(&listings),
        |reader, index| {
            if options.is_stopped() || options.ends.is_some_and(|ends| ends <= Instant::now()) {
                let failure = probe_error::not_reached();
                return Box::new(Err(Missed { failure, is_absent: false, is_reached: false }));
            }
            // In a box: of very many files the list of outcomes is written several times.
            Box::new(read_contained(reader, &jobs[*index], trust_stores, options, now))
        },
    );
    let mut outcomes: Vec<_> = jobs.iter().map(|job| (None, job.wanted)).collect();
    for (index, outcome) in turned.into_iter().zip(read) {
        outcomes[index].0 = Some(outcome);
    }
    // Of very many files, room for what comes.
    drop((jobs, known));
    let mut order = order.into_iter();
    let mut next = || {
        let (outcome, wanted) = &mut outcomes[order.next()?];
        *wanted -= 1;
        if *wanted == 0 { outcome.take() } else { outcome.clone() }
    };
    let here = std::path::absolute(".").unwrap_or_default();
    plans.into_iter().map(|plan| assemble(plan, &here, &mut next)).collect()
}

/// The order of reading: the quick ones first, and of the slow ones, where the time may be short, in each run others.
fn in_turn(jobs: &[Job<'_>], options: &Options<'_>, now: OffsetDateTime) -> Vec<usize> {
    let first = if options.ends.is_some() { turn(now, jobs.len()) } else { 0 };
    let mut turned: Vec<usize> = (0..jobs.len()).cycle().skip(first).take(jobs.len()).collect();
    turned.sort_by_key(|index| jobs[*index].password.is_some());
    turned
}

fn plan<'a>(entry: &'a Entry, options: &Options<'_>, mut folders: Option<&mut Folders>) -> Plan<'a> {
    let Watch::Files { patterns, exclude } = &entry.watch else {
        return Plan { entry, groups: Vec::new(), is_alone: false, password: None };
    };
    let groups: Vec<Group> = match Exclude::new(exclude) {
        Ok(exclude) => patterns.iter().flat_map(|pattern| groups(pattern, &exclude, folders.as_deref_mut())).collect(),
        Err(cause) => {
            let failure = Failure::new(FindingId::NothingFound, cause);
            let failures = vec![(PathBuf::from(entry.name.as_str()), failure)];
            vec![Group {
                path: PathBuf::new(),
                asked: Asked::Each,
                folder: None,
                pattern: Arc::default(),
                members: Vec::new(),
                failures,
            }]
        }
    };
    let is_alone = match groups.as_slice() {
        [group] => group.asked == Asked::Each && group.members.iter().all(|member| member.below().is_none()),
        _ => false,
    };
    Plan { entry, groups, is_alone, password: password(entry, options) }
}

fn read_contained(
    reader: &mut Reader,
    job: &Job<'_>,
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Outcome {
    contained(|| read(reader, job, trust_stores, options, now)).unwrap_or_else(|fault| {
        // It may hold a part of what was read.
        *reader = Reader::default();
        let path = job.member.path.to_string_lossy();
        let failure = Failure::by_fault(FindingId::Unreadable, &path, Doing::Reading, fault);
        Err(Missed { failure, is_absent: false, is_reached: true })
    })
}

fn read(
    reader: &mut Reader,
    job: &Job<'_>,
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Outcome {
    let path = &job.member.path;
    match reader.read(path, job.member.is_plain, exposed(job.password)) {
        Ok(content) => {
            let own = content.contents.holds_private_key.then_some(content.mode);
            let key = if options.check_private_keys { private_key::beside(path, own, &mut reader.keys) } else { None };
            let mismatch = private_key::mismatch(&content.contents, path, reader);
            let source = of_path(path);
            let verify_chain = |linked: &ChainWithDer| trust_stores.verify_chain(job.case, linked, &source, now);
            let mut seen = ScannedFile::of(content.contents, &source, job.password, verify_chain);
            seen.identity = content.identity;
            seen.key = key.map(Box::new);
            seen.mark(mismatch);
            if let Some(known) = options.known {
                seen.share(known);
            }
            Ok(seen)
        }
        Err(error) => {
            let is_of = |wanted| matches!(&error, ReadError::System(error) if error.kind == wanted);
            let help = is_of(SystemErrorKind::PermissionDenied).then(|| "run as a user who may read it".to_owned());
            // A link that leads nowhere is there.
            let is_absent = is_of(SystemErrorKind::NotFound) && path.symlink_metadata().is_err();
            let failure = Failure { help, ..Failure::new(FindingId::Unreadable, FileCause::unreadable(path, error)) };
            Err(Missed { failure, is_absent, is_reached: true })
        }
    }
}
