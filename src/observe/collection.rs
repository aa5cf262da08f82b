//! Which files a path, a directory or a glob stands for: the only file that names the walker.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use crate::cause::FileCause;
use crate::event::FindingId;
use crate::observation::{Failure, Folder};
use crate::policy::{Exclude, Glob, asked_for, fixed_part, has_wildcards};
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
    pub failures: Vec<(PathBuf, Failure)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// By name or by a glob: each is expected to hold a certificate.
    Each,
    /// By their directory: one of them is expected to.
    Together,
}

/// One file.
pub(super) struct Member {
    /// Its path as it is shown.
    pub source: Arc<str>,
    /// The path itself, where that is no text.
    raw: Option<Box<PathBuf>>,
    /// Bytes of the path before what is below the fixed part of the glob or directory.
    fixed: Option<u32>,
    /// A regular file and not a link to one, when it was listed.
    pub is_plain: bool,
}

impl Member {
    /// A path that was written whole.
    pub(super) fn named(path: &Path, is_plain: bool) -> Self {
        let (source, raw) = match of_path(path) {
            Cow::Borrowed(text) => (text.into(), None),
            Cow::Owned(text) => (text.into(), Some(Box::new(path.to_owned()))),
        };
        Self { source, raw, fixed: None, is_plain }
    }

    /// A path that was found; `below` is what comes after the fixed part of the glob or directory.
    pub(super) fn listed(path: &Path, below: &Path, is_plain: bool) -> Self {
        let fixed = path.as_os_str().len() - below.as_os_str().len();
        Self { fixed: u32::try_from(fixed).ok(), ..Self::named(path, is_plain) }
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

/// Endings of files that hold certificates.
const ENDINGS: [&str; 10] = ["pem", "crt", "cer", "cert", "der", "p7b", "p7c", "p12", "pfx", "jks"];

/// Endings of other files that may hold some: bundles and stores by other names, and text that certificates stand in.
const RARE_ENDINGS: [&str; 20] = [
    "ca-bundle", "cabundle", "bundle", "keystore", "truststore", "ks", "ts", "jceks", "pkcs12", "p7s", "p7", "spc",
    "jwks", "mobileconfig", "tfstate", "crl", "gpg", "pgp", "asc", "kbx",
];

/// Endings of stores: what has such a name and is none is damaged, and nothing that happens to lie there.
const STORES: [&str; 9] = ["p7b", "p7c", "p12", "pfx", "pkcs12", "jks", "jceks", "truststore", "kbx"];

/// Whole names without an ending, and ends of names, of stores of Java and bundles.
const NAMES: [&str; 6] = ["cacerts", "keystore", "truststore", "ca-bundle", "jwks.json", "-cert.pub"];

/// Whether a file of this name looks like one that holds certificates.
#[must_use]
pub fn is_listed(path: &Path) -> bool {
    let Some(name) = path.file_name().map(OsStr::as_encoded_bytes) else { return false };
    has_ending(name, &ENDINGS) && !is_key(name)
}

/// Whether a file of this name in a directory is opened.
fn is_opened(path: &Path) -> bool {
    let Some(name) = path.file_name().map(OsStr::as_encoded_bytes) else { return false };
    if has_ending(name, &ENDINGS) {
        return !is_key(name);
    }
    let is_metadata = has_ending(name, &["xml"]) && contains(name, b"metadata");
    has_ending(name, &RARE_ENDINGS) || is_metadata || NAMES.iter().any(|known| ends(name, known.as_bytes()))
}

/// Whether a file of this name is a store by its ending.
pub(super) fn is_store(path: &Path) -> bool {
    path.file_name().is_some_and(|name| has_ending(name.as_encoded_bytes(), &STORES))
}

fn has_ending(name: &[u8], endings: &[&str]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', name) else { return false };
    let ending = &name[dot + 1..];
    endings.iter().any(|listed| ending.eq_ignore_ascii_case(listed.as_bytes()))
}

fn is_key(name: &[u8]) -> bool {
    name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"privkey")) || ends(name, b"key.pem")
}

fn ends(name: &[u8], end: &[u8]) -> bool {
    name.len() >= end.len() && name[name.len() - end.len()..].eq_ignore_ascii_case(end)
}

fn contains(name: &[u8], part: &[u8]) -> bool {
    name.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// What a pattern stands for. An existing path is that path, whatever its characters.
pub(super) fn groups(pattern: &Path, exclude: &Exclude, folders: Option<&mut Folders>) -> Vec<Group> {
    let mut groups = groups_of(pattern, exclude);
    let fixed = match groups.as_slice() {
        [Group { asked: Asked::Together, .. }] => pattern.to_owned(),
        _ => fixed_part(pattern)
            .parent()
            .filter(|_| !has_wildcards(pattern))
            .map_or_else(|| fixed_part(pattern), Path::to_owned),
    };
    let Some(folders) = folders else { return groups };
    let folder = folders.of(&fixed);
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
    fn of(&mut self, path: &Path) -> Option<Folder> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let look = || {
            let device = std::fs::metadata(path).ok()?.dev();
            Some(Folder { device, is_empty: std::fs::read_dir(path).ok()?.next().is_none() })
        };
        *self.0.entry(path.to_owned()).or_insert_with(look)
    }
}

fn groups_of(pattern: &Path, exclude: &Exclude) -> Vec<Group> {
    match std::fs::metadata(pattern) {
        Ok(metadata) if metadata.is_dir() => vec![directory(pattern, pattern, exclude)],
        Err(error) if has_wildcards(pattern) && error.kind() == std::io::ErrorKind::NotFound => {
            matching(pattern, exclude)
        }
        // Reading it tells what is wrong with it.
        _ => {
            let member = Member::named(pattern, false);
            vec![Group {
                path: pattern.to_owned(),
                asked: Asked::Each,
                folder: None,
                pattern: Arc::default(),
                members: vec![member],
                failures: Vec::new(),
            }]
        }
    }
}

/// Every listed file in a directory and below it.
fn directory(path: &Path, fixed: &Path, exclude: &Exclude) -> Group {
    let mut group = Group {
        path: path.to_owned(),
        asked: Asked::Together,
        folder: None,
        pattern: Arc::default(),
        members: Vec::new(),
        failures: Vec::new(),
    };
    let shown =
        |entry: &DirEntry| entry.depth() == 0 || !(is_hidden(entry.file_name()) || exclude.passes_over(entry.path()));
    let walk = WalkDir::new(path).follow_links(true).sort_by(by_name);
    for entry in walk.into_iter().filter_entry(shown) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() || !is_opened(entry.path()) => {}
            Ok(entry) => {
                let below = below(entry.path(), fixed);
                group.members.push(Member::listed(entry.path(), below, is_plain(&entry)));
            }
            Err(error) => group.failures.extend(failure(error, |path| is_opened(path) && !exclude.passes_over(path))),
        }
    }
    group.members.shrink_to_fit();
    group
}

/// Every file that matches a glob; a directory that does stands for what it holds.
fn matching(pattern: &Path, exclude: &Exclude) -> Vec<Group> {
    let mut group = Group {
        path: pattern.to_owned(),
        asked: Asked::Each,
        folder: None,
        pattern: Arc::default(),
        members: Vec::new(),
        failures: Vec::new(),
    };
    let glob = match Glob::new(pattern) {
        Ok(glob) => glob,
        Err(cause) => {
            group.failures.push((pattern.to_owned(), nothing(cause)));
            return vec![group];
        }
    };
    let root = if glob.fixed.as_os_str().is_empty() { Path::new(".") } else { &glob.fixed };
    let mut directories = Vec::new();
    let shown = |entry: &DirEntry| {
        entry.depth() == 0
            || (glob.shows_hidden || !is_hidden(entry.file_name()))
                && !exclude.passes_over(entry.path())
                && (!entry.file_type().is_dir() || glob.leads_to(below(entry.path(), root)))
    };
    let walk = WalkDir::new(root).min_depth(1).max_depth(glob.depth()).follow_links(true).sort_by(by_name);
    for entry in walk.into_iter().filter_entry(shown) {
        match entry {
            Ok(entry) if !glob.matches(below(entry.path(), root)) => {}
            Ok(entry) if !entry.file_type().is_dir() => {
                let below = below(entry.path(), root);
                group.members.push(Member::listed(&glob.fixed.join(below), below, is_plain(&entry)));
            }
            Ok(entry) if glob.names_directories() => {
                directories.push(directory(&glob.fixed.join(below(entry.path(), root)), &glob.fixed, exclude));
            }
            Ok(_) => {}
            Err(error) => {
                let is_meant = |path: &Path| glob.matches(below(path, root)) && !exclude.passes_over(path);
                group.failures.extend(failure(error, is_meant));
            }
        }
    }
    if group.members.is_empty() && group.failures.is_empty() && directories.is_empty() {
        group
            .failures
            .push((pattern.to_owned(), nothing(FileCause::NothingMatches { pattern: pattern.display().to_string() })));
    }
    let mut groups = vec![group];
    groups.extend(directories);
    groups
}

/// All have the same directory, so their paths are in the order of their names.
fn by_name(one: &DirEntry, other: &DirEntry) -> Ordering {
    one.path().as_os_str().cmp(other.path().as_os_str())
}

fn nothing(cause: FileCause) -> Failure {
    Failure::new(FindingId::NothingFound, cause)
}

fn below<'a>(path: &'a Path, fixed: &Path) -> &'a Path {
    path.strip_prefix(fixed).unwrap_or(path)
}

fn is_plain(entry: &DirEntry) -> bool {
    entry.file_type().is_file() && !entry.path_is_symlink()
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// What the walk could not look at, where it would be missed; loops of links simply end.
fn failure(error: walkdir::Error, is_meant: impl Fn(&Path) -> bool) -> Option<(PathBuf, Failure)> {
    let path = error.path()?.to_owned();
    let is_directory = std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
    if !is_directory && (!is_meant(&path) || path.file_name().is_some_and(is_hidden)) {
        return None;
    }
    let cause = FileCause::unreadable(&path, error.into_io_error()?.into());
    Some((path, Failure::new(FindingId::Unreadable, cause)))
}
