//! Which entries of the policy file as it is now watch a remembered file that no look showed.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::policy::{Entry, Exclude, Watch, asked_for, fixed_part, would_find};

/// The entries that watch a place that was not seen, and what they asked for where the memory does not say it.
#[derive(Default)]
pub(super) struct Watchers<'a> {
    pub entries: BTreeSet<&'a str>,
    pub patterns: BTreeSet<String>,
}

/// The patterns of all entries, by the part without wildcards: a file is only compared with those that begin above it.
pub(super) struct FileWatchers<'a> {
    entries: &'a [&'a Entry],
    by_fixed_part: OnceCell<HashMap<PathBuf, Vec<FileWatcher<'a>>>>,
}

/// An entry and one of its patterns.
#[derive(Clone, Copy)]
pub(super) struct FileWatcher<'a> {
    entry: &'a Entry,
    pattern: &'a Path,
    exclude: &'a [String],
}

impl<'a> FileWatcher<'a> {
    pub(super) fn entry(&self) -> &'a str {
        self.entry.name.as_str()
    }

    /// What its looks call the pattern.
    pub(super) fn asked_for(&self) -> Option<String> {
        Some(asked_for(self.pattern, &Exclude::new(self.exclude).ok()?))
    }
}

impl<'a> FileWatchers<'a> {
    pub(super) fn new(entries: &'a [&'a Entry]) -> Self {
        Self { entries, by_fixed_part: OnceCell::new() }
    }

    /// Those whose patterns would find a file at `path`, were it there, in the order of the policy file.
    pub(super) fn of(&self, path: &Path) -> Vec<FileWatcher<'a>> {
        let by_fixed_part = self.by_fixed_part.get_or_init(|| by_fixed_part(self.entries));
        let above = path.ancestors().filter_map(|above| by_fixed_part.get(above)).flatten();
        above.filter(|watcher| would_find(watcher.pattern, watcher.exclude, path)).copied().collect()
    }
}

fn by_fixed_part<'a>(entries: &[&'a Entry]) -> HashMap<PathBuf, Vec<FileWatcher<'a>>> {
    let mut by_fixed_part: HashMap<PathBuf, Vec<FileWatcher<'a>>> = HashMap::new();
    for entry in entries {
        if let Watch::Files { patterns, exclude } = &entry.watch {
            for pattern in patterns {
                let watcher = FileWatcher { entry, pattern, exclude };
                by_fixed_part.entry(fixed_part(pattern)).or_default().push(watcher);
            }
        }
    }
    by_fixed_part
}
