//! `check --format table`: worst first, verdict last. No colour is needed to read it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use certnotify::certificate::Certificate;
use certnotify::event::Severity;
use certnotify::render::untrusted::clean;
use time::macros::format_description;

use super::details;
use super::verdict::{findings, left, verdict};
use super::{Report, Row, TableStyle};
use crate::cli::columns::{self, width};

const STATUS: usize = "critical".len();
const EXPIRES: usize = "2026-11-21 00:59".len();
/// Advice for more failures than this is not read.
const MOST_ADVICE: usize = 5;

pub(super) fn write(report: &Report<'_>, style: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    let mut shown = report.listed(report.worst_first());
    shown.retain(|row| !style.quiet || row.status != Severity::Ok);
    if shown.is_empty() {
        return if style.quiet { Ok(()) } else { writeln!(to, "{}", verdict(report)) };
    }
    if report.listing.columns.is_empty() {
        Columns::new(report, &shown, style).write(&shown, to)?;
    } else {
        write_columns(report, &shown, style, to)?;
    }
    writeln!(to)?;
    advice(&shown, to)?;
    if !style.quiet || report.status() != Severity::Ok {
        for line in columns::broken(&verdict(report), style.columns.unwrap_or(usize::MAX)) {
            writeln!(to, "{line}")?;
        }
    }
    Ok(())
}

/// The columns that were asked for.
fn write_columns(report: &Report<'_>, rows: &[&Row<'_>], style: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    let columns = &report.listing.columns;
    let headings: Vec<&str> = columns.iter().map(|column| column.heading()).collect();
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|column| column.cell(row, report)).collect()).collect();
    let cells: Vec<&[String]> = cells.iter().map(Vec::as_slice).collect();
    write!(to, "{}", columns::within(style.columns, &headings, &cells))
}

/// Columns that findings have at the least.
const FINDINGS: usize = 24;
/// A name has a column of its own where that can be so wide.
const NAME: usize = 12;

/// The measures of the columns.
struct Columns<'a> {
    report: &'a Report<'a>,
    style: TableStyle,
    left: usize,
    expires: usize,
    /// None where the terminal is too narrow: names and findings stand below the dates.
    name: Option<usize>,
    heading: String,
}

impl<'a> Columns<'a> {
    fn new(report: &'a Report<'a>, rows: &[&Row<'_>], style: TableStyle) -> Self {
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
        let expires = EXPIRES.max(heading.len());
        let name = widest(&|row| width(&clean(&row.observation.name)), "NAME".len());
        // On a terminal long names are let out of their column, so that the findings have room.
        let room = |columns: usize| columns.saturating_sub(before_name(left, expires) + 2 + FINDINGS);
        let name = match style.columns {
            None => Some(name),
            Some(columns) if room(columns) < name.min(NAME) => None,
            Some(columns) => Some(name.min((columns / 3).max(20)).min(room(columns))),
        };
        Self { report, style, left, expires, name, heading }
    }

    fn write(&self, rows: &[&Row<'_>], to: &mut dyn Write) -> io::Result<()> {
        let (left, expires) = (self.left, self.expires);
        write!(to, "{:STATUS$}  {:left$}  ", "STATUS", "LEFT")?;
        match self.name {
            Some(name) => writeln!(to, "{:expires$}  {:name$}  FINDINGS", self.heading, "NAME")?,
            None => writeln!(to, "{}\n  NAME\n    FINDINGS", self.heading)?,
        }
        rows.iter().try_for_each(|row| {
            self.write_row(row, to)?;
            if self.style.verbose { details::write(row, &self.report.zone, to) } else { Ok(()) }
        })
    }

    fn write_row(&self, row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
        let (name, findings) = (clean(&row.observation.name), findings(row));
        let columns = self.style.columns.unwrap_or(usize::MAX);
        let style = if self.style.color { style(row.status) } else { Style::new() };
        write!(to, "{style}{}{style:#}", row.status)?;
        write!(to, "{:1$}", "", STATUS + 2 - row.status.as_str().len())?;
        write!(to, "{:>1$}  ", left(row.leaf(), self.report.at), self.left)?;
        let before = before_name(self.left, self.expires);
        // The name, and where the findings begin; none where they begin behind it.
        let margin = match self.name {
            Some(room) if before.saturating_add(width(&name)) <= columns => {
                write!(to, "{:1$}  {name}", self.expires(row.leaf()), self.expires)?;
                let padding = room.saturating_sub(width(&name)) + 2;
                if findings.is_empty() || width(&name) <= room {
                    let all = columns::broken(&findings, columns.saturating_sub(before + room + 2));
                    return write_lines(&all, &" ".repeat(padding), before + room + 2, to);
                }
                before + room + 2
            }
            Some(room) => {
                write!(to, "{}\n  {name}", self.expires(row.leaf()))?;
                before + room + 2
            }
            None => {
                write!(to, "{}\n  {name}", self.expires(row.leaf()))?;
                4
            }
        };
        writeln!(to)?;
        if findings.is_empty() {
            return Ok(());
        }
        write_lines(&columns::broken(&findings, columns.saturating_sub(margin)), &" ".repeat(margin), margin, to)
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

/// Where names begin.
const fn before_name(left: usize, expires: usize) -> usize {
    STATUS + 2 + left + 2 + expires + 2
}

/// The first line after what stands before it, the others below it.
fn write_lines(lines: &[String], first: &str, margin: usize, to: &mut dyn Write) -> io::Result<()> {
    for (number, line) in lines.iter().enumerate() {
        let indent = if number == 0 { first } else { &" ".repeat(margin) };
        writeln!(to, "{}", format!("{indent}{line}").trim_end())?;
    }
    Ok(())
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
