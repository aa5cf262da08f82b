//! Reports of a run, in the formats of `check`: from what it looked at, so that monitoring needs no look of its own.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use certnotify::detect::Thresholds;
use certnotify::fault;
use certnotify::history::History;
use certnotify::observe;
use certnotify::pass::{self, RunInput, RunProblem, ScanResult};
use certnotify::policy::Entry;
use certnotify::render::feed::{self, FeedInput};
use time::OffsetDateTime;

use crate::cli::report::{self, Form, Listing, Report, TableStyle};
use crate::cli::sink;

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// Write a report on every certificate, in a format of `check`, from the same look; repeatable
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report::report_to, conflicts_with_all = ["dry_run", "certificate"])]
    report: Vec<(Form, PathBuf)>,
}

/// A run that is over.
#[derive(Clone, Copy)]
pub(super) struct Ended<'a> {
    pub job: RunInput<'a>,
    pub look: &'a ScanResult,
    pub report: &'a pass::RunReport,
    pub took: Duration,
    pub now: OffsetDateTime,
}

impl ReportArgs {
    /// Where reports are written to: a file is replaced by one that is written beside it.
    pub(super) fn places(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.report.iter().filter_map(|(_, path)| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            let target = fs::canonicalize(&path).unwrap_or(path);
            let beside = target.parent().map(Path::to_owned);
            let is_file = fs::metadata(&target).map_or(true, |metadata| metadata.is_file());
            if is_file { beside } else { Some(target) }
        })
    }

    /// Writes each report; the problems of those that could not be written.
    pub(super) fn write(&self, ended: Ended<'_>, history: &mut History) -> Vec<RunProblem> {
        let mut outputs: Vec<(String, anyhow::Result<()>)> = Vec::new();
        if !self.report.is_empty() {
            self.write_reports(ended, history, &mut outputs);
        }
        let is_whole = ended.job.picked.len() == ended.job.policies.entries.len();
        if let Some(directory) = ended.job.policies.settings.publish.as_ref().filter(|_| is_whole) {
            publish(directory, ended, history, &mut outputs);
        }
        let problems = outputs.into_iter().filter_map(|(place, written)| {
            let failed = written.err().map(|error| error.to_string());
            pass::note_output(&place, failed, history, ended.now)
        });
        problems.collect()
    }

    fn write_reports(&self, ended: Ended<'_>, history: &History, outputs: &mut Vec<(String, anyhow::Result<()>)>) {
        let Ended { job, look, report: of_run, took, now } = ended;
        let thresholds = Thresholds { by_policy: true, ..Thresholds::default() };
        let mut rows = report::rows(job.picked, &look.observations, &thresholds, &look.answers.statuses, now);
        let included_nothing = report::included_nothing(job.policies);
        let included_nothing: Vec<&Entry> = included_nothing.iter().collect();
        let unread = observe::entries(&included_nothing, &observe::Options::default(), now);
        rows.extend(report::rows(&included_nothing, &unread, &thresholds, &[], now));
        let wants_stories = self.report.iter().any(|(form, _)| form.wants_stories);
        let stories = wants_stories.then(|| report::stories(job, look, history, now));
        let run = Some(report::Run { report: of_run, took });
        let report = Report {
            at: now,
            zone: job.policies.settings.zone.clone(),
            rows,
            run,
            listing: Listing::default(),
            stories,
        };
        for (form, path) in &self.report {
            let written = written_or_failed(|| replace(path, |to| report.write(*form, TableStyle::default(), to)));
            outputs.push((format!("report `{}`", path.display()), written));
        }
    }
}

/// Leaves the feeds in `directory`.
fn publish(directory: &Path, ended: Ended<'_>, history: &History, outputs: &mut Vec<(String, anyhow::Result<()>)>) {
    let Ended { job, look, now, .. } = ended;
    let input = FeedInput { policies: job.policies, events: &look.events, history, machine: job.machine, now };
    let written = written_or_failed(|| {
        fs::create_dir_all(directory).map_err(|error| sink::CannotWrite::new(directory, &error))?;
        replace(&directory.join("expiry.ics"), |to| to.write_all(feed::calendar(input).as_bytes()))?;
        replace(&directory.join("expiry.atom"), |to| to.write_all(feed::atom(input).as_bytes()))
    });
    outputs.push((format!("publish `{}`", directory.display()), written));
}

fn replace(path: &Path, produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    Ok(sink::replace(path, produce).map_err(|error| sink::CannotWrite::new(path, &error))?)
}

/// A panic in one report is a failure of that report: what the run sent is recorded already.
fn written_or_failed(write: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    fault::contained(write).unwrap_or_else(|fault| Err(anyhow::anyhow!("{fault}")))
}
