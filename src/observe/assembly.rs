//! The observations of one entry, out of what its files showed.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::collection::{Asked, Group, Member};
use super::file_names::is_store;
use super::known::{KnownFiles, KnownLeaves};
use super::member_name;
use super::scanned::{Instead, ScannedFile, Sight, further_name};
use crate::cause::{FileCause, HeldInstead, KeyMismatch};
use crate::event::FindingId;
use crate::observation::{Failure, KeyFile, Observation, ObservedCertificate, OnDisk, Search};
use crate::policy::Entry;
use crate::text::of_path;

/// What one entry watches.
pub(super) struct Plan<'a> {
    pub entry: &'a Entry,
    pub groups: Vec<Group>,
    /// It stands for one file, which has the entry's name.
    pub is_alone: bool,
}

/// Why one file showed nothing.
#[derive(Clone)]
pub(super) struct Missed {
    pub failure: Failure,
    pub is_absent: bool,
    pub is_reached: bool,
}

/// What one file showed.
pub(super) type Outcome = Result<ScannedFile, Missed>;

/// The observations of one entry while they come together.
struct Assembly<'a> {
    plan: &'a Plan<'a>,
    is_one_group: bool,
    /// Where relative paths begin.
    here: &'a Path,
    observations: Vec<Observation>,
    files: KnownFiles,
    /// Device and inode of what could not be read.
    unread: HashSet<(u64, u64)>,
    leaves: KnownLeaves,
    /// Of the group and of the file that is being added.
    search: Arc<Search>,
    key: Option<Box<KeyFile>>,
    is_absent: bool,
    is_reached: bool,
    own_folder: &'a mut LastFolder,
}

/// The directory that the last file was in, and its device: the next one is mostly in it, too.
#[derive(Default)]
pub(super) struct LastFolder {
    path: PathBuf,
    device: Option<u64>,
}

impl LastFolder {
    fn device_of(&mut self, path: &Path) -> Option<u64> {
        if self.path != path {
            let device = std::fs::metadata(path).ok().map(|metadata| metadata.dev());
            *self = Self { path: path.to_owned(), device };
        }
        self.device
    }
}

/// `seen` gives what a file showed; it is asked in the order of the members.
pub(super) fn assemble(
    plan: &Plan<'_>,
    here: &Path,
    own_folder: &mut LastFolder,
    seen: &mut impl FnMut(&Member) -> Option<Box<Outcome>>,
) -> Vec<Observation> {
    let groups = &plan.groups;
    let members = groups.iter().map(|group| group.members.len()).sum();
    let mut assembly = Assembly {
        plan,
        is_one_group: groups.len() == 1,
        here,
        observations: Vec::with_capacity(members),
        files: KnownFiles::with_capacity(members),
        unread: HashSet::new(),
        leaves: KnownLeaves::with_capacity(members),
        search: Arc::default(),
        key: None,
        is_absent: false,
        is_reached: true,
        own_folder,
    };
    for group in groups {
        let pattern = Arc::clone(&group.pattern);
        assembly.search = Arc::new(Search { pattern, folder: group.folder, own_device: None });
        let before = assembly.observations.len();
        let mut holds_certificates = false;
        for member in &group.members {
            match seen(member).map(|outcome| *outcome) {
                Some(Ok(seen)) => {
                    holds_certificates |= !seen.sights.is_empty();
                    assembly.add(member, seen, group.asked);
                }
                Some(Err(missed)) if missed.is_reached && !assembly.is_new(member.path()) => {}
                Some(Err(missed)) => {
                    assembly.is_absent = missed.is_absent;
                    assembly.is_reached = missed.is_reached;
                    assembly.fail(member, "", missed.failure);
                    (assembly.is_absent, assembly.is_reached) = (false, true);
                }
                None => {}
            }
        }
        for (member, failure) in &group.failures {
            if assembly.is_new(member.path()) {
                assembly.fail(member, "", failure.clone());
            }
        }
        if group.asked == Asked::Together && !holds_certificates && assembly.observations.len() == before {
            let cause = FileCause::no_certificate(&group.path.display(), HeldInstead::Nothing);
            assembly.fail(&Member::named(&group.path, false), "", Failure::new(FindingId::NothingFound, cause));
        }
    }
    if !assembly.is_one_group {
        tell_apart(plan.entry, &mut assembly.observations);
    }
    assembly.observations
}

impl Assembly<'_> {
    fn add(&mut self, member: &Member, seen: ScannedFile, asked: Asked) {
        if !self.files.insert(seen.identity) {
            return;
        }
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
            let known = if is_own { None } else { self.leaves.find(&fingerprint, &self.observations) };
            let is_longer = known.is_none_or(|known| match &self.observations[known].outcome {
                Ok(other) => sight.chain.rest.len() > other.chain.rest.len(),
                Err(_) => true,
            });
            if !is_longer {
                self.keep_mismatch(known, sight.key_mismatch, &member.source);
                continue;
            }
            let mut observation = self.observation(member, &further, Ok(sight));
            if let Some(known) = known {
                std::mem::swap(&mut self.observations[known], &mut observation);
                let shorter = observation.outcome.ok().and_then(|shorter| shorter.key_mismatch);
                self.keep_mismatch(Some(known), shorter, &observation.source);
            } else {
                if !is_own {
                    self.leaves.insert(&fingerprint, &self.observations);
                }
                self.observations.push(observation);
            }
        }
        for (nth, (ending, failure)) in seen.faults.into_iter().enumerate() {
            self.fail(member, if is_empty && nth == 0 { "" } else { &ending }, failure);
        }
        self.key = None;
        // Of what lies in a directory only a store is expected to be one.
        let is_expected = |instead: &Instead| asked == Asked::Each || (!instead.is_store && is_store(member.path()));
        if let Some(instead) = seen.instead.filter(|instead| is_expected(instead)) {
            self.fail(member, "", instead.failure);
        }
    }

    /// The key in a file that shows nothing else of its own is still the wrong one: the observation `kept` in its stead says so.
    fn keep_mismatch(&mut self, kept: Option<usize>, mismatch: Option<Box<KeyMismatch>>, source: &str) {
        let Some(mismatch) = mismatch else { return };
        let Some(Ok(kept)) = kept.map(|kept| &mut self.observations[kept].outcome) else { return };
        let elsewhere = || match *mismatch {
            KeyMismatch::InTheFile => Box::new(KeyMismatch::InAnother(source.to_owned())),
            KeyMismatch::Beside(_) | KeyMismatch::InAnother(_) => mismatch,
        };
        kept.key_mismatch = kept.key_mismatch.take().or_else(|| Some(elsewhere()));
    }

    /// Of what cannot be read: no other way to it was met before.
    fn is_new(&mut self, path: &Path) -> bool {
        let found = std::fs::metadata(path);
        found.map_or(true, |found| self.unread.insert((found.dev(), found.ino())))
    }

    fn fail(&mut self, member: &Member, further: &str, failure: Failure) {
        let observation = self.observation(member, further, Err(Box::new(failure)));
        self.observations.push(observation);
    }

    /// How the file at `path` was looked for.
    fn search(&mut self, path: &Path) -> Arc<Search> {
        if let Some(own) = path.parent().filter(|_| self.search.folder.is_some()) {
            let device = self.own_folder.device_of(own);
            if self.search.own_device != device {
                Arc::make_mut(&mut self.search).own_device = device;
            }
        }
        Arc::clone(&self.search)
    }

    fn observation(
        &mut self,
        member: &Member,
        further: &str,
        outcome: Result<Box<ObservedCertificate>, Box<Failure>>,
    ) -> Observation {
        let entry = self.plan.entry;
        let (path, source) = (member.path(), Arc::clone(&member.source));
        let below = member.below().filter(|below| !below.as_os_str().is_empty());
        let name = match below {
            _ if self.plan.is_alone => entry.name.to_string(),
            Some(below) => member_name(entry, &of_path(below)),
            None if self.is_one_group => entry.name.to_string(),
            None => {
                let last = path.file_name().map_or_else(|| source.to_string(), |name| name.display().to_string());
                member_name(entry, &last)
            }
        };
        let (name, place) = (further_name(name, further), absolute(path, self.here) + further);
        let place = if *source == *place { Arc::clone(&source) } else { place.into() };
        let on_disk =
            OnDisk { search: self.search(path), is_absent: self.is_absent, is_away: false, key: self.key.clone() };
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
    let text = of_path(path);
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
