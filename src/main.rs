//! The clock, the arguments, one command, the exit code.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        reason = "a test that panics has failed"
    )
)]

mod cli;

use std::process::ExitCode;

use certnotify::fault;
use certnotify::program::launcher;
use clap::Parser;
use time::OffsetDateTime;

/// The allocator of musl, with which the packages are built, takes most of the time of a run over many certificates.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == launcher::ARGUMENT) {
        return cli::start_programs();
    }
    if let Some(format) = cli::version_asked(std::env::args_os()) {
        return cli::print_version(format);
    }
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return cli::refuse_arguments(&refusal),
    };
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    let now = OffsetDateTime::now_utc().truncate_to_second();
    note_panics();
    cli::main(&arguments, now)
}

/// A panic that is contained is told as the problem of its item, and not by the runtime.
fn note_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|at| fault::note_panic(at.file(), at.line())) {
            usual(panic);
        }
    }));
}
