//! What is no TOML: told line by line, in the words of the policy file.

use std::collections::BTreeSet;

use super::mask::masked;
use super::problem::Problems;
use super::source::Source;
use super::tree::{self, SyntaxError, Table};

/// How much of the files is TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Soundness {
    Whole,
    /// Some values are not; every table is known.
    BrokenValues,
    /// Which tables there are cannot be known.
    BrokenTables,
}

/// The tree of a source, as far as it can be read.
pub(super) fn read(source: usize, problems: &Problems) -> (Table, Vec<SyntaxError>) {
    problems.sources.get(source).map(|text| tree::read(source, &text.file.text)).unwrap_or_default()
}

/// Whether every error is shut in behind the `=` of its line.
pub(super) fn soundness(errors: &[SyntaxError], problems: &Problems) -> Soundness {
    let is_shut_in = |error: &SyntaxError| {
        problems.sources.get(error.place.file).is_some_and(|source| {
            let (start, text) = source.line_text(source.line(error.place.start));
            let before = text.get(..error.place.start.saturating_sub(start)).unwrap_or_default();
            !text.trim_start().starts_with('[')
                && before.contains('=')
                && !text.contains("\"\"\"")
                && !text.contains("'''")
        })
    };
    if errors.iter().all(is_shut_in) { Soundness::BrokenValues } else { Soundness::BrokenTables }
}

/// Tells the first error of each line, and forgets everything else that was found there.
pub(super) fn tell(errors: Vec<SyntaxError>, problems: &mut Problems) {
    let places: Vec<_> = errors.iter().map(|error| error.place).collect();
    problems.forget_lines_of(&places);
    let mut lines_told = BTreeSet::new();
    let mut heads_told = BTreeSet::new();
    for error in errors {
        let Some(source) = problems.sources.get(error.place.file) else { continue };
        let line = source.line(error.place.start);
        let head = head_above(source, line);
        let is_duplicate = error.message == "duplicate key";
        if is_duplicate && head == Some(line) {
            heads_told.insert(line);
        }
        // The keys under a second head of the same name clash as well: that is one mistake.
        let follows = is_duplicate && head.is_some_and(|head| head != line && heads_told.contains(&head));
        if follows || !lines_told.insert(line) {
            continue;
        }
        let (message, help) = in_words(&error, source, line);
        problems.error(error.place, message, help);
    }
}

fn in_words(error: &SyntaxError, source: &Source, line: usize) -> (String, String) {
    if error.message == "duplicate key" {
        let name = source.file.text.get(error.place.start..error.place.end).unwrap_or_default();
        let help = match first_like(source, line) {
            Some(first) => format!("it is defined first in line {first}"),
            None => "it is defined before".to_owned(),
        };
        return (format!("`{name}` is defined twice"), help);
    }
    let (_, text) = source.line_text(line);
    if let Some(right) = with_straight_quotes(text) {
        return ("typographic quotation marks are none in TOML".to_owned(), format!("write {}", masked(&right)));
    }
    let is_unquoted =
        ["string values must be quoted", "invalid datetime", "invalid date", "invalid time", "invalid boolean"]
            .iter()
            .any(|start| error.message.starts_with(start));
    let help = if is_unquoted {
        "text stands in double quotes: key = \"…\""
    } else {
        "the form of the file is TOML 1.0: https://toml.io/en/v1.0.0"
    };
    (format!("not TOML: {}", error.message), help.to_owned())
}

/// A line with its typographic quotation marks made straight; nothing where it has none outside of a string.
fn with_straight_quotes(line: &str) -> Option<String> {
    const TYPOGRAPHIC: [char; 10] = ['“', '”', '„', '‟', '«', '»', '‘', '’', '＂', '‚'];
    let value = line.split_once('=').map_or(line, |(_, value)| value).trim_start();
    let starts = value.trim_start_matches(['[', ' ', '{']).starts_with(TYPOGRAPHIC)
        || line.trim_start().starts_with(TYPOGRAPHIC);
    starts.then(|| line.trim().replace(TYPOGRAPHIC, "\""))
}

/// The line with the `[head]` that the line stands under, itself included.
fn head_above(source: &Source, line: usize) -> Option<usize> {
    (1..=line).rev().find(|line| source.line_text(*line).1.trim_start().starts_with('['))
}

/// The first line with the same head, or under the same head with the same key.
fn first_like(source: &Source, line: usize) -> Option<usize> {
    let start = |line: usize| {
        let text = source.line_text(line).1.trim();
        if text.starts_with('[') {
            text.trim_matches(['[', ']']).trim().to_owned()
        } else {
            text.split('=').next().unwrap_or_default().trim().to_owned()
        }
    };
    let wanted = start(line);
    let from = match head_above(source, line) {
        Some(head) if head != line => head,
        _ => 1,
    };
    (from..line).find(|earlier| start(*earlier) == wanted)
}
