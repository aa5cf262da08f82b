//! `check --format junit`: one test case a certificate. What is not `ok` is a failure; what could not be inspected is an
//! error.

use std::io::{self, Write};

use certnotify::event::Severity;
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use super::verdict::{reason, verdict};
use super::{Report, Row, TableStyle};
use crate::cli::output::rfc3339;

pub(super) fn write(report: &Report<'_>, _: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    let failures = report.count(Severity::Critical) + report.count(Severity::Warning);
    let (tests, errors) = (report.rows.len(), report.count(Severity::Unknown));
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    // The schema of the report has no zone in its times.
    let at = rfc3339(report.at.truncate_to_second());
    let at = at.trim_end_matches('Z');
    // What the schemas of Ant and of Jenkins both take.
    writeln!(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>")?;
    writeln!(
        to,
        "  <testsuite name=\"certificates\" package=\"certnotify\" id=\"0\" {counts} time=\"0\" timestamp=\"{at}\" hostname=\"localhost\">"
    )?;
    writeln!(
        to,
        "    <properties>\n      <property name=\"status\" value=\"{}\"/>\n      <property name=\"verdict\" value=\"{}\"/>\n    </properties>",
        report.status(),
        escape(&verdict(report))
    )?;
    report.rows.iter().try_for_each(|row| case(row, report.at, to))?;
    writeln!(to, "    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>")
}

fn case(row: &Row<'_>, now: OffsetDateTime, to: &mut dyn Write) -> io::Result<()> {
    let name = escape(&row.observation.name);
    write!(to, "    <testcase classname=\"certnotify\" name=\"{name}\" time=\"0\"")?;
    let element = match row.status {
        Severity::Ok => return writeln!(to, "/>"),
        Severity::Warning | Severity::Critical => "failure",
        Severity::Unknown => "error",
    };
    let worst = row.open().find(|finding| finding.severity == row.status);
    let kind = worst.map_or("unknown", |finding| finding.id.as_str());
    let message = worst.map_or_else(|| reason(row, now), |finding| finding.message.to_string());
    let lines: Vec<String> = row
        .open()
        .map(|finding| format!("{}: {}: {}", finding.severity, finding.id, escape(&finding.message.to_string())))
        .chain([format!("source: {}", escape(&row.observation.source))])
        .collect();
    writeln!(
        to,
        ">\n      <{element} type=\"{kind}\" message=\"{}: {}\">{}</{element}>\n    </testcase>",
        row.status,
        escape(&message),
        lines.join("\n")
    )
}

/// XML 1.0 §2.4; the text is clean of what §2.2 forbids.
fn escape(text: &str) -> String {
    let text: String = clean(text).chars().filter(|character| !matches!(character, '\u{FFFE}' | '\u{FFFF}')).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}
