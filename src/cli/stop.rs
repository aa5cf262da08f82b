//! SIGTERM and SIGINT: the message in flight is finished and recorded, nothing more is begun.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;

/// A flag that the first signal raises; a second one ends the process at once.
pub(crate) fn flag() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        // In this order: the shutdown looks at the flag before it is raised.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&stop)).context("signals")?;
        flag::register(signal, Arc::clone(&stop)).context("signals")?;
    }
    Ok(stop)
}

/// A file that may not grow further (`ulimit -f`) is an error of the write, as a full disk is: without this the process would
/// end in the middle of it.
pub(super) fn outlive_file_limits() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::default()).map(drop)
}

/// Goes on when it is asked to stop: for a process that another one needs until that one stops.
pub(super) fn ignore() -> io::Result<()> {
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        flag::register(signal, Arc::default())?;
    }
    Ok(())
}
