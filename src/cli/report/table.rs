//! `check --format table`: worst first, verdict last. No colour is needed to read it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use certnotify::certificate::Certificate;
use certnotify::event::Severity;
use certnotify::render::untrusted::clean;
use time::macros::format_description;
use unicode_width::UnicodeWidthStr as _;

use super::details;
use super::listing::Column;
use super::verdict::{findings, left, verdict};
use super::{Format, Look, Report, Row, Shape};

const STATUS: usize = "critical".len();
const EXPIRES: usize = "2026-11-21 00:59".len();
/// Advice for more failures than this helps nobody.
const MOST_ADVICE: usize = 5;

#[derive(Debug)]
pub(super) struct Table;

impl Format for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn purpose(&self) -> &'static str {
        "for a terminal: worst first, verdict last"
    }

    fn shape(&self) -> Shape {
        Shape::RowsAndColumns
    }

    fn write(&self, report: &Report<'_>, look: Look, to: &mut dyn Write) -> io::Result<()> {
        write(report, look, to)
    }
}

fn write(report: &Report<'_>, look: Look, to: &mut dyn Write) -> io::Result<()> {
    let mut shown = report.listed(report.worst_first());
    shown.retain(|row| !look.quiet || row.status != Severity::Ok);
    if shown.is_empty() {
        return if look.quiet { Ok(()) } else { writeln!(to, "{}", verdict(report)) };
    }
    if report.listing.columns.is_empty() {
        Columns::new(report, &shown, look).write(&shown, to)?;
    } else {
        write_columns(report, &shown, look, to)?;
    }
    writeln!(to)?;
    advice(&shown, to)?;
    if !look.quiet || report.status() != Severity::Ok {
        writeln!(to, "{}", verdict(report))?;
    }
    Ok(())
}

/// The columns that were asked for; on a terminal the last one is broken between words.
fn write_columns(report: &Report<'_>, rows: &[&Row<'_>], look: Look, to: &mut dyn Write) -> io::Result<()> {
    let columns = &report.listing.columns;
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|column| column.cell(row, report)).collect()).collect();
    let widest = |number: usize, column: &Column| {
        cells.iter().map(|row| width(&row[number])).chain([column.heading().len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = columns.iter().enumerate().map(|(number, column)| widest(number, column)).collect();
    let last = columns.len() - 1;
    let margin: usize = widths[..last].iter().map(|width| width + 2).sum();
    let headings: Vec<String> = columns.iter().map(|column| column.heading().to_owned()).collect();
    for row in std::iter::once(&headings).chain(&cells) {
        let mut before = String::new();
        for (cell, room) in row[..last].iter().zip(&widths) {
            before.push_str(cell);
            before.extend(std::iter::repeat_n(' ', room.saturating_sub(width(cell)) + 2));
        }
        let room = look.columns.map_or(usize::MAX, |columns| columns.saturating_sub(margin).max(24));
        for (number, line) in wrap(&row[last], room).into_iter().enumerate() {
            let indent = " ".repeat(margin);
            let before = if number == 0 { &before } else { &indent };
            writeln!(to, "{}", format!("{before}{line}").trim_end())?;
        }
    }
    Ok(())
}

/// The measures of the columns.
struct Columns<'a> {
    report: &'a Report<'a>,
    look: Look,
    left: usize,
    expires: usize,
    name: usize,
    heading: String,
}

impl<'a> Columns<'a> {
    fn new(report: &'a Report<'a>, rows: &[&Row<'_>], look: Look) -> Self {
        let zones: BTreeSet<String> = rows
            .iter()
            .filter_map(|row| row.leaf())
            .map(|leaf| report.zone.abbreviation(leaf.effective_end()))
            .collect();
        // Summer and winter in one table have no letters in common.
        let zone = match zones.len() {
            0 | 1 => zones.into_iter().next().unwrap_or_else(|| report.zone.abbreviation(report.at)),
            _ => report.zone.name().to_owned(),
        };
        let heading = format!("EXPIRES ({zone})");
        let widest = |measure: &dyn Fn(&Row<'_>) -> usize, least: usize| {
            rows.iter().map(|row| measure(row)).max().unwrap_or_default().max(least)
        };
        let left = widest(&|row| left(row.leaf(), report.at).len(), "LEFT".len());
        let name = widest(&|row| width(&clean(&row.observation.name)), "NAME".len());
        // On a terminal long names are let out of their column, so that the findings have room.
        let name = look.columns.map_or(name, |columns| name.min((columns / 3).max(20)));
        Self { report, look, left, expires: EXPIRES.max(heading.len()), name, heading }
    }

    /// Where the findings begin.
    fn margin(&self) -> usize {
        STATUS + 2 + self.left + 2 + self.expires + 2 + self.name + 2
    }

    fn write(&self, rows: &[&Row<'_>], to: &mut dyn Write) -> io::Result<()> {
        let (left, expires, name) = (self.left, self.expires, self.name);
        writeln!(to, "{:STATUS$}  {:left$}  {:expires$}  {:name$}  FINDINGS", "STATUS", "LEFT", self.heading, "NAME")?;
        rows.iter().try_for_each(|row| {
            self.write_row(row, to)?;
            if self.look.verbose { details::write(row, &self.report.zone, to) } else { Ok(()) }
        })
    }

    fn write_row(&self, row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
        let name = clean(&row.observation.name);
        let padding = self.name.saturating_sub(width(&name));
        let findings = findings(row);
        let style = if self.look.color { style(row.status) } else { Style::new() };
        write!(to, "{style}{}{style:#}", row.status)?;
        write!(to, "{:1$}", "", STATUS + 2 - row.status.as_str().len())?;
        write!(to, "{:>1$}  ", left(row.leaf(), self.report.at), self.left)?;
        write!(to, "{:1$}  ", self.expires(row.leaf()), self.expires)?;
        if findings.is_empty() {
            return writeln!(to, "{name}");
        }
        write!(to, "{name}")?;
        let lines = match self.look.columns {
            None => vec![findings.as_str()],
            Some(columns) => wrap(&findings, columns.saturating_sub(self.margin()).max(24)),
        };
        for (index, line) in lines.into_iter().enumerate() {
            if index == 0 && width(&name) <= self.name {
                writeln!(to, "{:padding$}  {line}", "")?;
            } else if index == 0 {
                writeln!(to, "\n{:1$}{line}", "", self.margin())?;
            } else {
                writeln!(to, "{:1$}{line}", "", self.margin())?;
            }
        }
        Ok(())
    }

    fn expires(&self, leaf: Option<&Certificate>) -> String {
        let Some(leaf) = leaf else { return "-".to_owned() };
        if leaf.has_no_end() {
            return "no end".to_owned();
        }
        let form = format_description!("[year]-[month]-[day] [hour]:[minute]");
        self.report.zone.local(leaf.effective_end()).format(&form).unwrap_or_else(|_| leaf.effective_end().to_string())
    }
}

fn style(status: Severity) -> Style {
    match status {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::Unknown => AnsiColor::Magenta.on_default(),
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Ok => AnsiColor::Green.on_default(),
    }
}

/// What to do about failures, once for each that is known.
fn advice(rows: &[&Row<'_>], to: &mut dyn Write) -> io::Result<()> {
    let with_help = rows.iter().filter_map(|row| {
        let help = row.observation.outcome.as_ref().err()?.help.as_ref()?;
        Some((clean(&row.observation.name), clean(help)))
    });
    let all: Vec<_> = with_help.collect();
    for (name, help) in all.iter().take(MOST_ADVICE) {
        writeln!(to, "help: {name}: {help}")?;
    }
    if all.len() > MOST_ADVICE {
        writeln!(to, "help: {} more like these: --format json has each", all.len() - MOST_ADVICE)?;
    }
    if all.is_empty() { Ok(()) } else { writeln!(to) }
}

/// Columns that a text takes on a terminal.
fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// Lines of at most `columns`, broken at spaces; a word that is longer stands on a line of its own.
fn wrap(text: &str, columns: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut start, mut end) = (0, 0);
    for (position, word) in text.split(' ').scan(0, |next, word| {
        let position = *next;
        *next += word.len() + 1;
        Some((position, word))
    }) {
        let word_end = position + word.len();
        if position > start && width(&text[start..word_end]) > columns {
            lines.push(&text[start..end]);
            start = position;
        }
        end = word_end;
    }
    lines.push(&text[start..end]);
    lines
}
