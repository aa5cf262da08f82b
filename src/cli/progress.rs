//! A progress bar on a terminal, and nothing elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far a long look has come.
pub(crate) struct Bar {
    bar: ProgressBar,
    started: Instant,
}

impl Bar {
    /// `total` may still be a guess.
    pub(crate) fn new(total: usize, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        if !quiet
            && std::io::stderr().is_terminal()
            && let Ok(style) = ProgressStyle::with_template("looking {wide_bar} {pos}/{len}, {per_sec}, {eta} to go")
        {
            bar.set_style(style);
            return Self { bar, started: Instant::now() };
        }
        bar.finish();
        Self { bar, started: Instant::now() }
    }

    pub(crate) fn set(&self, done: usize, all: usize) {
        if self.bar.is_finished() || self.started.elapsed() < PATIENCE {
            return;
        }
        if self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
    }

    /// Takes the bar away before anything else is printed.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
