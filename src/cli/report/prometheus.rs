//! `check --format prometheus`: metrics for node exporter's textfile collector. Names and labels of what is known of a
//! certificate are those of x509-certificate-exporter, so that its dashboards and alerts work.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use certnotify::certificate::{Certificate, decimal_serial};
use certnotify::deliver::Outcome;
use certnotify::event::Severity;
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use super::{Report, Row, Run, TableStyle};
use crate::cli::Exit;

pub(super) fn write(report: &Report<'_>, _: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    let seen = labelled(report.rows.iter().filter(|row| row.leaf().is_some()), labels);
    let seen: Vec<(&String, &Certificate)> =
        seen.iter().filter_map(|(labels, row)| Some((labels, row.leaf()?))).collect();
    family(to, "x509_cert_not_before", "Start of validity, in seconds since the epoch.", |to, name| {
        seen.iter()
            .filter(|(_, leaf)| !leaf.is_date())
            .try_for_each(|(labels, leaf)| writeln!(to, "{name}{{{labels}}} {}", leaf.not_before.unix_timestamp()))
    })?;
    family(to, "x509_cert_not_after", "End of validity, in seconds since the epoch.", |to, name| {
        seen.iter()
            .try_for_each(|(labels, leaf)| writeln!(to, "{name}{{{labels}}} {}", leaf.not_after.unix_timestamp()))
    })?;
    family(to, "x509_cert_expired", "Whether the certificate has expired.", |to, name| {
        seen.iter()
            .try_for_each(|(labels, leaf)| writeln!(to, "{name}{{{labels}}} {}", u8::from(leaf.is_expired(report.at))))
    })?;
    errors(report, to)?;
    statuses(report, to)?;
    totals(report, to)?;
    report.run.map_or(Ok(()), |run| of_run(run, report.at, to))
}

fn family(
    to: &mut dyn Write,
    name: &str,
    help: &str,
    samples: impl FnOnce(&mut dyn Write, &str) -> io::Result<()>,
) -> io::Result<()> {
    writeln!(to, "# HELP {name} {help}\n# TYPE {name} gauge")?;
    samples(to, name)
}

/// One row for each set of labels: the text format refuses a second sample of one.
fn labelled<'r>(
    rows: impl IntoIterator<Item = &'r Row<'r>>,
    labels: fn(&Row<'_>) -> String,
) -> Vec<(String, &'r Row<'r>)> {
    let mut taken = HashSet::new();
    let all = rows.into_iter().map(|row| (labels(row), row));
    all.filter(|(labels, _)| taken.insert(labels.clone())).collect()
}

/// What could not be read or reached.
fn errors(report: &Report<'_>, to: &mut dyn Write) -> io::Result<()> {
    let help = "Whether a file or an endpoint could not be inspected.";
    family(to, "x509_cert_error", help, |to, name| {
        let mut rows = labelled(&report.rows, labels).into_iter();
        rows.try_for_each(|(labels, row)| writeln!(to, "{name}{{{labels}}} {}", u8::from(row.leaf().is_none())))
    })?;
    family(to, "x509_read_errors", "How many files and endpoints could not be inspected.", |to, name| {
        writeln!(to, "{name} {}", report.rows.iter().filter(|row| row.leaf().is_none()).count())
    })
}

fn statuses(report: &Report<'_>, to: &mut dyn Write) -> io::Result<()> {
    let help = "Verdict on a certificate: 0 ok, 1 warning, 2 critical, 3 unknown.";
    family(to, "certnotify_certificate_status", help, |to, name| {
        let labels = |row: &Row<'_>| {
            format!("name=\"{}\",source=\"{}\"", escape(&row.observation.name), escape(&row.observation.source))
        };
        let mut rows = labelled(&report.rows, labels).into_iter();
        rows.try_for_each(|(labels, row)| writeln!(to, "{name}{{{labels}}} {}", code(row.status)))
    })
}

fn totals(report: &Report<'_>, to: &mut dyn Write) -> io::Result<()> {
    family(to, "certnotify_certificates", "Certificates by verdict.", |to, name| {
        [Severity::Ok, Severity::Warning, Severity::Critical, Severity::Unknown]
            .into_iter()
            .try_for_each(|status| writeln!(to, "{name}{{status=\"{status}\"}} {}", report.count(status)))
    })?;
    let help = "Verdict of the whole report: 0 ok, 1 warning, 2 critical, 3 unknown.";
    family(to, "certnotify_status", help, |to, name| writeln!(to, "{name} {}", code(report.status())))?;
    let help = "When the certificates were looked at, in seconds since the epoch.";
    family(to, "certnotify_looked_at_timestamp_seconds", help, |to, name| {
        writeln!(to, "{name} {}", report.at.unix_timestamp())
    })?;
    let help = "The certnotify that wrote this.";
    family(to, "certnotify_build_info", help, |to, name| {
        writeln!(to, "{name}{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))
    })
}

/// What a run did: by contact and channel, what became of its messages.
fn of_run(run: Run<'_>, at: OffsetDateTime, to: &mut dyn Write) -> io::Result<()> {
    let mut messages: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for (message, outcome) in &run.report.messages {
        let key = (message.contact.as_str(), message.channel.as_str(), outcome.as_str());
        *messages.entry(key).or_default() += 1;
    }
    for batch in &run.report.held {
        *messages.entry((batch.contact.as_str(), batch.channel.as_str(), "held")).or_default() += 1;
    }
    let undelivered =
        run.report.messages.iter().filter(|(_, outcome)| !matches!(outcome, Outcome::Delivered { .. })).count();
    let failures = run.report.problems.iter().filter(|problem| problem.is_failure).count();
    let help = "Messages of the last run, by contact, channel and outcome.";
    family(to, "certnotify_run_messages", help, |to, name| {
        messages.iter().try_for_each(|((contact, channel, outcome), count)| {
            let contact = escape(contact);
            writeln!(to, "{name}{{contact=\"{contact}\",channel=\"{channel}\",outcome=\"{outcome}\"}} {count}")
        })
    })?;
    for (name, help, value) in [
        (
            "certnotify_run_undelivered_messages",
            "Messages of the last run that were due and not accepted.",
            undelivered,
        ),
        ("certnotify_run_failures", "What the last run could not observe or deliver.", failures),
        ("certnotify_run_due_certificates", "Certificates with a reminder due or held.", run.report.counts.due),
    ] {
        family(to, name, help, |to, name| writeln!(to, "{name} {value}"))?;
    }
    let help = "When the last run began, in seconds since the epoch.";
    family(to, "certnotify_run_timestamp_seconds", help, |to, name| writeln!(to, "{name} {}", at.unix_timestamp()))?;
    let help = "How long the last run took, in seconds.";
    family(to, "certnotify_run_duration_seconds", help, |to, name| writeln!(to, "{name} {:.3}", run.took.as_secs_f64()))
}

/// The exit code that a single certificate of this status would give.
const fn code(status: Severity) -> u8 {
    Exit::from_verdict(status) as u8
}

/// The attributes of a distinguished name that have labels.
const ATTRIBUTES: [&str; 6] = ["C", "ST", "L", "O", "OU", "CN"];

/// `filename`, `filepath`, `name` and, of a certificate, its serial number in decimal and the attributes of subject and
/// issuer; what is not known is empty.
fn labels(row: &Row<'_>) -> String {
    let observation = row.observation;
    let filename = if observation.is_endpoint {
        &*observation.source
    } else {
        Path::new(&*observation.source).file_name().and_then(|name| name.to_str()).unwrap_or(&observation.source)
    };
    let leaf = row.leaf_but_of_date();
    let serial = leaf.map(|leaf| decimal_serial(&leaf.serial)).unwrap_or_default();
    let mut labels = format!(
        "filename=\"{}\",filepath=\"{}\",name=\"{}\",serial_number=\"{serial}\"",
        escape(filename),
        escape(&observation.source),
        escape(&observation.name)
    );
    let names = [("subject", leaf.map(|leaf| &leaf.subject)), ("issuer", leaf.map(|leaf| &leaf.issuer))];
    for (whose, name) in names {
        let attributes = name.map(|name| name.attributes()).unwrap_or_default();
        for attribute in ATTRIBUTES {
            let value = attributes.iter().find(|(kind, _)| *kind == attribute).map_or("", |(_, value)| value.as_str());
            let _ = write!(labels, ",{whose}_{attribute}=\"{}\"", escape(value));
        }
    }
    labels
}

/// Escapes of the text-based exposition format for the values of labels.
fn escape(text: &str) -> String {
    clean(text).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
