//! The text of the policy file and of what it includes, and places in it.

use std::fmt;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::cause::ReadError;

/// A file as it was read.
#[derive(Clone)]
pub struct SourceFile {
    /// As problems show it.
    pub path: PathBuf,
    /// Its absolute folder: relative paths in it start here.
    pub folder: PathBuf,
    pub text: String,
    /// When it was last written.
    pub modified: Option<OffsetDateTime>,
    /// Users other than the owner and the group can read it.
    pub others_can_read: bool,
    /// Why it may say what the caller does not mean, as a clause: other users can write it.
    pub distrust: Option<String>,
}

impl SourceFile {
    /// A file of which nothing but its absolute path and its text is known.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let path = path.into();
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Self { path, folder, text: text.into(), modified: None, others_can_read: false, distrust: None }
    }
}

impl fmt::Debug for SourceFile {
    /// Without the text: there may be secrets in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// How files other than the main one are reached; the library itself opens nothing for a policy.
pub trait Files {
    /// The files that an absolute pattern with `*` and `?` stands for, in the order of their names.
    ///
    /// # Errors
    /// The reason, as a clause without the path, why it cannot be known.
    fn matching(&mut self, pattern: &Path) -> Result<Vec<PathBuf>, String>;

    /// Whether a path is a link to a file that is not there.
    fn leads_nowhere(&mut self, _: &Path) -> bool {
        false
    }

    /// A further policy file.
    ///
    /// # Errors
    /// The reason, as a clause without the path, why it cannot be used.
    fn policies(&mut self, path: &Path) -> Result<SourceFile, String>;

    /// A list of endpoints.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn list(&mut self, path: &Path) -> Result<SourceFile, ReadError>;

    /// A template of messages.
    ///
    /// # Errors
    /// The reason, as a clause without the path, why it cannot be read.
    fn template(&mut self, path: &Path) -> Result<SourceFile, String> {
        self.list(path).map_err(|error| error.to_string())
    }
}

/// A stretch of one file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Which of the sources.
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct At<T> {
    pub value: T,
    pub place: Place,
}

/// A source with its lines found.
#[derive(Debug)]
pub(super) struct Source {
    pub file: SourceFile,
    line_starts: Vec<usize>,
}

impl Source {
    pub(super) fn new(mut file: SourceFile) -> Self {
        if let Some(rest) = file.text.strip_prefix('\u{feff}') {
            file.text = rest.to_owned();
        }
        let after_breaks = file.text.match_indices('\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after_breaks).collect();
        Self { file, line_starts }
    }

    /// The line of a byte, the first being 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    pub(super) fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// Where a line begins and what it says, without its end.
    pub(super) fn line_text(&self, line: usize) -> (usize, &str) {
        let Some(&start) = self.line_starts.get(line.saturating_sub(1)) else { return (self.file.text.len(), "") };
        let end = self.line_starts.get(line).map_or(self.file.text.len(), |next| next - 1);
        let text = self.file.text.get(start..end).unwrap_or_default();
        (start, text.strip_suffix('\r').unwrap_or(text))
    }
}
