//! `check --format csv`: one record a certificate (RFC 4180), for spreadsheets.

use std::io::{self, Write};

use certnotify::render::spreadsheet;
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use super::{Report, Row, TableStyle};
use crate::cli::output::rfc3339;

const COLUMNS: [&str; 18] = [
    "name",
    "source",
    "status",
    "findings",
    "subject",
    "issuer",
    "serial",
    "dns_names",
    "ip_addresses",
    "not_before",
    "not_after",
    "days_left",
    "lifetime_days",
    "fingerprint_sha256",
    "key_algorithm",
    "key_bits",
    "signature_algorithm",
    "error",
];

pub(super) fn write(report: &Report<'_>, _: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    // Without the mark, spreadsheets take UTF-8 for something else.
    to.write_all("\u{FEFF}".as_bytes())?;
    let rows = report.listed(&report.rows);
    let columns = &report.listing.columns;
    if columns.is_empty() {
        to.write_all(spreadsheet::record(&COLUMNS.map(str::to_owned)).as_bytes())?;
        return rows.iter().try_for_each(|row| to.write_all(record(row, report.at).as_bytes()));
    }
    let headings: Vec<String> = columns.iter().map(|column| column.name().to_owned()).collect();
    to.write_all(spreadsheet::record(&headings).as_bytes())?;
    rows.iter().try_for_each(|row| {
        let cells: Vec<String> = columns.iter().map(|column| column.cell(row, report)).collect();
        to.write_all(spreadsheet::record(&cells).as_bytes())
    })
}

fn record(row: &Row<'_>, now: OffsetDateTime) -> String {
    let leaf = row.leaf();
    let certificate = row.leaf_but_of_date();
    let findings: Vec<&str> = row.open().map(|finding| finding.id.as_str()).collect();
    let list = |items: Vec<String>| items.join(" ");
    spreadsheet::record(&[
        clean(&row.observation.name),
        clean(&row.observation.source),
        row.status.as_str().to_owned(),
        findings.join(" "),
        certificate.map(|leaf| clean(&leaf.subject)).unwrap_or_default(),
        certificate.map(|leaf| clean(&leaf.issuer)).unwrap_or_default(),
        certificate.map(|leaf| clean(&leaf.serial)).unwrap_or_default(),
        list(certificate.map(|leaf| leaf.dns_names.iter().map(|name| clean(name)).collect()).unwrap_or_default()),
        list(certificate.map(|leaf| leaf.ip_addresses.iter().map(ToString::to_string).collect()).unwrap_or_default()),
        certificate.map(|leaf| rfc3339(leaf.not_before)).unwrap_or_default(),
        leaf.map(|leaf| rfc3339(leaf.not_after)).unwrap_or_default(),
        leaf.map(|leaf| leaf.days_left(now).to_string()).unwrap_or_default(),
        certificate.map(|leaf| leaf.lifetime_days().to_string()).unwrap_or_default(),
        certificate.map(|leaf| leaf.fingerprint.to_string()).unwrap_or_default(),
        certificate.map(|leaf| clean(&leaf.key.algorithm)).unwrap_or_default(),
        certificate.and_then(|leaf| leaf.key.bits).map(|bits| bits.to_string()).unwrap_or_default(),
        certificate.map(|leaf| clean(&leaf.signature_algorithm)).unwrap_or_default(),
        row.observation.outcome.as_ref().err().map(|failure| clean(&failure.message())).unwrap_or_default(),
    ])
}
