//! Looking at files: each read once, each leaf reported once for an entry.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use time::OffsetDateTime;

use super::assembly::{Missed, Outcome, Plan, assemble};
use super::collection::{Asked, Folders, Group, Member, Shared, groups};
use super::file::{Content, Reader};
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

/// More threads than this gain nothing from any disk, and each costs memory.
const MOST_THREADS: usize = 8;
/// For fewer files than this a further thread is not worth its start.
const FILES_FOR_A_THREAD: usize = 64;

/// By whom a chain is judged, and what its authority is asked.
type Case<'a> = (TrustAnchors<'a>, Ask);

/// How the files of one entry are read.
struct Terms<'a> {
    case: Case<'a>,
    password: Option<&'a Password>,
}

/// One file to read.
struct FileToRead<'a> {
    member: &'a Member,
    terms: &'a Terms<'a>,
}

/// Looks at the files of every entry; the outer vector is in the order of the entries.
pub(super) fn look(
    entries: &[&Entry],
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Vec<Observation>> {
    let mut folders = options.check_private_keys.then(Folders::default);
    let mut shared = Shared::new(entries);
    let plans: Vec<Plan<'_>> =
        entries.iter().map(|entry| plan(entry, options, &mut shared, folders.as_mut())).collect();
    drop(shared);
    let terms = plans.iter().map(|plan| Terms {
        case: (judge(plan.entry), Ask::new(plan.entry, options.questions)),
        password: plan.password.as_ref(),
    });
    let terms: Vec<_> = terms.collect();
    let Jobs { each: jobs, order, again } = jobs(&plans, &terms);
    // What a password opens costs seconds, not microseconds.
    let slow = jobs.iter().filter(|job| job.terms.password.is_some()).count();
    let threads = options.jobs.min(MOST_THREADS).min(slow.max(jobs.len() / FILES_FOR_A_THREAD + 1));
    let turned = in_turn(&jobs, options, now);
    let listings = Listings::default();
    let reading = Reading { jobs: &jobs, trust_stores, options, now };
    let begin = |reader: &mut Reader, job: &usize| reading.begin(reader, *job).map(Box::new);
    let finish = |reader: &mut Reader, job: &usize| Box::new(reading.finish(reader, *job));
    let here = std::path::absolute(".").unwrap_or_default();
    pool::in_order(
        &turned,
        threads,
        || Reader::with_listings(&listings),
        begin,
        finish,
        |outcomes| {
            let mut came = turned.iter().copied().zip(outcomes);
            let mut outcomes = Outcomes { came: &mut came, kept: HashMap::new(), again };
            let mut order = order.into_iter();
            let mut next = || outcomes.take(order.next()?);
            plans.iter().map(|plan| assemble(plan, &here, &mut next)).collect()
        },
    )
}

/// What files showed, by the number of their job.
struct Outcomes<'a> {
    came: &'a mut dyn Iterator<Item = (usize, Box<Outcome>)>,
    /// Those that came before their turn, or are wanted again.
    kept: HashMap<usize, Box<Outcome>>,
    again: HashMap<usize, usize>,
}

impl Outcomes<'_> {
    fn take(&mut self, job: usize) -> Option<Box<Outcome>> {
        while !self.kept.contains_key(&job) {
            let (came, outcome) = self.came.next()?;
            self.kept.insert(came, outcome);
        }
        match self.again.get_mut(&job).filter(|times| **times > 0) {
            Some(times) => {
                *times -= 1;
                self.kept.get(&job).cloned()
            }
            None => self.kept.remove(&job),
        }
    }
}

/// What is to be read, each file once.
struct Jobs<'a> {
    each: Vec<FileToRead<'a>>,
    /// For each member of each entry its job.
    order: Vec<usize>,
    /// How often the outcome of a job is wanted after the first time.
    again: HashMap<usize, usize>,
}

fn jobs<'a>(plans: &'a [Plan<'_>], terms: &'a [Terms<'a>]) -> Jobs<'a> {
    let members = plans.iter().flat_map(|plan| &plan.groups).map(|group| group.members.len()).sum();
    let (mut jobs, mut order) = (Vec::with_capacity(members), Vec::with_capacity(members));
    let mut again = HashMap::new();
    let mut known: HashMap<(&Path, Case<'_>, Option<usize>), usize> = HashMap::new();
    let is_one_group = plans.iter().map(|plan| plan.groups.len()).sum::<usize>() == 1;
    for (nth, (plan, terms)) in plans.iter().zip(terms).enumerate() {
        for member in plan.groups.iter().flat_map(|group| &group.members) {
            // One walk meets no path twice.
            let next = jobs.len();
            // What one password opens is no answer for another entry.
            let keeper = terms.password.map(|_| nth);
            let key = (member.path(), terms.case, keeper);
            let index = if is_one_group { next } else { *known.entry(key).or_insert(next) };
            if index == next {
                jobs.push(FileToRead { member, terms });
            } else {
                *again.entry(index).or_insert(0) += 1;
            }
            order.push(index);
        }
    }
    Jobs { each: jobs, order, again }
}

/// The order of reading: the quick ones first, and of the slow ones, where the time may be short, in each run others.
fn in_turn(jobs: &[FileToRead<'_>], options: &Options<'_>, now: OffsetDateTime) -> Vec<usize> {
    let first = if options.ends.is_some() { turn(now, jobs.len()) } else { 0 };
    let mut turned: Vec<usize> = (0..jobs.len()).cycle().skip(first).take(jobs.len()).collect();
    turned.sort_by_key(|index| jobs[*index].terms.password.is_some());
    turned
}

fn plan<'a>(
    entry: &'a Entry,
    options: &Options<'_>,
    shared: &mut Shared,
    mut folders: Option<&mut Folders>,
) -> Plan<'a> {
    let Watch::Files { patterns, exclude } = &entry.watch else {
        return Plan { entry, groups: Vec::new(), is_alone: false, password: None };
    };
    let groups: Vec<Group> = match Exclude::new(exclude) {
        Ok(exclude) => {
            patterns.iter().flat_map(|pattern| groups(pattern, &exclude, shared, folders.as_deref_mut())).collect()
        }
        Err(cause) => {
            let failure = Failure::new(FindingId::NothingFound, cause);
            let failures = vec![(PathBuf::from(entry.name.as_str()), failure)];
            vec![Group { failures, ..Group::new(Path::new(""), Asked::Each) }]
        }
    };
    let is_alone = match groups.as_slice() {
        [group] => group.asked == Asked::Each && group.members.iter().all(|member| member.below().is_none()),
        _ => false,
    };
    Plan { entry, groups, is_alone, password: password(entry, options) }
}

/// What files are read for.
struct Reading<'a> {
    jobs: &'a [FileToRead<'a>],
    trust_stores: &'a TrustStores,
    options: &'a Options<'a>,
    now: OffsetDateTime,
}

impl Reading<'_> {
    /// Nothing where a disk would have to be waited for, which fetches the file meanwhile.
    fn begin(&self, reader: &mut Reader, job: usize) -> Option<Outcome> {
        self.contained(reader, &self.jobs[job], |reader, job| {
            let read = reader.read_at_once(job.member.path(), job.member.is_plain, exposed(job.terms.password));
            Some(self.outcome(reader, job, read.transpose()?))
        })
    }

    fn finish(&self, reader: &mut Reader, job: usize) -> Outcome {
        self.contained(reader, &self.jobs[job], |reader, job| {
            let read = reader.read(job.member.path(), job.member.is_plain, exposed(job.terms.password));
            self.outcome(reader, job, read)
        })
    }

    fn contained<T: From<Outcome>>(
        &self,
        reader: &mut Reader,
        job: &FileToRead<'_>,
        work: impl FnOnce(&mut Reader, &FileToRead<'_>) -> T,
    ) -> T {
        if self.options.is_stopped() || self.options.ends.is_some_and(|ends| ends <= Instant::now()) {
            let failure = probe_error::not_reached();
            return T::from(Err(Missed { failure, is_absent: false, is_reached: false }));
        }
        contained(|| work(reader, job)).unwrap_or_else(|fault| {
            // It may hold a part of what was read.
            *reader = Reader::default();
            let failure = Failure::by_fault(FindingId::Unreadable, &job.member.source, Doing::Reading, fault);
            T::from(Err(Missed { failure, is_absent: false, is_reached: true }))
        })
    }

    fn outcome(&self, reader: &mut Reader, job: &FileToRead<'_>, read: Result<Content, ReadError>) -> Outcome {
        let &Self { trust_stores, options, now, .. } = self;
        let FileToRead { member: Member { source, .. }, terms } = job;
        let path = job.member.path();
        match read {
            Ok(content) => {
                let own = content.contents.holds_private_key.then_some(content.mode);
                let key =
                    if options.check_private_keys { private_key::beside(path, own, &mut reader.keys) } else { None };
                let mismatch = private_key::mismatch(&content.contents, path, reader);
                let verify_chain = |linked: &ChainWithDer| trust_stores.verify_chain(terms.case, linked, source, now);
                let mut seen = ScannedFile::new(content.contents, source, terms.password, verify_chain);
                seen.identity = content.identity;
                seen.key = key.map(Box::new);
                seen.mark(mismatch);
                if let Some(known) = options.known {
                    seen.share(known);
                }
                Ok(seen)
            }
            Err(error) => Err(missed(path, error)),
        }
    }
}

/// A file that cannot be read.
fn missed(path: &Path, error: ReadError) -> Missed {
    let is_of = |wanted| matches!(&error, ReadError::System(error) if error.kind == wanted);
    let help = is_of(SystemErrorKind::PermissionDenied).then(|| "run as a user who may read it".to_owned());
    // A link that leads nowhere is there.
    let is_absent = is_of(SystemErrorKind::NotFound) && path.symlink_metadata().is_err();
    let failure = Failure { help, ..Failure::new(FindingId::Unreadable, FileCause::unreadable(path, error)) };
    Missed { failure, is_absent, is_reached: true }
}
