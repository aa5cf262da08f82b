//! The exit codes, one scheme for every command, and the shape of a failure.

use std::process::ExitCode;

use certnotify::pass::Problem;
use certnotify::record::Notice;

use super::output;

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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure that knows what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Advised {
    pub message: String,
    pub help: String,
}

/// A failure with the next thing to do.
pub(crate) fn advised(message: impl Into<String>, help: impl Into<String>) -> anyhow::Error {
    Advised { message: message.into(), help: help.into() }.into()
}

/// What is to be said of a state that can be used all the same.
pub(crate) fn of_notice(notice: &Notice) -> Problem {
    let (place, message) = ("state file".to_owned(), notice.to_string());
    let message = message.strip_prefix("state file ").map(str::to_owned).unwrap_or(message);
    Problem { place, message, help: notice.help(), is_news: true, is_failure: notice.is_problem() }
}

/// Prints why the job could not be done: `certnotify: <where>: <what>: <cause>` and the help.
pub(crate) fn report(problem: &anyhow::Error) -> Exit {
    let help = problem.downcast_ref::<Advised>().map(|advised| advised.help.as_str());
    output::problem(&format!("{problem:#}"), help);
    Exit::Failed
}
