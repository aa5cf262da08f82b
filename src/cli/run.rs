//! `certnotify run`.

use time::OffsetDateTime;

use super::{Exit, Global};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args, _global: &Global, _now: OffsetDateTime) -> anyhow::Result<Exit> {
    anyhow::bail!("not built")
}
