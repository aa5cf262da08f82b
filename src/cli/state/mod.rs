//! `certnotify state`: the memory of earlier runs, as a tool.

mod check;
mod forget;
mod merge;
mod show;

use std::path::PathBuf;

use certnotify::history::{DeliveryLog, History};
use certnotify::policy::{Policies, Zone};
use time::OffsetDateTime;

use super::amounts::counted;
use super::{Exit, Global, inputs};

#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
#[command(after_help = "\
Examples:
  certnotify state show                       what each place last showed, who was told
  certnotify state check                      whether its files are whole
  certnotify state merge shard-2.json         take in what another memory knows
  certnotify state forget www                 as if no run had looked there
  certnotify --state backup.json state check  a copy, also where there is no policy file

Exit codes: 0 done; 1 something of the memory was lost; 3 the job could not be done.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show what each place last looked like, what was told of it to whom, and what waits
    Show(show::Args),
    /// Check the state file, its journal and the generation before
    Check(check::Args),
    /// Take in what other memories know: the latest look of each place, and every delivery once
    Merge(merge::Args),
    /// Forget what is remembered of a place or of a contact
    Forget(forget::Args),
}

pub(crate) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Show(args) => show::run(args, global, now),
        Command::Check(args) => check::run(args, global, now),
        Command::Merge(args) => merge::run(args, global, now),
        Command::Forget(args) => forget::run(args, global, now),
    }
}

/// The state that is meant, and the policy file it should belong to: a copy that is named needs none.
fn named(global: &Global) -> anyhow::Result<(PathBuf, Option<Policies>)> {
    match (global.state(), inputs::policies(global)) {
        (_, Ok(policies)) => Ok((inputs::state_path(global, &policies)?, Some(policies))),
        (Some(path), Err(_)) if global.policies.is_none() => Ok((path.clone(), None)),
        (_, Err(failure)) => Err(failure),
    }
}

fn zone(policies: Option<&Policies>) -> Zone {
    policies.map_or(Zone::UTC, |policies| policies.settings.zone.clone())
}

/// `3 places, 4 certificates, 12 deliveries, 1 snooze`.
fn holds(history: &History) -> String {
    let logs = history.deliveries.values().flatten().flat_map(|(_, contacts)| contacts.values());
    let deliveries = logs.flat_map(|channels| channels.values()).map(DeliveryLog::count).fold(0, usize::saturating_add);
    [
        counted(history.places.len(), "place", "places"),
        counted(history.certificates.len(), "certificate", "certificates"),
        counted(deliveries, "delivery", "deliveries"),
        counted(history.snoozes.len(), "snooze", "snoozes"),
    ]
    .join(", ")
}
