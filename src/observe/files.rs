//! Looking at files: each read once, each leaf reported once for an entry.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use time::OffsetDateTime;

use super::collection::{Asked, Folders, Group, Member, groups, is_store};
use super::file::Reader;
use super::glob::Exclude;
use super::key_folder::Listings;
use super::questions::Ask;
use super::scanned::{Password, ScannedFile, Sight, exposed, further_name, password};
use super::trust::{TrustAnchors, TrustStores};
use super::{Options, judge, member_name, pool, private_key, probe_error, turn};
use crate::cause::{Doing, FileCause, ReadError, SystemErrorKind};
use crate::certificate::{ChainWithDer, Fingerprint};
use crate::event::FindingId;
use crate::fault::contained;
use crate::observation::{Failure, Folder, KeyFile, Observation, ObservedCertificate, OnDisk};
use crate::policy::{Entry, Watch};

/// More threads than this gain nothing from any disk, and each costs memory.
const MOST_THREADS: usize = 8;
/// For fewer files than this a further thread is not worth its start.
const FILES_FOR_A_THREAD: usize = 64;

/// What one entry watches.
pub(super) struct Plan<'a> {
    pub entry: &'a Entry,
    pub groups: Vec<Group>,
    /// It stands for one file, which has the entry's name.
    pub is_alone: bool,
    pub password: Option<Password>,
}

/// By whom a chain is judged, and what its authority is asked.
type Case<'a> = (TrustAnchors<'a>, Ask);

/// Why one file showed nothing.
#[derive(Clone)]
pub(super) struct Missed {
    pub failure: Failure,
    pub is_absent: bool,
    pub is_reached: bool,
}

/// What one file showed. In boxes: of very many files the list of them is written several times.
pub(super) type Outcome = Result<Box<ScannedFile>, Box<Missed>>;

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
                return Err(Box::new(Missed { failure, is_absent: false, is_reached: false }));
            }
            read_contained(reader, &jobs[*index], trust_stores, options, now)
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
    plans.iter().map(|plan| assemble(plan, &here, &mut next)).collect()
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
        Err(Box::new(Missed { failure, is_absent: false, is_reached: true }))
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
            let source = path.display().to_string();
            let verify_chain = |linked: &ChainWithDer| trust_stores.verify_chain(job.case, linked, &source, now);
            let mut seen = Box::new(ScannedFile::of(content.contents, &source, job.password, verify_chain));
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
            Err(Box::new(Missed { failure, is_absent, is_reached: true }))
        }
    }
}

/// The observations of one entry while they come together.
struct Assembly<'a> {
    plan: &'a Plan<'a>,
    /// Where relative paths begin.
    here: &'a Path,
    observations: Vec<Observation>,
    files: HashSet<(u64, u64)>,
    leaves: HashMap<Fingerprint, usize>,
    /// Of the group and of the file that is being added.
    pattern: Arc<str>,
    folder: Option<Folder>,
    key: Option<Box<KeyFile>>,
    is_absent: bool,
    is_reached: bool,
    /// The directory that the last file was in, and its device.
    own_folder: (PathBuf, Option<u64>),
}

pub(super) fn assemble(plan: &Plan<'_>, here: &Path, next: &mut impl FnMut() -> Option<Outcome>) -> Vec<Observation> {
    let members = plan.groups.iter().map(|group| group.members.len()).sum();
    let mut assembly = Assembly {
        plan,
        here,
        observations: Vec::with_capacity(members),
        files: HashSet::with_capacity(members),
        leaves: HashMap::with_capacity(members),
        pattern: Arc::default(),
        folder: None,
        key: None,
        is_absent: false,
        is_reached: true,
        own_folder: (PathBuf::new(), None),
    };
    for group in &plan.groups {
        assembly.folder = group.folder;
        assembly.pattern.clone_from(&group.pattern);
        let before = assembly.observations.len();
        let mut holds_certificates = false;
        for member in &group.members {
            match next() {
                Some(Ok(seen)) => {
                    holds_certificates |= !seen.sights.is_empty();
                    assembly.add(member, *seen, group.asked);
                }
                Some(Err(missed)) => {
                    assembly.is_absent = missed.is_absent;
                    assembly.is_reached = missed.is_reached;
                    assembly.fail(&member.path, member.below(), "", missed.failure);
                    (assembly.is_absent, assembly.is_reached) = (false, true);
                }
                None => {}
            }
        }
        for (path, failure) in &group.failures {
            assembly.fail(path, path.strip_prefix(&group.path).ok(), "", failure.clone());
        }
        if group.asked == Asked::Together && !holds_certificates && assembly.observations.len() == before {
            let cause = FileCause::no_certificate(&group.path.display(), false);
            assembly.fail(&group.path, None, "", Failure::new(FindingId::NothingFound, cause));
        }
    }
    if plan.groups.len() > 1 {
        tell_apart(plan.entry, &mut assembly.observations);
    }
    assembly.observations
}

impl Assembly<'_> {
    fn add(&mut self, member: &Member, seen: ScannedFile, asked: Asked) {
        if !self.files.insert(seen.identity) {
            return;
        }
        let below = member.below();
        let is_empty = seen.sights.is_empty();
        self.key = seen.key;
        let mut labels = HashSet::new();
        for (index, Sight { label, observed: sight }) in seen.sights.into_iter().enumerate() {
            let fingerprint = sight.chain.leaf.fingerprint;
            let is_first = label.as_ref().map_or(index == 0, |label| labels.insert(label.clone()));
            let digits = if is_first { String::new() } else { format!("#{}", &fingerprint.short()[..8]) };
            let further = label.as_ref().map(|label| format!("#{label}")).unwrap_or_default() + &digits;
            // What two members hold are two places; an authority is the same wherever it stands.
            let is_own = label.is_some() && !sight.chain.leaf.is_authority;
            let known = self.leaves.get(&fingerprint).filter(|_| !is_own).copied();
            let is_longer = known.is_none_or(|known| match &self.observations[known].outcome {
                Ok(other) => sight.chain.rest.len() > other.chain.rest.len(),
                Err(_) => true,
            });
            if !is_longer {
                continue;
            }
            let observation = self.observation(&member.path, below, &further, Ok(sight));
            if let Some(known) = known {
                self.observations[known] = observation;
            } else {
                if !is_own {
                    self.leaves.insert(fingerprint, self.observations.len());
                }
                self.observations.push(observation);
            }
        }
        for (nth, (ending, failure)) in seen.faults.into_iter().enumerate() {
            self.fail(&member.path, below, if is_empty && nth == 0 { "" } else { &ending }, failure);
        }
        self.key = None;
        // Of what lies in a directory only a store is expected to be one.
        let is_expected = asked == Asked::Each || (!seen.is_store && is_store(&member.path));
        if let Some(failure) = seen.instead.filter(|_| is_expected) {
            self.fail(&member.path, below, "", *failure);
        }
    }

    fn fail(&mut self, path: &Path, below: Option<&Path>, further: &str, failure: Failure) {
        let observation = self.observation(path, below, further, Err(failure));
        self.observations.push(observation);
    }

    /// The device of the directory that the file at `path` is in, where a memory wants to know.
    fn own_device(&mut self, path: &Path) -> Option<u64> {
        self.folder?;
        let own = path.parent()?;
        if self.own_folder.0 != own {
            let device = std::fs::metadata(own).ok().map(|metadata| metadata.dev());
            self.own_folder = (own.to_owned(), device);
        }
        self.own_folder.1
    }

    fn observation(
        &mut self,
        path: &Path,
        below: Option<&Path>,
        further: &str,
        outcome: Result<Box<ObservedCertificate>, Failure>,
    ) -> Observation {
        let entry = self.plan.entry;
        let source: Arc<str> = path.to_string_lossy().into();
        let below = below.filter(|below| !below.as_os_str().is_empty());
        let name = match below {
            _ if self.plan.is_alone => entry.name.to_string(),
            Some(below) => member_name(entry, &below.to_string_lossy()),
            None if self.plan.groups.len() == 1 => entry.name.to_string(),
            None => {
                let last = path.file_name().map_or_else(|| source.to_string(), |name| name.display().to_string());
                member_name(entry, &last)
            }
        };
        let (name, place) = (further_name(name, further), absolute(path, self.here) + further);
        let place = if *source == *place { Arc::clone(&source) } else { place.into() };
        let on_disk = OnDisk {
            pattern: Arc::clone(&self.pattern),
            folder: self.folder,
            is_absent: self.is_absent,
            is_away: false,
            own_device: self.own_device(path),
            key: self.key.clone(),
        };
        Observation {
            entry: entry.name.clone(),
            name: if name == *source { Arc::clone(&source) } else { name.into() },
            place,
            source,
            is_endpoint: false,
            on_disk: Some(on_disk),
            is_reached: self.is_reached,
            outcome,
        }
    }
}

/// The path as the memory knows it: absolute, links not followed, and without a slash at its end.
fn absolute(path: &Path, here: &Path) -> String {
    let text = path.to_string_lossy();
    let text = text.strip_suffix('/').filter(|text| !text.is_empty()).unwrap_or(&text);
    if path.is_absolute() {
        return text.to_owned();
    }
    let text = text.strip_prefix("./").unwrap_or(text);
    here.join(text).to_string_lossy().into_owned()
}

/// Members of different directories that have the same name have their whole path instead.
fn tell_apart(entry: &Entry, observations: &mut [Observation]) {
    let mut names = HashSet::new();
    for observation in observations {
        if !names.insert(observation.name.clone()) {
            observation.name = member_name(entry, &observation.place).into();
            names.insert(observation.name.clone());
        }
    }
}
