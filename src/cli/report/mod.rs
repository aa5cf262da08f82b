//! Reports of `check`: one file per format, value in, bytes out.

mod json;
mod table;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Write};

use certnotify::certificate::{Certificate, Fingerprint};
use certnotify::detect::{self, Successors};
use certnotify::event::{Finding, Severity};
use certnotify::observation::{Observation, ObservedCertificate};
use certnotify::policy::Zone;
use clap::ValueEnum;
use time::OffsetDateTime;

/// The forms of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    #[default]
    Table,
    Json,
}

/// How a table is shown; other forms are the same everywhere.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look {
    pub color: bool,
    /// Of the terminal, if it is one.
    pub columns: Option<usize>,
    /// Only what needs a person.
    pub quiet: bool,
}

/// Everything that one `check` found.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub at: OffsetDateTime,
    pub zone: Zone,
    /// In the order of the targets.
    pub rows: Vec<Row<'a>>,
}

/// One certificate, or why there is none.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub observation: &'a Observation,
    pub findings: Vec<Finding>,
    pub status: Severity,
    /// The name of the one that takes its place.
    pub renewed_by: Option<String>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(observation: &'a Observation, findings: Vec<Finding>) -> Self {
        let status = detect::status(&findings);
        Self { observation, findings, status, renewed_by: None }
    }

    fn sight(&self) -> Option<&'a ObservedCertificate> {
        self.observation.outcome.as_ref().ok()
    }

    fn leaf(&self) -> Option<&'a Certificate> {
        self.sight().map(|sight| &sight.chain.leaf)
    }

    /// The issuer that ends before it.
    fn limit(&self) -> Option<&'a Certificate> {
        let chain = &self.sight()?.chain;
        let limit = chain.leaf.limited_by.as_ref()?;
        chain.rest.iter().map(AsRef::as_ref).find(|issuer| issuer.fingerprint == limit.fingerprint)
    }
}

impl Report<'_> {
    pub(crate) fn write(&self, form: Form, look: Look, to: &mut dyn Write) -> io::Result<()> {
        match form {
            Form::Table => table::write(self, look, to),
            Form::Json => json::write(self, to),
        }
    }

    pub(crate) fn status(&self) -> Severity {
        self.rows.iter().map(|row| row.status).max().unwrap_or(Severity::Ok)
    }

    fn count(&self, status: Severity) -> usize {
        self.rows.iter().filter(|row| row.status == status).count()
    }

    /// Worst first, then what ends first, then by name.
    fn worst_first(&self) -> Vec<&Row<'_>> {
        let mut rows: Vec<&Row<'_>> = self.rows.iter().collect();
        rows.sort_by_key(|row| {
            (Reverse(row.status), row.leaf().map(Certificate::effective_end), row.observation.name.as_str())
        });
        rows
    }
}

/// Marks the rows of one target that another file of the same target has renewed: nobody need act on them.
pub(crate) fn settle_renewed(rows: &mut [Row<'_>], now: OffsetDateTime) {
    let is_open = |row: &Row<'_>| row.status != Severity::Ok && !row.observation.is_endpoint && row.leaf().is_some();
    if !rows.iter().any(is_open) {
        return;
    }
    let renewed: Vec<(usize, String)> = {
        let files = rows.iter().filter(|row| !row.observation.is_endpoint);
        let successors = Successors::of(files.clone().filter_map(Row::leaf), now);
        let names: HashMap<Fingerprint, &str> =
            files.filter_map(|row| Some((row.leaf()?.fingerprint, row.observation.name.as_str()))).collect();
        let open = rows.iter().enumerate().filter(|(_, row)| is_open(row));
        open.filter_map(|(index, row)| {
            let successor = successors.renewing(row.leaf()?)?;
            Some((index, names.get(&successor.fingerprint).copied().unwrap_or_default().to_owned()))
        })
        .collect()
    };
    for (index, by) in renewed {
        rows[index].status = Severity::Ok;
        rows[index].findings.clear();
        rows[index].renewed_by = Some(by);
    }
}
