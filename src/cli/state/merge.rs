//! `certnotify state merge`: takes what other memories know into this one.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::super::amounts::counted;
use super::super::{Exit, Global, inputs, memory, output};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify --state all.json state merge shard-1.json shard-2.json shard-3.json
  certnotify state merge /mnt/old-host/state.json            from a host that this one replaces
  certnotify state merge --adopt /mnt/old-host/state.json    where its policy file had another path

Of each place the latest look counts; deliveries are united, each once; snoozes are kept, and what
was told is owed no more. The order does not matter, and merging twice changes nothing. The others
are only read.

Exit codes: 0 done; 1 something of a memory was lost; 3 nothing was merged.")]
pub(super) struct Args {
    /// The state files of other memories of the same policy file
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    let policies = inputs::policies(global)?;
    // All are read before anything is written: one that cannot be read leaves all as it is.
    let (others, exit) = memory::others(&args.files, global, &policies, now)?;
    let (mut file, history, recovered) = memory::open(global, &policies, now)?;
    let mut merged = history.as_recorded().unwrap_or(history);
    for other in others {
        merged.merge(other);
    }
    file.save(&merged).map_err(memory::refused)?;
    if !global.quiet {
        let count = counted(args.files.len(), "state", "states");
        output::print(&output::pasteable(&format!(
            "merged     {count}: {}\nsee it     certnotify state show\n",
            super::holds(&merged)
        )))?;
    }
    Ok(memory::worse(exit, recovered))
}
