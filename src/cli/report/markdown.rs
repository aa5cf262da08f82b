//! `check --format markdown`: a table for wikis, merge requests and job summaries.

use std::io::{self, Write};

use certnotify::event::Severity;
use certnotify::render::untrusted::clean;

use super::verdict::{left, verdict};
use super::{Format, Look, Report, Row};

/// GitHub takes one mebibyte of a job summary, and a reader takes less.
const MOST_ROWS: usize = 1_000;

#[derive(Debug)]
pub(super) struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn purpose(&self) -> &'static str {
        "a table for wikis and merge requests"
    }

    fn write(&self, report: &Report<'_>, look: Look, to: &mut dyn Write) -> io::Result<()> {
        let sorted = report.worst_first();
        let rows: Vec<&Row<'_>> = sorted.into_iter().filter(|row| !look.quiet || row.status != Severity::Ok).collect();
        writeln!(to, "**{}**", escape(&verdict(report)))?;
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(to, "\n| Status | Left | Expires (UTC) | Name | Findings |\n|---|---:|---|---|---|")?;
        for row in rows.iter().take(MOST_ROWS) {
            let (end, left) = match row.leaf() {
                Some(leaf) => (leaf.effective_end().date().to_string(), left(Some(leaf), report.at)),
                None => ("-".to_owned(), "-".to_owned()),
            };
            let findings: Vec<String> = row
                .findings
                .iter()
                .filter(|finding| !finding.accepted)
                .map(|finding| escape(&finding.message))
                .collect();
            let name = escape(&row.observation.name);
            writeln!(to, "| {} | {left} | {end} | {name} | {} |", row.status, findings.join("; "))?;
        }
        if rows.len() > MOST_ROWS {
            writeln!(to, "\n{} more are not shown: `--format json` has each.", rows.len() - MOST_ROWS)?;
        }
        Ok(())
    }
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
