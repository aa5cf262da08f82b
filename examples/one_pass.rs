//! The library without the command line: one pass over a policy file, with a courier of its own that prints each
//! message instead of sending it.
//!
//! `cargo run --example one_pass -- policies.example.toml`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use certnotify::cause::ReadError;
use certnotify::deliver::{DeliveryError, Receipt, Transport};
use certnotify::history::History;
use certnotify::observe;
use certnotify::pass::{self, RunInput};
use certnotify::policy::{self, Files, SourceFile, Zone};
use certnotify::render::{Body, Message};
use time::OffsetDateTime;

/// A channel is whatever takes a message and answers.
struct Printer {
    began: Instant,
}

impl Transport for Printer {
    fn server(&self, _message: &Message) -> Option<String> {
        None
    }

    fn send(&mut self, message: &Message, _now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        println!("--- to {} by {}", message.contact, message.channel);
        match &message.body {
            Body::Mail(mail) => println!("{}\n\n{}", mail.subject, mail.text),
            Body::Chat { payload, .. } => println!("{payload:#}"),
        }
        Ok(Receipt::default())
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn wait(&mut self, pause: Duration) {
        std::thread::sleep(pause);
    }

    fn is_stopped(&self) -> bool {
        false
    }
}

/// A policy file that stands alone: it includes nothing.
struct Alone;

impl Files for Alone {
    fn matching(&mut self, _pattern: &Path) -> Result<Vec<PathBuf>, String> {
        Ok(Vec::new())
    }

    fn policies(&mut self, _path: &Path) -> Result<SourceFile, String> {
        Err("this example reads one policy file".to_owned())
    }

    fn list(&mut self, path: &Path) -> Result<SourceFile, ReadError> {
        let text = std::fs::read_to_string(path)?;
        Ok(SourceFile::new(path, text))
    }
}

fn main() -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    let now = OffsetDateTime::now_utc();
    let file = std::env::args_os().nth(1).context("usage: one_pass POLICY-FILE")?;
    let file = Path::new(&file).canonicalize().context("the policy file")?;
    let text = std::fs::read_to_string(&file)?;
    let parsed = policy::parse(SourceFile::new(file, text), &Zone::from_machine(), &mut Alone);
    let policies = parsed.policies.map_err(|problems| anyhow::anyhow!("{} problems: {problems:#?}", problems.len()))?;

    // The memory would be read from disk, and `keep` would write it back: see `record::StateFile`.
    let mut history = History::default();
    let mut keep = |_: &History| Ok::<(), Infallible>(());

    let picked: Vec<_> = policies.entries.iter().collect();
    let job = RunInput { policies: &policies, picked: &picked, machine: "example" };
    let look = pass::look(job, &observe::Options::default(), &history, now);
    let mut transport = Printer { began: Instant::now() };
    let report = pass::one_pass(job, &look, &mut history, &mut transport, &mut keep, now)?;

    println!("--- {} certificates, {} messages", report.counts.looked_at, report.messages.len());
    for problem in &report.problems {
        println!("{}: {}", problem.place, problem.message);
    }
    Ok(())
}
