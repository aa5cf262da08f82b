//! Reports that wait beside the state, as `run` takes them in.

use std::path::Path;

use certnotify::event::Report;
use certnotify::history::History;
use certnotify::pass::{self, Intake};
use certnotify::policy::Policies;
use certnotify::record::{Spool, SpoolNotice, StateFile};
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use super::{Exit, memory, output};

/// Taken into the memory, and still on the disk until that is saved.
pub(super) struct PendingReports {
    spool: Spool,
    reports: Vec<Report>,
    /// Something of it was lost, or will be in the way again.
    is_partial: bool,
}

impl PendingReports {
    /// Takes in what waits. The caller holds the lock of the state.
    pub(super) fn take(
        state: &Path,
        policies: &Policies,
        history: &mut History,
        now: OffsetDateTime,
    ) -> anyhow::Result<Self> {
        let spool = Spool::beside(state).map_err(memory::refused)?;
        let (reports, notices) = spool.take(now);
        say(&notices);
        let intakes = pass::record_reports(policies, &reports, history, now);
        let too_old = intakes.iter().zip(&reports).filter(|(intake, _)| **intake == Intake::TooOld);
        for (_, report) in too_old {
            let text = format!(
                "reported event `{}`: certnotify did not run for 30 days, and it is given up",
                clean(&report.id)
            );
            output::problem(&text, Some(&format!("it was {} of {}", report.kind, report.at.date())));
        }
        Ok(Self { spool, reports, is_partial: !notices.is_empty() })
    }

    /// They are in the memory that was saved in `file`: removes them. The exit code of the run, if all else ended as
    /// `exit`.
    pub(super) fn settle(&mut self, file: &StateFile, exit: Exit) -> anyhow::Result<Exit> {
        if !self.reports.is_empty() {
            file.sync().map_err(memory::refused)?;
        }
        let notices = self.spool.remove(&self.reports);
        say(&notices);
        Ok(if self.is_partial || !notices.is_empty() { Exit::Partial } else { exit })
    }
}

pub(super) fn say(notices: &[SpoolNotice]) {
    for notice in notices {
        output::problem(&notice.to_string(), Some(&notice.help()));
    }
}
