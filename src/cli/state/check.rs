//! `certnotify state check`: whether the files of the memory are whole.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use certnotify::policy::Policies;
use certnotify::record::{self, Examination, JournalState, Notice, Previous};
use certnotify::render::untrusted::clean;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::amounts::counted;
use super::super::exit::advised;
use super::super::{Exit, Format, Global, memory, output};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify state check                        that of the policy file
  certnotify --state /backup/state.json state check
  certnotify state check --format json | jq .journal

Nothing is changed.

Exit codes: 0 whole; 1 something is damaged, or recorded later than now; 3 it cannot be used.")]
pub(super) struct Args {
    /// The form of the output
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let (path, policies) = super::named(global)?;
    let found = record::examine(&path, now).map_err(memory::refused)?;
    memory::told(&found.notices);
    let shown = clean(&path.display().to_string());
    let Some((belongs_to, history)) = &found.good else {
        if found.notices.is_empty() {
            let help = "`certnotify run` writes it; --state FILE names another one";
            return Err(advised(format!("state file {shown}: there is none"), help));
        }
        let help = "restore a copy of it; without one, the next run starts empty and tells again what was told before";
        return Err(advised(format!("state file {shown}: no generation of it can be read"), help));
    };
    if let Some(policies) = policies.as_ref().filter(|policies| !global.adopt && is_other(belongs_to, policies)) {
        let other = clean(&policies.file.display().to_string());
        return Err(advised(
            format!("state file {shown}: it belongs to the policy file `{}`, not to `{other}`", clean(belongs_to)),
            "--adopt takes it over in the next run; --state FILE names another one",
        ));
    }
    if let Previous::Damaged { cause } = &found.previous {
        output::problem(
            &format!("state file {shown}.previous: it is damaged: {}", clean(cause)),
            Some("the state itself is whole; the next run writes this generation anew"),
        );
    }
    if found.later_than_now > 0 {
        let records = counted(found.later_than_now, "record is", "records are");
        output::problem(
            &format!("state file {shown}: {records} later than now"),
            Some("a run takes them as now; see to the clock of this machine"),
        );
    }
    match args.format {
        Format::Json => output::json(&in_json(&found, now))?,
        Format::Text if global.quiet => {}
        Format::Text => {
            let zone = super::zone(policies.as_ref());
            let mut text = format!("state      {shown}: version 1, of {}\n", clean(belongs_to));
            let _ = writeln!(text, "holds      {}", super::holds(history));
            let last = history.last_run.map_or_else(|| "none".to_owned(), |at| zone.minute(at));
            let _ = writeln!(text, "last run   {last}");
            let _ = writeln!(text, "previous   {}", previous(&found.previous));
            let _ = writeln!(text, "journal    {}", journal(found.journal));
            output::print(&text)?;
        }
    }
    Ok(if is_whole(&found) { Exit::Done } else { Exit::Partial })
}

fn is_whole(found: &Examination) -> bool {
    found.later_than_now == 0
        && !found.notices.iter().any(Notice::is_problem)
        && !matches!(found.previous, Previous::Damaged { .. })
}

fn is_other(belongs_to: &str, policies: &Policies) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    Path::new(belongs_to) != policies.file
        && real(Path::new(belongs_to)).is_none_or(|belongs_to| Some(belongs_to) != real(&policies.file))
}

const fn previous(previous: &Previous) -> &'static str {
    match previous {
        Previous::Absent => "none",
        Previous::Good => "good",
        Previous::Damaged { .. } => "damaged",
    }
}

const fn journal(journal: JournalState) -> &'static str {
    match journal {
        JournalState::Absent => "none",
        JournalState::Used => "used: a run did not come to its end, or is at work",
        JournalState::Folded => "left over: the state has all of it",
        JournalState::PartlyUsed => "damaged: the rest of it is used",
        JournalState::Orphan => "orphan: it belongs to no generation that is there",
    }
}

fn in_json(found: &Examination, now: OffsetDateTime) -> Value {
    let history = found.good.as_ref().map(|(_, history)| history);
    json!({
        "version": 1,
        "at": output::rfc3339(now),
        "whole": is_whole(found),
        "policies": found.good.as_ref().map(|(belongs_to, _)| clean(belongs_to)),
        "last_run": history.and_then(|history| history.last_run).map(output::rfc3339),
        "places": history.map(|history| history.places.len()),
        "certificates": history.map(|history| history.certificates.len()),
        "previous": previous(&found.previous),
        "journal": journal(found.journal).split(':').next(),
        "later_than_now": found.later_than_now,
        "problems": found.notices.iter().map(|notice| clean(&notice.to_string())).collect::<Vec<_>>(),
    })
}
