//! The exit codes, one scheme for every command, and the shape of a failure.

use std::process::ExitCode;

use certnotify::event::Severity;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    /// `check`: warning. Others: done in part, what is missing is on stderr and stays due.
    Partial = 1,
    /// `check` only.
    Critical = 2,
    /// `check`: unknown. Others: could not do the job.
    Failed = 3,
}

impl Exit {
    /// Of `check`.
    pub(crate) const fn from_verdict(status: Severity) -> Self {
        match status {
            Severity::Ok => Self::Done,
            Severity::Warning => Self::Partial,
            Severity::Critical => Self::Critical,
            Severity::Unknown => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure that knows what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct CliError {
    pub message: String,
    pub help: String,
}

/// A failure with the next thing to do.
pub(crate) fn advised(message: impl Into<String>, help: impl Into<String>) -> anyhow::Error {
    CliError { message: message.into(), help: help.into() }.into()
}
