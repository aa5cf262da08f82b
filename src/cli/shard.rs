//! `--shard I/N`, of every command that looks.

use certnotify::policy::{Division, Entry, Shard};

#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct ShardArgs {
    /// Only the targets of this one of several runs: 2/3 is the second of three
    #[arg(long, value_name = "I/N", conflicts_with = "certificate")]
    shard: Option<Shard>,
}

impl ShardArgs {
    /// Leaves the targets of the shard that was asked for, and tells how all are divided.
    pub(super) fn divide(self, entries: &mut Vec<Entry>) -> Option<Division> {
        let division = self.shard.map(|shard| Division::new(shard, entries))?;
        division.restrict(entries);
        Some(division)
    }
}
