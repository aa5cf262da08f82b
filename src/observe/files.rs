//! Looking at files: each read once, each leaf reported once for an entry.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use time::OffsetDateTime;

use super::assembly::{LastFolder, Missed, Outcome, Plan, assemble};
use super::collection::{Asked, Find, Folders, Group, Member, Shared, groups};
use super::file::{Content, Reader};
use super::key_folder::Listings;
use super::pool::Feed;
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
    password: Option<Password>,
}

impl<'a> Terms<'a> {
    fn new(entry: &'a Entry, options: &Options<'_>) -> Self {
        let has_files = matches!(entry.watch, Watch::Files { .. });
        let password = has_files.then(|| password(entry, options)).flatten();
        Self { case: (judge(entry), Ask::new(entry, options.questions)), password }
    }
}

/// One file to read.
struct Job<'a> {
    member: Member,
    terms: &'a Terms<'a>,
}

/// What a job came to, by the number of its reading.
type Done = (u32, Box<Outcome>);

/// Looks at the files of every entry; the outer vector is in the order of the entries.
pub(super) fn look(
    entries: &[&Entry],
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Vec<Observation>> {
    let terms: Vec<Terms<'_>> = entries.iter().map(|entry| Terms::new(entry, options)).collect();
    let listings = Listings::default();
    let reading = Reading { trust_stores, options, now };
    let begin = |reader: &mut Reader, job: &Job<'_>| Some((job.member.reading, Box::new(reading.begin(reader, job)?)));
    let finish = |reader: &mut Reader, job: &Job<'_>| (job.member.reading, Box::new(reading.finish(reader, job)));
    let here = std::path::absolute(".").unwrap_or_default();
    pool::in_order(
        || Reader::with_listings(&listings),
        begin,
        finish,
        |feed| {
            let mut folders = options.check_private_keys.then(Folders::default);
            let mut shared = Shared::new(entries);
            let mut jobs = Jobs::new(entries, &terms, options, feed);
            let each = entries.iter().enumerate();
            let plans: Vec<Plan<'_>> = each
                .map(|(nth, entry)| plan(entry, &mut shared, folders.as_mut(), &mut |member| jobs.add(nth, member)))
                .collect();
            drop(shared);
            let again = jobs.end(now);
            let mut outcomes = Outcomes { done: &mut feed.results(), kept: HashMap::new(), again };
            let mut seen = |member: &Member| outcomes.take(member.reading);
            let mut own_folder = LastFolder::default();
            plans.iter().map(|plan| assemble(plan, &here, &mut own_folder, &mut seen)).collect()
        },
    )
}

/// What files showed.
struct Outcomes<'a> {
    done: &'a mut dyn Iterator<Item = Done>,
    /// Those that came before their turn, or are wanted again.
    kept: HashMap<u32, Box<Outcome>>,
    again: HashMap<u32, usize>,
}

impl Outcomes<'_> {
    fn take(&mut self, reading: u32) -> Option<Box<Outcome>> {
        let outcome = match self.kept.remove(&reading) {
            Some(outcome) => outcome,
            None => loop {
                let (done, outcome) = self.done.next()?;
                if done == reading {
                    break outcome;
                }
                self.kept.insert(done, outcome);
            },
        };
        if let Some(times) = self.again.get_mut(&reading).filter(|times| **times > 0) {
            *times -= 1;
            self.kept.insert(reading, outcome.clone());
        }
        Some(outcome)
    }
}

/// What makes a reading one of its own: the path, the judge, and whose password opens it, which is no answer for another.
type Key<'t> = ((Arc<str>, Option<Box<PathBuf>>), Case<'t>, Option<usize>);

/// What is to be read, each file once. It is begun as soon as it is found, but where the order of reading is another one.
struct Jobs<'a, 'feed, 't> {
    feed: &'a mut Feed<'feed, Job<'t>, Done>,
    /// Of each entry.
    terms: &'t [Terms<'t>],
    options: &'a Options<'a>,
    count: u32,
    /// The readings that there are. One pattern alone has no path twice.
    known: Option<HashMap<Key<'t>, u32>>,
    /// How often the outcome of a reading is wanted after the first time.
    again: HashMap<u32, usize>,
    /// What begins once all are found: where the time may be short, or passwords make some slow.
    held: Option<Vec<Job<'t>>>,
}

impl<'a, 'feed, 't> Jobs<'a, 'feed, 't> {
    fn new(
        entries: &[&Entry],
        terms: &'t [Terms<'t>],
        options: &'a Options<'a>,
        feed: &'a mut Feed<'feed, Job<'t>, Done>,
    ) -> Self {
        let patterns = entries.iter().map(|entry| match &entry.watch {
            Watch::Files { patterns, .. } => patterns.len(),
            _ => 0,
        });
        let known = (patterns.sum::<usize>() > 1).then(HashMap::new);
        let has_order = options.ends.is_some() || terms.iter().any(|terms| terms.password.is_some());
        let held = has_order.then(Vec::new);
        Self { feed, terms, options, count: 0, known, again: HashMap::new(), held }
    }

    /// Gives a member of this entry its reading.
    fn add(&mut self, nth: usize, member: &mut Member) {
        let terms = &self.terms[nth];
        let next = self.count;
        let reading = self.known.as_mut().map_or(next, |known| {
            let keeper = terms.password.as_ref().map(|_| nth);
            *known.entry((member.identity(), terms.case, keeper)).or_insert(next)
        });
        member.reading = reading;
        if reading != next {
            *self.again.entry(reading).or_insert(0) += 1;
            return;
        }
        self.count += 1;
        let job = Job { member: member.clone(), terms };
        if let Some(held) = &mut self.held {
            held.push(job);
        } else {
            self.feed.push(job);
            self.start(0);
        }
    }

    /// What a password opens costs seconds, not microseconds.
    fn start(&mut self, slow: usize) {
        let threads = slow.max(self.count as usize / FILES_FOR_A_THREAD + 1);
        self.feed.start(self.options.jobs.min(MOST_THREADS).min(threads));
    }

    /// All are found: what is held begins, the quick ones first, and of the slow ones, where the time may be short, in
    /// each run others. How often each outcome is wanted after the first time.
    fn end(mut self, now: OffsetDateTime) -> HashMap<u32, usize> {
        let mut held = self.held.take().unwrap_or_default();
        if self.options.ends.is_some() {
            let first = turn(now, held.len());
            held.rotate_left(first);
        }
        held.sort_by_key(|job| job.terms.password.is_some());
        let slow = held.iter().filter(|job| job.terms.password.is_some()).count();
        for job in held {
            self.feed.push(job);
        }
        self.start(slow);
        self.again
    }
}

fn plan<'a>(entry: &'a Entry, shared: &mut Shared, mut folders: Option<&mut Folders>, find: &mut Find<'_>) -> Plan<'a> {
    let Watch::Files { patterns, exclude } = &entry.watch else {
        return Plan { entry, groups: Vec::new(), is_alone: false };
    };
    let groups: Vec<Group> = match Exclude::new(exclude) {
        Ok(exclude) => {
            let each = patterns.iter();
            each.flat_map(|pattern| groups(pattern, &exclude, shared, folders.as_deref_mut(), find)).collect()
        }
        Err(cause) => {
            let failure = Failure::new(FindingId::NothingFound, cause);
            let failures = vec![(Member::named(Path::new(entry.name.as_str()), false), failure)];
            vec![Group { failures, ..Group::new(Path::new(""), Asked::Each) }]
        }
    };
    let is_alone = match groups.as_slice() {
        [group] => {
            let mut all = group.members.iter().chain(group.failures.iter().map(|(member, _)| member));
            group.asked == Asked::Each && all.all(|member| member.below().is_none())
        }
        _ => false,
    };
    Plan { entry, groups, is_alone }
}

/// What files are read for.
struct Reading<'a> {
    trust_stores: &'a TrustStores,
    options: &'a Options<'a>,
    now: OffsetDateTime,
}

impl Reading<'_> {
    /// Nothing where a disk would have to be waited for, which fetches the file meanwhile.
    fn begin(&self, reader: &mut Reader, job: &Job<'_>) -> Option<Outcome> {
        self.contained(reader, job, |reader, job| {
            let read =
                reader.read_at_once(job.member.path(), job.member.is_plain, exposed(job.terms.password.as_ref()));
            Some(self.outcome(reader, job, read.transpose()?))
        })
    }

    fn finish(&self, reader: &mut Reader, job: &Job<'_>) -> Outcome {
        self.contained(reader, job, |reader, job| {
            let read = reader.read(job.member.path(), job.member.is_plain, exposed(job.terms.password.as_ref()));
            self.outcome(reader, job, read)
        })
    }

    fn contained<T: From<Outcome>>(
        &self,
        reader: &mut Reader,
        job: &Job<'_>,
        work: impl FnOnce(&mut Reader, &Job<'_>) -> T,
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

    fn outcome(&self, reader: &mut Reader, job: &Job<'_>, read: Result<Content, ReadError>) -> Outcome {
        let &Self { trust_stores, options, now, .. } = self;
        let Job { member: Member { source, .. }, terms } = job;
        let path = job.member.path();
        match read {
            Ok(content) => {
                let own = content.contents.holds_private_key.then_some(content.mode);
                let key =
                    if options.check_private_keys { private_key::beside(path, own, &mut reader.keys) } else { None };
                let mismatch = private_key::mismatch(&content.contents, path, reader);
                let verify_chain = |linked: &ChainWithDer| trust_stores.verify_chain(terms.case, linked, source, now);
                let mut seen = ScannedFile::new(content.contents, source, terms.password.as_ref(), verify_chain);
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
