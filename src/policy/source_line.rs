//! Lines of the policy file as problems show them, without what is secret.

use std::collections::HashMap;
use std::ops::Range;

use super::mask::{hidden, without};
use super::printable::clean;
use super::source::{Place, Source};
use crate::text::boundary_at_most;

/// One source line as it is shown, in three parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    pub before: String,
    pub marked: String,
    pub after: String,
}

/// Where something stands, for people.
pub(super) struct Whereabouts {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub snippet: Snippet,
}

/// Shows one place after another. Thousands may stand on one long line, in their order: it is gone through once.
pub(super) struct LineViewer<'a> {
    sources: &'a [Source],
    /// By file and line.
    secrets: HashMap<(usize, usize), Vec<Place>>,
    last: Option<SourceLine<'a>>,
}

impl<'a> LineViewer<'a> {
    pub(super) fn new(sources: &'a [Source], secrets: &[Place]) -> Self {
        let mut by_line: HashMap<(usize, usize), Vec<Place>> = HashMap::new();
        for place in secrets {
            let Some(source) = sources.get(place.file) else { continue };
            for line in source.line(place.start)..=source.line(place.end) {
                by_line.entry((place.file, line)).or_default().push(*place);
            }
        }
        Self { sources, secrets: by_line, last: None }
    }

    pub(super) fn show(&mut self, place: Place) -> Option<Whereabouts> {
        let source = self.sources.get(place.file)?;
        let number = source.line(place.start);
        let id = (place.file, number);
        let line = match &mut self.last {
            Some(line) if line.id == id => line,
            last => {
                let secrets = self.secrets.get(&id).map(Vec::as_slice).unwrap_or_default();
                last.insert(SourceLine::new(id, source.line_text(number), secrets))
            }
        };
        let start = boundary_at_most(line.text, place.start.saturating_sub(line.start));
        let end = boundary_at_most(line.text, place.end.saturating_sub(line.start)).max(start);
        Some(Whereabouts { line: number, column: line.column(start), snippet: line.snippet(start..end) })
    }
}

struct SourceLine<'a> {
    /// Its file and its number.
    id: (usize, usize),
    /// In bytes of the file.
    start: usize,
    text: &'a str,
    hidden: Vec<Range<usize>>,
    /// A position in bytes, and its column.
    counted: (usize, usize),
}

impl<'a> SourceLine<'a> {
    /// So many bytes beside the marked part are more than is shown of them.
    const NEAR: usize = 1000;

    fn new(id: (usize, usize), (start, text): (usize, &'a str), secrets: &[Place]) -> Self {
        Self { id, start, text, hidden: hidden(text, start, secrets), counted: (0, 1) }
    }

    fn column(&mut self, at: usize) -> usize {
        let (from, column) = if at < self.counted.0 { (0, 1) } else { self.counted };
        let column = column + self.text[from..at].chars().count();
        self.counted = (at, column);
        column
    }

    fn snippet(&self, marked: Range<usize>) -> Snippet {
        let first = self.around(boundary_at_most(self.text, marked.start.saturating_sub(Self::NEAR))).start;
        let last = self.around(boundary_at_most(self.text, marked.end + Self::NEAR)).end;
        let [before, marked, after] = [first..marked.start, marked.clone(), marked.end..last]
            .map(|part| clean(&without(self.text, part, &self.hidden)).into_owned());
        let before = shortened_before(before, first > 0);
        Snippet { before, marked: shortened(marked, false), after: shortened(after, last < self.text.len()) }
    }

    /// What is hidden around a position; the position alone where that is nothing.
    fn around(&self, at: usize) -> Range<usize> {
        let next = self.hidden.partition_point(|range| range.end <= at);
        self.hidden.get(next).filter(|range| range.start < at).cloned().unwrap_or(at..at)
    }
}

/// Of a long line only so much beside the marked part is shown.
const COLUMNS: usize = 60;

fn shortened(text: String, is_cut: bool) -> String {
    match text.char_indices().nth(COLUMNS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if is_cut => text + "…",
        None => text,
    }
}

fn shortened_before(text: String, is_cut: bool) -> String {
    match text.char_indices().nth_back(COLUMNS) {
        Some((end, character)) => format!("…{}", &text[end + character.len_utf8()..]),
        None if is_cut => format!("…{text}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::SourceFile;
    use super::*;

    fn shown(text: &str, marked: &str, secrets: &[&str]) -> (usize, String) {
        let place = |part: &str| {
            let start = text.find(part).unwrap();
            Place { file: 0, start, end: start + part.len() }
        };
        let sources = [Source::new(SourceFile::new("/p.toml", text))];
        let secrets: Vec<Place> = secrets.iter().map(|secret| place(secret)).collect();
        let Whereabouts { column, snippet: Snippet { before, marked, after }, .. } =
            LineViewer::new(&sources, &secrets).show(place(marked)).unwrap();
        (column, format!("{before}|{marked}|{after}"))
    }

    #[test]
    fn of_a_long_line_what_is_near_is_shown_and_no_part_of_a_secret() {
        let long = "é".repeat(5000);
        assert_eq!(shown(&format!("a{long}b"), "b", &[]), (5002, format!("…{}|b|", "é".repeat(60))));
        let cut = format!("\"{long}\", wrong, \"{long}\"");
        assert_eq!(
            shown(&cut, "wrong", &[&format!("\"{long}\"")]),
            (5005, format!("<secret>, |wrong|, \"{}…", "é".repeat(57)))
        );
        let many = "\"x\", ".repeat(3000);
        assert_eq!(shown(&format!("k = [{many}wrong]"), "wrong", &[&many]).1, "…<secret>|wrong|]");
    }

    #[test]
    fn places_of_one_line_are_shown_in_any_order() {
        let text = "k = [é, b]\nl = é\n";
        let sources = [Source::new(SourceFile::new("/p.toml", text))];
        let mut viewer = LineViewer::new(&sources, &[]);
        let mut column = |part: &str, nth: usize| {
            let start = text.match_indices(part).nth(nth).unwrap().0;
            let shown = viewer.show(Place { file: 0, start, end: start + part.len() }).unwrap();
            (shown.line, shown.column, shown.snippet.marked)
        };
        assert_eq!(column("b", 0), (1, 9, "b".to_owned()));
        assert_eq!(column("é", 0), (1, 6, "é".to_owned()));
        assert_eq!(column("é", 1), (2, 5, "é".to_owned()));
        assert_eq!(column("b", 0), (1, 9, "b".to_owned()));
    }
}
