//! `check --format html`: one page that needs nothing beside itself. It is read without scripts; with them it sorts and filters.

mod row;
mod timeline;

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use certnotify::event::Severity;
use certnotify::render::untrusted::{clean, html};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::verdict::verdict;
use super::{Report, Row, TableStyle};
use crate::cli::output::rfc3339;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Worst first, as everywhere.
const STATUSES: [Severity; 4] = [Severity::Critical, Severity::Unknown, Severity::Warning, Severity::Ok];

pub(super) fn write(report: &Report<'_>, style: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    let mut rows = report.listed(report.worst_first());
    rows.retain(|row| !style.quiet || row.status != Severity::Ok);
    head(report, to)?;
    timeline::write(report, to)?;
    controls(report, to)?;
    table(report, &rows, to)?;
    let (version, at) = (env!("CARGO_PKG_VERSION"), instant(report, report.at));
    writeln!(to, "<footer>Made by certnotify {version} on {at}.</footer>\n</main>\n<script>{SCRIPT}</script>")?;
    writeln!(to, "</body>\n</html>")
}

fn head(report: &Report<'_>, to: &mut dyn Write) -> io::Result<()> {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let status = report.status();
    writeln!(
        to,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Certificates: {status}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>"
    )?;
    writeln!(
        to,
        "<header>\n<h1>Certificates</h1>\n<p class=\"verdict {status}\">{}</p>\n<p>Looked at on {}.</p>\n</header>",
        text(&verdict(report)),
        instant(report, report.at)
    )
}

/// Shown by the script that they work by.
fn controls(report: &Report<'_>, to: &mut dyn Write) -> io::Result<()> {
    writeln!(
        to,
        "<section class=\"controls\" id=\"controls\" aria-label=\"Filter\" hidden>\n\
         <label for=\"search\">Search</label> <input id=\"search\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\">\n\
         <fieldset><legend>Status</legend>"
    )?;
    for status in STATUSES {
        let count = report.count(status);
        writeln!(
            to,
            "<label class=\"{status}\"><input type=\"checkbox\" name=\"status\" value=\"{status}\" checked> {status} ({count})</label>"
        )?;
    }
    writeln!(to, "</fieldset>\n<p id=\"shown\" role=\"status\"></p>\n</section>")
}

fn table(report: &Report<'_>, rows: &[&Row<'_>], to: &mut dyn Write) -> io::Result<()> {
    let last = if report.stories.is_some() { "<th scope=\"col\">Told and next</th>" } else { "" };
    writeln!(
        to,
        "<table id=\"certificates\">\n<caption>Every certificate, worst first</caption>\n<thead><tr>\
         <th scope=\"col\" data-sort=\"status\" aria-sort=\"descending\">Status</th><th scope=\"col\" data-sort=\"end\">Expires</th>\
         <th scope=\"col\" data-sort=\"name\">Certificate</th>{last}</tr></thead>\n<tbody>"
    )?;
    rows.iter().try_for_each(|row| row::write(report, row, to))?;
    writeln!(to, "</tbody>\n</table>")
}

/// A text from outside, harmless and escaped.
fn text(untrusted: &str) -> String {
    html(&clean(untrusted))
}

/// A moment in the zone of the report, with the exact one beside it for programs.
fn instant(report: &Report<'_>, at: OffsetDateTime) -> String {
    format!("<time datetime=\"{}\">{}</time>", rfc3339(at.truncate_to_second()), report.zone.minute(at))
}
