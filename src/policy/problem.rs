//! A problem of the policy file, shown at its place with the nearest right word.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};
use unicode_width::UnicodeWidthStr;

use super::printable::clean;
use super::refusal::Refusal;
use super::source::{At, Place, Source, SourceFile};
use super::source_line::{LineViewer, Snippet, Whereabouts};

/// Whether the policy file can be used in spite of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProblemSeverity {
    Error,
    Warning,
}

/// Something in the policy file that needs its author. No text in it holds a secret or a control character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// From 1; nothing where the problem is what is missing.
    pub line: Option<usize>,
    /// In characters, from 1.
    pub column: Option<usize>,
    pub severity: ProblemSeverity,
    pub message: String,
    pub help: Option<String>,
    #[serde(skip)]
    snippet: Option<Snippet>,
}

fn as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

impl Problem {
    /// A problem of the file as a whole.
    #[must_use]
    pub fn from_file(
        path: impl Into<PathBuf>,
        severity: ProblemSeverity,
        message: impl AsRef<str>,
        help: Option<&str>,
    ) -> Self {
        Self {
            path: path.into(),
            line: None,
            column: None,
            severity,
            message: clean(message.as_ref()).into_owned(),
            help: help.map(|help| clean(help).into_owned()),
            snippet: None,
        }
    }

    /// An error in a file that is no policy file; `range` is in bytes of its `text`.
    #[must_use]
    pub fn in_text(path: &Path, text: &str, range: Range<usize>, message: &str, help: &str) -> Self {
        let mut problems = Problems::default();
        let file = problems.add_source(SourceFile::new(path, text));
        let help = (!help.is_empty()).then(|| help.to_owned());
        let place = Some(Place { file, start: range.start, end: range.end });
        let found = Found { severity: ProblemSeverity::Error, place, message: message.to_owned(), help };
        problems.shown(&found, &mut problems.viewer())
    }

    /// `certnotify: FILE:LINE:COLUMN: message`, the source line with carets, and the help; each line ends.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = format!("certnotify: {}", clean(&self.path.to_string_lossy()));
        if let (Some(line), Some(column)) = (self.line, self.column) {
            let _ = write!(text, ":{line}:{column}");
        }
        let warning = if self.severity == ProblemSeverity::Warning { "warning: " } else { "" };
        let _ = writeln!(text, ": {warning}{}", self.message);
        if let (Some(line), Some(Snippet { before, marked, after })) = (self.line, &self.snippet) {
            let number = line.to_string();
            let gutter = " ".repeat(number.len());
            let carets = "^".repeat(marked.width().max(1));
            let shown = format!("{before}{marked}{after}");
            let _ = writeln!(text, "{gutter} |\n{number} | {}", shown.trim_end());
            let _ = writeln!(text, "{gutter} | {}{carets}", " ".repeat(before.width()));
        }
        if let Some(help) = &self.help {
            let _ = writeln!(text, "  help: {help}");
        }
        text
    }
}

/// Everything that keeps `main` from being used, and that nothing was done.
#[must_use]
pub fn report(main: &Path, problems: &[Problem]) -> String {
    let mut text: String = problems.iter().map(|problem| problem.render() + "\n").collect();
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    let main = main.to_string_lossy();
    let _ = writeln!(text, "certnotify: {}: {count}; nothing was looked at, nothing was sent", clean(&main));
    text
}

/// What is found while the files are read.
#[derive(Debug, Default)]
pub(super) struct Problems {
    pub sources: Vec<Source>,
    found: Vec<Found>,
    /// Stretches that hold a secret and are never shown.
    pub secrets: Vec<Place>,
    /// Secrets that are written out.
    pub literals: Vec<Place>,
}

#[derive(Debug)]
struct Found {
    severity: ProblemSeverity,
    place: Option<Place>,
    message: String,
    help: Option<String>,
}

impl Problems {
    pub(super) fn add_source(&mut self, file: SourceFile) -> usize {
        self.sources.push(Source::new(file));
        self.sources.len() - 1
    }

    pub(super) fn error(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.add(ProblemSeverity::Error, Some(place), message.into(), help.into());
    }

    pub(super) fn warning(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.add(ProblemSeverity::Warning, Some(place), message.into(), help.into());
    }

    /// Something that stands nowhere, because it is missing.
    pub(super) fn missing(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.add(ProblemSeverity::Error, None, message.into(), help.into());
    }

    /// An error at a value that is refused.
    pub(super) fn refuse(&mut self, place: Place, refusal: impl Into<Refusal>) {
        let Refusal { message, help } = refusal.into();
        self.error(place, message, help);
    }

    /// What was read at `place`; nothing where it is refused, which is told.
    pub(super) fn judged<T>(&mut self, place: Place, read: Result<T, Refusal>) -> Option<At<T>> {
        read.map(|value| At { value, place }).map_err(|refusal| self.refuse(place, refusal)).ok()
    }

    fn add(&mut self, severity: ProblemSeverity, place: Option<Place>, message: String, help: String) {
        self.found.push(Found { severity, place, message, help: (!help.is_empty()).then_some(help) });
    }

    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    pub(super) fn has_errors(&self) -> bool {
        self.found.iter().any(|found| found.severity == ProblemSeverity::Error)
    }

    /// Warnings at places, with the same help.
    pub(super) fn warnings_at(&self, warnings: impl Iterator<Item = (Place, String)>, help: &str) -> Vec<Problem> {
        let mut viewer = self.viewer();
        let warning = |(place, message)| {
            let help = Some(help.to_owned());
            self.shown(&Found { severity: ProblemSeverity::Warning, place: Some(place), message, help }, &mut viewer)
        };
        warnings.map(warning).collect()
    }

    /// The absolute path of the main file.
    pub(super) fn main_file(&self) -> PathBuf {
        let main = self.sources.first().map(|source| &source.file);
        main.map(|main| main.folder.join(main.path.file_name().unwrap_or_default())).unwrap_or_default()
    }

    pub(super) fn main_path(&self) -> String {
        self.sources.first().map(|source| source.file.path.display().to_string()).unwrap_or_default()
    }

    /// Every line of a source.
    pub(super) fn lines(&self, source: usize) -> Vec<At<String>> {
        let Some(source_text) = self.sources.get(source) else { return Vec::new() };
        (1..=source_text.line_count())
            .map(|line| {
                let (start, text) = source_text.line_text(line);
                At { value: text.to_owned(), place: Place { file: source, start, end: start + text.len() } }
            })
            .collect()
    }

    /// `line 20`, or `policies.d/more.toml:20` from another file.
    pub(super) fn whereabouts(&self, definition: Place, from: Place) -> String {
        let Some(source) = self.sources.get(definition.file) else { return String::new() };
        let line = source.line(definition.start);
        if definition.file == from.file {
            format!("line {line}")
        } else {
            format!("{}:{line}", source.file.path.display())
        }
    }

    /// Forgets what was found on the lines of these places: they cannot be relied on.
    pub(super) fn forget_lines_of(&mut self, places: &[Place]) {
        let line = |place: &Place| (place.file, self.sources.get(place.file).map(|source| source.line(place.start)));
        let broken: std::collections::BTreeSet<_> = places.iter().map(line).collect();
        self.found.retain(|found| found.place.is_none_or(|place| !broken.contains(&line(&place))));
    }

    /// In the order of the files and their lines: the errors, and the warnings.
    pub(super) fn take_problems(&mut self) -> (Vec<Problem>, Vec<Problem>) {
        self.found.sort_by_key(|found| (found.place.is_none(), found.place));
        let found = std::mem::take(&mut self.found);
        let mut viewer = self.viewer();
        let mut problems: Vec<Problem> = found.iter().map(|found| self.shown(found, &mut viewer)).collect();
        problems.dedup();
        problems.into_iter().partition(|problem| problem.severity == ProblemSeverity::Error)
    }

    fn viewer(&self) -> LineViewer<'_> {
        LineViewer::new(&self.sources, &self.secrets)
    }

    fn shown(&self, found: &Found, viewer: &mut LineViewer<'_>) -> Problem {
        let main = self.sources.first().map(|source| source.file.path.clone()).unwrap_or_default();
        let mut problem = Problem::from_file(main, found.severity, &found.message, found.help.as_deref());
        let place = found.place.and_then(|place| Some((&self.sources.get(place.file)?.file.path, viewer.show(place)?)));
        if let Some((path, Whereabouts { line, column, snippet })) = place {
            problem.path.clone_from(path);
            problem.line = Some(line);
            problem.column = Some(column);
            problem.snippet = Some(snippet);
        }
        problem
    }
}
