//! What a monitor is told of a run: that it began, and how it ended, in numbers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use certnotify::deliver::{BeatLimits, Heartbeat, LostBeat, Outcome, PingKind};
use certnotify::history::History;
use certnotify::pass::{self, RunProblem, RunReport};
use certnotify::policy::{Policies, Secret};
use time::OffsetDateTime;

use super::{Exit, Global, inputs, output};

/// The heartbeat of one run, where the policy file asks for one.
pub(super) struct RunHeartbeat {
    heartbeat: Option<Heartbeat>,
    /// The last beat that was lost.
    lost: Option<LostBeat>,
    /// The run looks at a part only: the monitor hears of whole runs, and of nothing else.
    is_left_alone: bool,
}

impl RunHeartbeat {
    pub(super) fn begin(policies: &Policies, is_whole: bool, now: OffsetDateTime) -> Self {
        let secret = policies.settings.heartbeat.as_ref();
        let mut pulse = Self::new(secret.filter(|_| is_whole));
        pulse.is_left_alone = !is_whole;
        pulse.beat(PingKind::Start, &title("begins"), now);
        pulse
    }

    /// Of a run that may not even begin.
    pub(super) fn new(secret: Option<&Secret>) -> Self {
        let mut pulse = Self { heartbeat: None, lost: None, is_left_alone: false };
        match secret.map(|secret| Heartbeat::new(secret, &inputs::environment, BeatLimits::default())) {
            Some(Ok(heartbeat)) => pulse.heartbeat = Some(heartbeat),
            Some(Err(lost)) => pulse.lost = Some(lost),
            None => {}
        }
        pulse
    }

    /// A run that went to its end; the warning, where a beat was lost.
    pub(super) fn end(
        &mut self,
        report: &RunReport,
        recovered: Exit,
        history: &mut History,
        now: OffsetDateTime,
    ) -> Option<RunProblem> {
        if self.is_left_alone {
            return None;
        }
        let is_success = recovered == Exit::Done && report.problems.iter().all(|problem| !problem.is_failure);
        let (beat, ending) =
            if is_success { (PingKind::Success, "is done") } else { (PingKind::Failure, "is done in part") };
        self.beat(beat, &format!("{}{}", title(ending), counts(report)), now);
        pass::note_heartbeat(self.lost.as_ref(), history, now)
    }

    /// A run that could not do its job.
    pub(super) fn without_work(&mut self, global: &Global, now: OffsetDateTime) {
        self.beat(PingKind::Failure, &title("could not do its job; what it printed says why"), now);
        if let Some(lost) = self.lost.as_ref().filter(|_| !global.quiet) {
            output::problem(&format!("heartbeat: {lost}"), Some(&lost.help));
        }
    }

    fn beat(&mut self, beat: PingKind, body: &str, now: OffsetDateTime) {
        let told = self.heartbeat.as_ref().map_or(Ok(()), |heartbeat| heartbeat.tell(beat, body, now));
        if let Err(lost) = told {
            self.lost = Some(lost);
        }
    }
}

fn title(what: &str) -> String {
    format!("certnotify {}: the run {what}\n", env!("CARGO_PKG_VERSION"))
}

/// Numbers and channels; names of certificates and contacts stay here.
fn counts(report: &RunReport) -> String {
    let counts = &report.counts;
    let is_delivered = |outcome: &Outcome| matches!(outcome, Outcome::Delivered { .. });
    let (delivered, others): (Vec<_>, Vec<_>) = report.messages.iter().partition(|(_, outcome)| is_delivered(outcome));
    let channels: BTreeSet<&str> = others.iter().map(|(message, _)| message.channel.as_str()).collect();
    let mut text = String::new();
    for (what, number) in [
        ("certificates looked at", counts.looked_at),
        ("due", counts.due),
        ("with findings", counts.have_findings),
        ("not seen", counts.not_seen),
        ("in need of nothing", counts.need_nothing),
        ("messages delivered", delivered.len()),
        ("messages held", report.held.len()),
        ("messages not delivered", others.len()),
        ("failures", report.problems.iter().filter(|problem| problem.is_failure).count()),
    ] {
        let _ = writeln!(text, "{what}: {number}");
    }
    if !channels.is_empty() {
        let _ = writeln!(text, "not delivered by: {}", channels.into_iter().collect::<Vec<_>>().join(", "));
    }
    text
}
