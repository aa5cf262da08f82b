//! The command line: arguments in, text and an exit code out.

mod advice;
mod amounts;
mod at;
mod check;
mod columns;
mod deferred;
mod event;
mod exit;
mod fetch;
mod generate;
mod heartbeat;
mod history;
mod inbox;
mod init;
mod inputs;
mod machine;
mod machine_zone;
mod memory;
mod output;
mod plan;
mod progress;
mod reach;
mod report;
mod run;
mod shard;
mod sink;
mod snooze;
mod spooled;
mod state;
mod stop;
mod targets;
mod test;
mod validate;
mod version;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use certnotify::fault;
use certnotify::policy::Zone;
use certnotify::program::launcher;
use clap::{Parser, Subcommand, ValueEnum};
use time::OffsetDateTime;

use deferred::Deferred;
pub(crate) use exit::Exit;
pub(crate) use version::{asked as version_asked, print as print_version};

const FIRST_STEPS: &str = "\
First steps:
  certnotify init --email YOU@EXAMPLE.COM [TARGET…]   writes a policy file, and says what comes next
  certnotify plan                                     which messages will go out
  certnotify test --all                               whether messages arrive
  certnotify run                                      sends what is due";

/// Tells the right people, once and in time, that a TLS certificate needs them.
#[derive(Debug, Parser)]
#[command(name = "certnotify", version, max_term_width = 100, after_help = FIRST_STEPS)]
pub(crate) struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// The options of every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The policy file [default: ./policies.toml, then that of the user, then /etc/certnotify/policies.toml]
    #[arg(short, long, value_name = "FILE", env = "CERTNOTIFY_POLICIES", hide_env_values = true, global = true)]
    pub policies: Option<PathBuf>,
    /// The memory of earlier runs; `history`, `plan` and `check` take several
    #[arg(long = "state", value_name = "FILE", env = "CERTNOTIFY_STATE", hide_env_values = true, global = true)]
    pub states: Vec<PathBuf>,
    /// Take over a state file that was written for another policy file
    #[arg(long, global = true)]
    pub adopt: bool,
    /// Print only what needs a person
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
}

impl Global {
    /// The memory that was named, the first of several.
    pub(crate) fn state(&self) -> Option<&PathBuf> {
        self.states.first()
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at every certificate, send what is due, record it: the cron job
    Run(Deferred<run::Args>),
    /// Report on certificates; the exit code is the verdict
    Check(Box<Deferred<check::Args>>),
    /// Show which messages will go out, when, to whom and why
    Plan(Deferred<plan::Args>),
    /// Show what was told to whom, by which channel, when and why
    History(Deferred<history::Args>),
    /// Take in something that happened: for deploy hooks
    Event(Deferred<event::Args>),
    /// Write the chain that an endpoint serves as PEM
    Fetch(Deferred<fetch::Args>),
    /// Read internal messages
    Inbox(inbox::Args),
    /// Hold the reminders of one certificate
    Snooze(Deferred<snooze::Args>),
    /// Show, check, merge and correct the memory of earlier runs
    State(state::Args),
    /// Send a test message by each channel
    Test(Deferred<test::Args>),
    /// Check the policy file and report every problem at once
    Validate(Deferred<validate::Args>),
    /// Write a starter policy from targets, or from the certificates found on this machine
    Init(Deferred<init::Args>),
    /// Write shell completions, man pages, or the JSON Schema of the policy file
    Generate(generate::Args),
}

/// The form of a command's output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// Starts the programs of a run, which is another process: until that one ends, whatever asks it to stop.
pub(crate) fn start_programs() -> ExitCode {
    stop::ignore().map_or(ExitCode::FAILURE, |()| launcher::serve())
}

/// Runs the command. The clock was read by the caller, once.
pub(crate) fn main(arguments: &Arguments, now: OffsetDateTime) -> ExitCode {
    let global = &arguments.global;
    Zone::look_up_by(machine_zone::read_named);
    output::use_color(global.color);
    output::suggest_with(inputs::options(global));
    // Without it everything works but the word on such a file.
    let _ = stop::outlive_file_limits();
    let outcome = fault::contained(|| command(&arguments.command, global, now));
    match outcome {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(problem)) => output::report(&problem).into(),
        Err(fault) => {
            output::problem(&fault.to_string(), Some("please report this line to the authors of certnotify"));
            Exit::Failed.into()
        }
    }
}

fn command(command: &Command, global: &Global, now: OffsetDateTime) -> anyhow::Result<Exit> {
    if global.states.len() > 1 && !matches!(command, Command::History(_) | Command::Plan(_) | Command::Check(_)) {
        let help = "`history`, `plan` and `check` read several; certnotify state merge makes one of them";
        return Err(exit::advised("--state: this command works on one state", help));
    }
    match command {
        Command::Run(args) => run::run(args, global, now),
        Command::Check(args) => check::run(args, global, now),
        Command::Plan(args) => plan::run(args, global, now),
        Command::History(args) => history::run(args, global, now),
        Command::Event(args) => event::run(args, global, now),
        Command::Fetch(args) => fetch::run(args, global, now),
        Command::Inbox(args) => inbox::run(args, global, now),
        Command::Snooze(args) => snooze::run(args, global, now),
        Command::State(args) => state::run(args, global, now),
        Command::Test(args) => test::run(args, global, now),
        Command::Validate(args) => validate::run(args, global, now),
        Command::Init(args) => init::run(args, global, now),
        Command::Generate(args) => generate::run(args),
    }
}

/// Help and version are no failure; everything else is a usage error, exit 3 and never 2, so that no
/// monitoring system takes a typing mistake for an expired certificate.
pub(crate) fn refuse_arguments(refusal: &clap::Error) -> ExitCode {
    let printed = refusal.print().and_then(|()| std::io::stdout().flush());
    if refusal.use_stderr() {
        // Nothing is left to tell if even standard error cannot be written to.
        if let Some(help) = advice::on(refusal) {
            output::help(help);
        }
        return Exit::Failed.into();
    }
    output::written(printed).map_or_else(|problem| output::report(&problem), |()| Exit::Done).into()
}
