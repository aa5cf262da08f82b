//! A progress bar on a terminal, and nothing elsewhere.

use std::io::IsTerminal as _;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use certnotify::observe::Progress;
use certnotify::text::untrusted::clean;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is drawn while nothing is done.
const TICK: Duration = Duration::from_millis(500);
/// Endpoints that are named while it waits for them.
const NAMED: usize = 2;

/// How far a long look has come, at which rate, and what it waits for.
pub(crate) struct Bar {
    drawn: ProgressBar,
    started: Instant,
    /// Dropped to end the wait for its first drawing.
    shows: Option<Sender<()>>,
}

impl Bar {
    /// `total` may still be a guess.
    pub(crate) fn new(total: usize, quiet: bool) -> Self {
        const SHAPE: &str = "looking {wide_bar} {pos}/{len}, {per_sec}, {eta} to go\n{wide_msg}";
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        let mut shows = None;
        match ProgressStyle::with_template(SHAPE) {
            Ok(style) if !quiet && std::io::stderr().is_terminal() => {
                bar.set_style(style);
                shows = show_later(&bar);
            }
            _ => bar.finish(),
        }
        Self { drawn: bar, started: Instant::now(), shows }
    }

    pub(crate) fn set(&self, progress: &Progress<'_>) {
        if self.drawn.is_finished() {
            return;
        }
        self.drawn.set_length(progress.all as u64);
        self.drawn.set_position(progress.done as u64);
        // Before, and where much is left, the names would change faster than they are read.
        let left = progress.all.saturating_sub(progress.done);
        let is_worth_it = self.started.elapsed() >= PATIENCE || left <= 64;
        if is_worth_it {
            self.drawn.set_message(waits_for(progress, left));
        }
    }

    /// Takes the bar away before anything else is printed.
    pub(crate) fn finish(mut self) {
        self.shows.take();
        self.drawn.finish_and_clear();
    }
}

/// Draws the bar once the look has lasted, also where nothing is ever done.
fn show_later(bar: &ProgressBar) -> Option<Sender<()>> {
    let (sender, ended) = mpsc::channel::<()>();
    let bar = bar.clone();
    let wait = move || {
        if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) && !bar.is_finished() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(TICK);
        }
    };
    thread::Builder::new().name("progress".to_owned()).spawn(wait).ok().map(|_| sender)
}

/// `waiting for a.example:443, b.example:443 and 3 more`.
fn waits_for(progress: &Progress<'_>, left: usize) -> String {
    let names: Vec<String> = progress.waits_for(NAMED).iter().map(|name| clean(name)).collect();
    match (names.len(), left.saturating_sub(names.len())) {
        (0, _) => String::new(),
        (_, 0) => format!("waiting for {}", names.join(", ")),
        (_, more) => format!("waiting for {} and {more} more", names.join(", ")),
    }
}
