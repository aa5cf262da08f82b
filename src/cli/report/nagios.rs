//! `check --format nagios`: one status line with performance data, then a line for each certificate that needs a person.
//! The form is that of the Monitoring Plugins Development Guidelines.

use std::io::{self, Write};

use certnotify::event::Severity;
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use super::verdict::{reason, verdict};
use super::{Report, Row, TableStyle};

pub(super) fn write(report: &Report<'_>, style: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    let label = report.status().as_str().to_uppercase();
    let sentence = verdict(report);
    let sentence = sentence.split_once(": ").map_or(sentence.as_str(), |(_, rest)| rest);
    write!(to, "{label} - {} |", text(sentence))?;
    for status in [Severity::Ok, Severity::Warning, Severity::Critical, Severity::Unknown] {
        write!(to, " {status}={}", report.count(status))?;
    }
    for row in &report.rows {
        performance(row, report.at, to)?;
    }
    writeln!(to)?;
    if style.quiet {
        return Ok(());
    }
    for row in report.worst_first().into_iter().filter(|row| row.status != Severity::Ok) {
        let label = row.status.as_str().to_uppercase();
        writeln!(to, "{label}: {}: {}", text(&row.observation.name), text(&details(row, report.at)))?;
    }
    Ok(())
}

/// `'www'=1934993s;2592000:;604800:;;`: the seconds left, and the ranges that they leave when they are found. Readers of
/// performance data know this form of a range; few know the one for what lies inside (`@`).
fn performance(row: &Row<'_>, now: OffsetDateTime, to: &mut dyn Write) -> io::Result<()> {
    let Some((leaf, limits)) = row.leaf().zip(row.limits.as_ref()) else { return Ok(()) };
    let left = (leaf.effective_end() - now).whole_seconds();
    let warning = limits.warning.map(|warning| format!("{}:", warning.whole_seconds())).unwrap_or_default();
    write!(to, " '{}'={left}s;{warning};{}:;;", name(row), limits.critical.whole_seconds())
}

/// A label holds no equals sign and no quote (guidelines, section 2.6).
fn name(row: &Row<'_>) -> String {
    text(&row.observation.name).replace(['\'', '='], "_")
}

/// The bar divides text from performance data.
fn text(text: &str) -> String {
    clean(text).replace('|', "/")
}

fn details(row: &Row<'_>, now: OffsetDateTime) -> String {
    let open: Vec<String> = row.open().map(|finding| finding.message.to_string()).collect();
    if open.is_empty() { reason(row, now) } else { open.join("; ") }
}
