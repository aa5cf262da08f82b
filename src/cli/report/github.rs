//! `check --format github`: workflow commands that annotate a run, and the text of its job summary.

use std::io::{self, Write};

use certnotify::event::Severity;
use certnotify::render::untrusted::clean;

use super::verdict::verdict;
use super::{Report, Row, TableStyle, markdown};

pub(super) fn write(report: &Report<'_>, _: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    for row in report.worst_first().into_iter().filter(|row| row.status != Severity::Ok) {
        annotation(row, to)?;
    }
    writeln!(to, "{}", clean(&verdict(report)))
}

/// The report as the job summary shows it.
pub(crate) fn summary(report: &Report<'_>, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "### Certificates\n")?;
    markdown::write(report, TableStyle { quiet: true, ..TableStyle::default() }, to)
}

fn annotation(row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
    let command = match row.status {
        Severity::Warning => "warning",
        Severity::Ok | Severity::Unknown | Severity::Critical => "error",
    };
    let messages: Vec<String> = row.open().map(|finding| clean(&finding.message.to_string())).collect();
    let name = clean(&row.observation.name);
    let file = if row.observation.is_endpoint || *row.observation.source == *"-" {
        String::new()
    } else {
        format!("file={},", property(&row.observation.source))
    };
    let title = property(&format!("{}: {name}", row.status));
    writeln!(to, "::{command} {file}title={title}::{}", data(&format!("{name}: {}", messages.join("; "))))
}

/// Escapes of the toolkit's `escapeData`.
fn data(text: &str) -> String {
    clean(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes of the toolkit's `escapeProperty`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
