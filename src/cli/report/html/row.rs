//! One certificate of the page: status, end, name with all that is known of it, and what was and will be told.

use std::io::{self, Write};

use certnotify::certificate::Certificate;
use certnotify::event::{Finding, FindingId};

use super::{instant, text};
use crate::cli::output::and;
use crate::cli::report::stories::Story;
use crate::cli::report::verdict::{left, words};
use crate::cli::report::{Report, Row, details};

/// Names beyond these are counted.
const MOST_NAMES: usize = 50;

pub(super) fn write(report: &Report<'_>, row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
    let status = row.status;
    let leaf = row.leaf();
    let end = leaf.filter(|leaf| !leaf.has_no_end()).map(Certificate::effective_end);
    let sorted_by = end.map_or(i64::MAX, time::OffsetDateTime::unix_timestamp);
    write!(to, "<tr class=\"{status}\" data-end=\"{sorted_by}\"><td><span class=\"badge\">{status}</span></td><td>")?;
    match (leaf, end) {
        (_, Some(end)) => {
            write!(to, "<strong>{}</strong><br><span>{}</span>", left(leaf, report.at), instant(report, end))?;
        }
        (Some(_), None) => write!(to, "no end")?,
        (None, None) => write!(to, "not known")?,
    }
    write!(to, "</td><th scope=\"row\">{}", text(&row.observation.name))?;
    if row.observation.source != row.observation.name {
        write!(to, "<br><span class=\"source\">{}</span>", text(&row.observation.source))?;
    }
    findings(row, to)?;
    if leaf.is_some() {
        facts(report, row, to)?;
    }
    write!(to, "</th>")?;
    if let Some(stories) = &report.stories {
        write!(to, "<td>")?;
        if let Some(story) = leaf.and_then(|leaf| stories.get(&leaf.fingerprint)) {
            told_and_next(report, story, to)?;
        }
        write!(to, "</td>")?;
    }
    writeln!(to, "</tr>")
}

fn findings(row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
    if let Some(by) = &row.renewed_by {
        return write!(to, "<p>renewed by {}</p>", text(by));
    }
    if !row.findings.is_empty() {
        let item = |finding: &Finding| {
            let accepted = if finding.accepted { " (accepted)" } else { "" };
            let message = text(&finding.message.to_string());
            match finding.id {
                // The message begins with the same word.
                FindingId::Expired | FindingId::ExpiresSoon => format!("<li><b>{message}</b>{accepted}</li>"),
                id => format!("<li><b>{}</b>: {message}{accepted}</li>", words(id)),
            }
        };
        write!(to, "<ul>{}</ul>", row.findings.iter().map(item).collect::<String>())?;
    }
    match row.observation.outcome.as_ref().err().and_then(|failure| failure.help.as_ref()) {
        Some(help) => write!(to, "<p>{}</p>", text(help)),
        None => Ok(()),
    }
}

fn facts(report: &Report<'_>, row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
    write!(to, "<details><summary>Details</summary><dl>")?;
    for (title, value) in details::facts(row, &report.zone, MOST_NAMES) {
        if !title.is_empty() {
            write!(to, "<dt>{title}</dt>")?;
        }
        write!(to, "<dd>{}</dd>", text(&value))?;
    }
    write!(to, "</dl></details>")
}

fn told_and_next(report: &Report<'_>, story: &Story, to: &mut dyn Write) -> io::Result<()> {
    let told = story.told.iter().map(|told| {
        let times = if told.times > 1 { format!(", {} times", told.times) } else { String::new() };
        format!("<li>{} {} to {}{times}</li>", instant(report, told.at), told.kind, text(&told.to))
    });
    let told: String = told.collect();
    if !told.is_empty() {
        let more = if story.told_more > 0 { format!("<p>and {} more</p>", story.told_more) } else { String::new() };
        write!(to, "<h3>Told</h3><ul>{told}</ul>{more}")?;
    }
    let next = story.next.iter().map(|next| {
        let to = and(&next.to.iter().map(String::as_str).collect::<Vec<_>>());
        format!("<li>{} to {}, {}</li>", instant(report, next.at), text(&to), text(&next.why))
    });
    let next: String = next.collect();
    if next.is_empty() { Ok(()) } else { write!(to, "<h3>Next</h3><ul>{next}</ul>") }
}
