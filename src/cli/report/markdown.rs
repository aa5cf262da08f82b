//! `check --format markdown`: a table for wikis, merge requests and job summaries.

use std::io::{self, Write};

use certnotify::event::Severity;
use certnotify::render::untrusted::clean;

use super::verdict::{left, verdict};
use super::{Report, Row, TableStyle};

/// GitHub takes one mebibyte of a job summary, and a reader takes less.
const MOST_ROWS: usize = 1_000;

pub(super) fn write(report: &Report<'_>, style: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    let mut rows = report.listed(report.worst_first());
    rows.retain(|row| !style.quiet || row.status != Severity::Ok);
    writeln!(to, "**{}**", escape(&verdict(report)))?;
    if rows.is_empty() {
        return Ok(());
    }
    let shown = &rows[..rows.len().min(MOST_ROWS)];
    if report.listing.columns.is_empty() {
        usual(report, shown, to)?;
    } else {
        columns(report, shown, to)?;
    }
    if rows.len() > MOST_ROWS {
        writeln!(to, "\n{} more are not shown: `--format json` has each.", rows.len() - MOST_ROWS)?;
    }
    Ok(())
}

fn usual(report: &Report<'_>, rows: &[&Row<'_>], to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "\n| Status | Left | Expires (UTC) | Name | Findings |\n|---|---:|---|---|---|")?;
    for row in rows {
        let (end, left) = match row.leaf() {
            Some(leaf) if leaf.has_no_end() => ("no end".to_owned(), "-".to_owned()),
            Some(leaf) => (leaf.effective_end().date().to_string(), left(Some(leaf), report.at)),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let findings: Vec<String> = row.open().map(|finding| escape(&finding.message.to_string())).collect();
        let name = escape(&row.observation.name);
        writeln!(to, "| {} | {left} | {end} | {name} | {} |", row.status, findings.join("; "))?;
    }
    Ok(())
}

/// The columns that were asked for.
fn columns(report: &Report<'_>, rows: &[&Row<'_>], to: &mut dyn Write) -> io::Result<()> {
    let columns = &report.listing.columns;
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let headings = columns.iter().map(|column| column.name().to_owned()).collect();
    writeln!(to, "\n{}\n{}", line(headings), line(vec!["---".to_owned(); columns.len()]))?;
    rows.iter().try_for_each(|row| {
        let cells = columns.iter().map(|column| escape(&column.cell(row, report))).collect();
        writeln!(to, "{}", line(cells))
    })
}

/// `CommonMark` §2.4 lets a backslash escape any ASCII punctuation. GitHub and GitLab mention and link `@`, `#` and addresses
/// of pages in plain text: these become references, and addresses lose their shape.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in clean(text).chars() {
        match character {
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '>' | '|' | '~' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped.replace("www.", "www&#46;").replace("://", "&#58;//")
}
