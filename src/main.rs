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

use clap::Parser;
use time::OffsetDateTime;

fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return cli::refuse_arguments(&refusal),
    };
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    let now = OffsetDateTime::now_utc().truncate_to_second();
    cli::main(arguments, now)
}
