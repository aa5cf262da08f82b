//! Reports of `check`: one file per format, value in, bytes out, and one list of them.

mod csv;
mod cyclonedx;
mod details;
mod github;
mod html;
mod json;
mod junit;
mod lines;
mod listing;
mod markdown;
mod nagios;
mod prometheus;
#[cfg(test)]
mod properties;
mod renewed;
mod rows;
mod sarif;
mod stories;
mod table;
mod verdict;

pub(crate) use listing::Listing;
use renewed::settle_renewed;
pub(crate) use rows::{included_nothing, rows};
pub(crate) use stories::{Stories, stories};

use std::cmp::Reverse;
use std::io;
use std::path::PathBuf;

use certnotify::certificate::{Certificate, Limit};
use certnotify::detect::{self, Limits};
use certnotify::event::{Finding, Severity};
use certnotify::observation::{Observation, ObservedCertificate};
use certnotify::pass;
use certnotify::policy::Zone;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use time::OffsetDateTime;

pub(crate) use github::summary as github_summary;

/// What of a list can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Programs read it: it has every row.
    Whole,
    Rows,
    RowsAndColumns,
}

type Write = fn(&Report<'_>, TableStyle, &mut dyn io::Write) -> io::Result<()>;

/// One format of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// As it is written on the command line.
    pub name: &'static str,
    /// What it is for, in a few words.
    purpose: &'static str,
    /// How far `--only`, `--sort` and `--columns` shape it.
    shape: Shape,
    /// It shows what was told of each certificate and what comes next.
    pub wants_stories: bool,
    write: Write,
}

/// All formats, in the order of the help.
static FORMS: [Form; 11] = [
    Form::new("table", "for a terminal: worst first, verdict last", table::write).shaped(Shape::RowsAndColumns),
    Form::new("json", "one object with everything, for programs", json::write).shaped(Shape::Rows),
    Form::new("nagios", "a plugin for Nagios, Icinga and NRPE", nagios::write),
    Form::new("prometheus", "metrics for node exporter's textfile collector", prometheus::write),
    Form::new("junit", "test results for Jenkins, GitLab and Azure", junit::write),
    Form::new("sarif", "SARIF 2.1.0, for code scanning", sarif::write),
    Form::new("github", "annotations of GitHub Actions, and the job summary", github::write),
    Form::new("csv", "for spreadsheets: one record a certificate", csv::write).shaped(Shape::RowsAndColumns),
    Form::new("html", "a page with a timeline, for browsers and printers", html::write)
        .shaped(Shape::Rows)
        .with_stories(),
    Form::new("markdown", "a table for wikis and merge requests", markdown::write).shaped(Shape::RowsAndColumns),
    Form::new("cyclonedx", "CycloneDX 1.6: certificates, keys and algorithms, for inventories", cyclonedx::write),
];

impl Form {
    const fn new(name: &'static str, purpose: &'static str, write: Write) -> Self {
        Self { name, purpose, shape: Shape::Whole, wants_stories: false, write }
    }

    const fn shaped(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    const fn with_stories(self) -> Self {
        Self { wants_stories: true, ..self }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        FORMS.iter().find(|form| form.name == name).copied()
    }

    /// Why it cannot be shaped as `listing` says.
    pub(crate) fn refuses(self, listing: &Listing) -> Option<String> {
        let of = |least: &[Shape]| {
            let fitting = FORMS.iter().filter(|form| least.contains(&form.shape));
            fitting.map(|form| form.name).collect::<Vec<_>>().join(", ")
        };
        match self.shape {
            Shape::Whole if listing.is_given() => {
                Some(format!("--only, --sort and --columns are for {}", of(&[Shape::Rows, Shape::RowsAndColumns])))
            }
            Shape::Rows if !listing.columns.is_empty() => {
                Some(format!("--columns is for {}", of(&[Shape::RowsAndColumns])))
            }
            _ => None,
        }
    }
}

/// Reads the name of a format, and lists all of them in the help and in errors.
pub(crate) fn form_parser() -> impl clap::builder::TypedValueParser<Value = Form> {
    let values = FORMS.iter().map(|form| PossibleValue::new(form.name));
    PossibleValuesParser::new(values).try_map(|name| Form::named(&name).ok_or("no such format"))
}

/// Each format and what it is for, for the help.
pub(crate) fn formats() -> String {
    let lines = FORMS.iter().map(|form| format!("  {:<11} {}\n", form.name, form.purpose));
    format!("Formats:\n{}", lines.collect::<String>())
}

/// `FORMAT=FILE`.
pub(crate) fn report_to(text: &str) -> Result<(Form, PathBuf), String> {
    let (form, path) = text.split_once('=').ok_or("write FORMAT=FILE, as in json=report.json")?;
    let names = FORMS.iter().map(|form| form.name).collect::<Vec<_>>().join(", ");
    let form = Form::named(form).ok_or_else(|| format!("there is no format `{form}`; there are {names}"))?;
    if path.is_empty() { Err("a file is missing after `=`".to_owned()) } else { Ok((form, PathBuf::from(path))) }
}

/// How a table is shown; other forms are the same everywhere.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TableStyle {
    pub color: bool,
    /// Of the terminal, if it is one.
    pub columns: Option<usize>,
    /// Only what needs a person.
    pub quiet: bool,
    /// The facts of each certificate below its row.
    pub verbose: bool,
}

/// Everything that one `check` found.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub at: OffsetDateTime,
    pub zone: Zone,
    /// In the order of the targets.
    pub rows: Vec<Row<'a>>,
    /// What a run did, where the report is of one.
    pub run: Option<Run<'a>>,
    pub listing: Listing,
    /// None without a policy file, and where no format wants them.
    pub stories: Option<Stories>,
}

/// What a run did beside looking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub report: &'a pass::RunReport,
    pub took: std::time::Duration,
}

/// One certificate, or why there is none.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub observation: &'a Observation,
    pub findings: Vec<Finding>,
    pub status: Severity,
    /// The time left inside which its dates are findings; none where nothing was seen.
    pub limits: Option<Limits>,
    /// The name of the one that takes its place.
    pub renewed_by: Option<Box<str>>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(observation: &'a Observation, findings: Vec<Finding>, limits: Option<Limits>) -> Self {
        let status = detect::status(&findings);
        Self { observation, findings, status, limits, renewed_by: None }
    }

    /// What is wrong and not known to the operator.
    fn open(&self) -> impl Iterator<Item = &Finding> + Clone {
        self.findings.iter().filter(|finding| !finding.accepted)
    }

    fn sight(&self) -> Option<&'a ObservedCertificate> {
        self.observation.outcome.as_deref().ok()
    }

    fn leaf(&self) -> Option<&'a Certificate> {
        self.sight().map(|sight| &*sight.chain.leaf)
    }

    /// Of a date nothing but its end is known.
    fn leaf_but_of_date(&self) -> Option<&'a Certificate> {
        self.leaf().filter(|leaf| !leaf.is_date())
    }

    /// The issuer that ends before it.
    fn limit(&self) -> Option<&'a Certificate> {
        let chain = &self.sight()?.chain;
        let limit = chain.leaf.limited_by.as_ref()?;
        chain.rest.iter().map(AsRef::as_ref).find(|issuer| issuer.fingerprint == limit.fingerprint)
    }

    /// The metadata that it stands in, where that ends before it.
    fn limit_of_metadata(&self) -> Option<&'a Limit> {
        self.leaf()?.limited_by.as_deref().filter(|limit| limit.is_metadata)
    }
}

impl Report<'_> {
    pub(crate) fn write(&self, form: Form, style: TableStyle, to: &mut dyn io::Write) -> io::Result<()> {
        (form.write)(self, style, to)
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
            (Reverse(row.status), row.leaf().map(Certificate::effective_end), &*row.observation.name)
        });
        rows
    }
}
