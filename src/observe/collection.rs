//! Which files a path, a directory or a glob stands for: the only file that names the walker.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use walkdir::{DirEntry, DirEntryExt as _, WalkDir};

use super::file_names::is_opened;
use crate::cause::{FileCause, ReadError, SystemError};
use crate::event::FindingId;
use crate::observation::{Failure, Folder};
use crate::policy::{Entry, Exclude, Glob, Watch, asked_for, fixed_part, has_wildcards};
use crate::text::of_path;

/// Files that were asked for together.
pub(super) struct Group {
    /// The file, directory or glob.
    pub path: PathBuf,
    pub asked: Asked,
    /// The part of it without wildcards, where that is a directory that can be listed.
    pub folder: Option<Folder>,
    /// As it was asked for, with what is passed over.
    pub pattern: Arc<str>,
    pub members: Vec<Member>,
    /// What could not even be listed.
    pub failures: Vec<(Member, Failure)>,
}

impl Group {
    /// Without anything found yet.
    pub(super) fn new(path: &Path, asked: Asked) -> Self {
        Self {
            path: path.to_owned(),
            asked,
            folder: None,
            pattern: Arc::default(),
            members: Vec::new(),
            failures: Vec::new(),
        }
    }

    fn add(&mut self, mut member: Member, find: &mut Find<'_>) {
        find(&mut member);
        self.members.push(member);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// By name or by a glob: each is expected to hold a certificate.
    Each,
    /// By their directory: one of them is expected to.
    Together,
}

/// One file.
#[derive(Clone)]
pub(super) struct Member {
    /// Its path as it is shown.
    pub source: Arc<str>,
    /// The path itself, where that is no text.
    raw: Option<Box<PathBuf>>,
    /// Bytes of the path before what is below the fixed part of the glob or directory.
    fixed: Option<u32>,
    /// A regular file and not a link to one, when it was listed.
    pub is_plain: bool,
    /// Which reading shows what it holds.
    pub reading: u32,
}

impl Member {
    /// A path that was written whole.
    pub(super) fn named(path: &Path, is_plain: bool) -> Self {
        let (source, raw) = match of_path(path) {
            Cow::Borrowed(text) => (text.into(), None),
            Cow::Owned(text) => (text.into(), Some(Box::new(path.to_owned()))),
        };
        Self { source, raw, fixed: None, is_plain, reading: 0 }
    }

    /// A path that was found; `below` is what comes after the fixed part of the glob or directory.
    pub(super) fn listed(path: &Path, below: &Path, is_plain: bool) -> Self {
        let fixed = path.as_os_str().len() - below.as_os_str().len();
        Self { fixed: u32::try_from(fixed).ok(), ..Self::named(path, is_plain) }
    }

    /// What no other path has.
    pub(super) fn identity(&self) -> (Arc<str>, Option<Box<PathBuf>>) {
        (Arc::clone(&self.source), self.raw.clone())
    }

    pub(super) fn path(&self) -> &Path {
        self.raw.as_ref().map_or_else(|| Path::new(&*self.source), |raw| raw.as_path())
    }

    /// Below the fixed part of the glob or directory; nothing where the path was written whole.
    pub(super) fn below(&self) -> Option<&Path> {
        self.path()
            .as_os_str()
            .as_bytes()
            .get(usize::try_from(self.fixed?).ok()?..)
            .map(|below| Path::new(OsStr::from_bytes(below)))
    }
}

/// Takes each file as soon as it is found, and gives it its reading.
pub(super) type Find<'a> = dyn FnMut(&mut Member) + 'a;

/// What a pattern stands for. An existing path is that path, whatever its characters.
pub(super) fn groups(
    pattern: &Path,
    exclude: &Exclude,
    shared: &mut Shared,
    folders: Option<&mut Folders>,
    find: &mut Find<'_>,
) -> Vec<Group> {
    let mut groups = groups_of(pattern, exclude, shared, find);
    let fixed = match groups.as_slice() {
        [Group { asked: Asked::Together, .. }] => pattern.to_owned(),
        _ => fixed_part(pattern)
            .parent()
            .filter(|_| !has_wildcards(pattern))
            .map_or_else(|| fixed_part(pattern), Path::to_owned),
    };
    let Some(folders) = folders else { return groups };
    let holds_files = groups.iter().flat_map(|group| &group.members).any(|member| member.fixed.is_some());
    let folder = folders.of(&fixed, holds_files);
    let pattern: Arc<str> = asked_for(pattern, exclude).into();
    for group in &mut groups {
        group.folder = folder;
        group.pattern = Arc::clone(&pattern);
    }
    groups
}

/// Directories that were looked at, each once.
#[derive(Default)]
pub(super) struct Folders(HashMap<PathBuf, Option<Folder>>);

impl Folders {
    /// One that was found to hold files is not listed once more.
    fn of(&mut self, path: &Path, holds_files: bool) -> Option<Folder> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let look = || {
            let device = std::fs::metadata(path).ok()?.dev();
            Some(Folder { device, is_empty: !holds_files && std::fs::read_dir(path).ok()?.next().is_none() })
        };
        *self.0.entry(path.to_owned()).or_insert_with(look)
    }
}

/// Directories that several globs look into, and what lies below them: each listed once.
pub(super) struct Shared {
    roots: HashSet<PathBuf>,
    listings: HashMap<PathBuf, Rc<Listing>>,
}

/// What one directory holds.
struct Listing {
    /// Of the directory itself.
    failures: Vec<walkdir::Result<DirEntry>>,
    /// In the order of their paths.
    below: Vec<walkdir::Result<DirEntry>>,
}

impl Shared {
    pub(super) fn new(entries: &[&Entry]) -> Self {
        let patterns = entries.iter().flat_map(|entry| match &entry.watch {
            Watch::Files { patterns, .. } => patterns.as_slice(),
            _ => &[],
        });
        let (mut met, mut roots) = (HashSet::new(), HashSet::new());
        for pattern in patterns.filter(|pattern| has_wildcards(pattern)) {
            roots.extend(met.replace(root(&fixed_part(pattern)).to_owned()));
        }
        Self { roots, listings: HashMap::new() }
    }

    /// What the last of `directories`, each of which holds the next one, and those below it hold that could match.
    fn find(&mut self, glob: &Glob, directories: &[&Path], see: &mut See<'_>) {
        let [above @ .., directory] = directories else { return };
        let known = self.listings.entry((*directory).to_owned()).or_insert_with(|| Rc::new(Listing::new(directory)));
        for found in Rc::clone(known).beginning_with(&directory.join(glob.start(above.len()))) {
            let directory = found.as_ref().ok().filter(|entry| entry.file_type().is_dir());
            if directory.is_some_and(|entry| leads_up(entry, above)) || !see(found) {
                continue;
            }
            if let Some(entry) = directory.filter(|_| glob.depth().is_some_and(|depth| directories.len() < depth)) {
                self.find(glob, &[directories, &[entry.path()]].concat(), see);
            }
        }
    }
}

/// Whether a directory is a link to one of those above it: there, a walk simply ends.
fn leads_up(entry: &DirEntry, above: &[&Path]) -> bool {
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
    entry.path_is_symlink() && above.iter().any(|above| identity(above) == identity(entry.path()))
}

/// Takes what was found; whether it is looked below it.
type See<'a> = dyn FnMut(&walkdir::Result<DirEntry>) -> bool + 'a;

impl Listing {
    fn new(root: &Path) -> Self {
        let walk = WalkDir::new(root).min_depth(1).max_depth(1).follow_links(true);
        let (failures, mut below): (Vec<_>, Vec<_>) =
            walk.into_iter().partition(|found| path(found).len() <= root.as_os_str().len());
        below.sort_by(|one, other| path(one).cmp(path(other)));
        Self { failures, below }
    }

    /// Those whose paths begin with `start`, without a look at the others.
    fn beginning_with(&self, start: &Path) -> impl Iterator<Item = &walkdir::Result<DirEntry>> {
        let start = start.as_os_str().as_bytes().to_owned();
        let first = self.below.partition_point(|found| path(found) < start.as_slice());
        let those = self.below[first..].iter().take_while(move |found| path(found).starts_with(&start));
        self.failures.iter().chain(those)
    }
}

/// The bytes of the path of what was found or could not be looked at.
fn path(found: &walkdir::Result<DirEntry>) -> &[u8] {
    let path = found.as_ref().map_or_else(walkdir::Error::path, |entry| Some(entry.path()));
    path.map_or(&[], |path| path.as_os_str().as_bytes())
}

/// Where the walk for a glob begins.
fn root(fixed: &Path) -> &Path {
    if fixed.as_os_str().is_empty() { Path::new(".") } else { fixed }
}

fn groups_of(pattern: &Path, exclude: &Exclude, shared: &mut Shared, find: &mut Find<'_>) -> Vec<Group> {
    match std::fs::metadata(pattern) {
        Ok(metadata) if metadata.is_dir() => vec![directory(pattern, pattern, exclude, find)],
        Err(error) if has_wildcards(pattern) && error.kind() == std::io::ErrorKind::NotFound => {
            matching(pattern, exclude, shared, find)
        }
        // Reading it tells what is wrong with it.
        _ => {
            let mut group = Group::new(pattern, Asked::Each);
            group.add(Member::named(pattern, false), find);
            vec![group]
        }
    }
}

/// Every listed file in a directory and below it.
fn directory(path: &Path, fixed: &Path, exclude: &Exclude, find: &mut Find<'_>) -> Group {
    let mut group = Group::new(path, Asked::Together);
    let start = Start::new(path);
    let shown = |entry: &DirEntry| {
        entry.depth() == 0
            || !(is_hidden(entry.file_name()) || exclude.passes_over(entry.path()) || start.is_met_by(entry))
    };
    let walk = WalkDir::new(path).follow_links(true).sort_by(by_name);
    for entry in walk.into_iter().filter_entry(shown) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() || !is_opened(entry.path()) => {}
            Ok(entry) => {
                let below = below(entry.path(), fixed);
                group.add(Member::listed(entry.path(), below, is_plain(&entry)), find);
            }
            Err(error) => {
                let is_meant = |path: &Path| is_opened(path) && !exclude.passes_over(path);
                let member = |path: &Path| Member::listed(path, below(path, fixed), false);
                group.failures.extend(failure(&error, is_meant, member));
            }
        }
    }
    group.members.shrink_to_fit();
    group
}

/// Every file that matches a glob; a directory that does stands for what it holds.
fn matching(pattern: &Path, exclude: &Exclude, shared: &mut Shared, find: &mut Find<'_>) -> Vec<Group> {
    let mut group = Group::new(pattern, Asked::Each);
    let glob = match Glob::new(pattern) {
        Ok(glob) => glob,
        Err(cause) => {
            group.failures.push((Member::named(pattern, false), nothing(cause)));
            return vec![group];
        }
    };
    let root = root(&glob.fixed);
    let start = Start::new(root);
    let mut directories = Vec::new();
    let shown = |entry: &DirEntry| {
        entry.depth() == 0
            || (glob.shows_hidden || !is_hidden(entry.file_name()))
                && !exclude.passes_over(entry.path())
                && !start.is_met_by(entry)
                && (!entry.file_type().is_dir() || glob.leads_to(below(entry.path(), root)))
    };
    let mut take = |found: &walkdir::Result<DirEntry>| match found {
        Ok(entry) if !glob.matches(below(entry.path(), root)) => {}
        Ok(entry) if !entry.file_type().is_dir() => {
            let below = below(entry.path(), root);
            group.add(Member::listed(&glob.fixed.join(below), below, is_plain(entry)), find);
        }
        Ok(entry) if glob.names_directories() => {
            directories.push(directory(&glob.fixed.join(below(entry.path(), root)), &glob.fixed, exclude, find));
        }
        Ok(_) => {}
        Err(error) => {
            let is_meant = |path: &Path| glob.matches(below(path, root)) && !exclude.passes_over(path);
            let member = |path: &Path| Member::listed(&glob.fixed.join(below(path, root)), below(path, root), false);
            group.failures.extend(failure(error, is_meant, member));
        }
    };
    match glob.depth() {
        Some(_) if shared.roots.contains(root) => shared.find(&glob, &[root], &mut |found| {
            let is_shown = found.as_ref().map_or(true, shown);
            if is_shown {
                take(found);
            }
            is_shown
        }),
        depth => {
            let walk = WalkDir::new(root).min_depth(1).max_depth(depth.unwrap_or(usize::MAX)).follow_links(true);
            walk.sort_by(by_name).into_iter().filter_entry(shown).for_each(|found| take(&found));
        }
    }
    if group.members.is_empty() && group.failures.is_empty() && directories.is_empty() {
        let cause = FileCause::NothingMatches { pattern: pattern.display().to_string() };
        group.failures.push((Member::named(pattern, false), nothing(cause)));
    }
    let mut groups = vec![group];
    groups.extend(directories);
    groups
}

/// Where a walk began. A link to a directory above it leads there once more, which no link does by itself: the walk ends
/// there as at any loop.
struct Start(Option<(u64, u64)>);

impl Start {
    fn new(path: &Path) -> Self {
        Self(std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino())))
    }

    fn is_met_by(&self, entry: &DirEntry) -> bool {
        // The number stands in the listing; the device has to be asked for.
        self.0.is_some_and(|(device, number)| {
            entry.ino() == number && entry.metadata().is_ok_and(|metadata| metadata.dev() == device)
        })
    }
}

/// All have the same directory, so their paths are in the order of their names.
fn by_name(one: &DirEntry, other: &DirEntry) -> Ordering {
    one.path().as_os_str().cmp(other.path().as_os_str())
}

fn nothing(cause: FileCause) -> Failure {
    Failure::new(FindingId::NothingFound, cause)
}

/// The rest of a path that was found below `fixed`.
fn below<'a>(path: &'a Path, fixed: &Path) -> &'a Path {
    let rest = path.as_os_str().as_bytes().strip_prefix(fixed.as_os_str().as_bytes());
    rest.map_or(path, |rest| Path::new(OsStr::from_bytes(rest.strip_prefix(b"/").unwrap_or(rest))))
}

fn is_plain(entry: &DirEntry) -> bool {
    entry.file_type().is_file() && !entry.path_is_symlink()
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// What the walk could not look at, where it would be missed; loops of links simply end.
fn failure(
    error: &walkdir::Error,
    is_meant: impl Fn(&Path) -> bool,
    member: impl Fn(&Path) -> Member,
) -> Option<(Member, Failure)> {
    let path = error.path()?;
    let is_directory = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    if !is_directory && (!is_meant(path) || path.file_name().is_some_and(is_hidden)) {
        return None;
    }
    let member = member(path);
    let cause = FileCause::unreadable(member.path(), ReadError::System(SystemError::from_io(error.io_error()?)));
    Some((member, Failure::new(FindingId::Unreadable, cause)))
}
