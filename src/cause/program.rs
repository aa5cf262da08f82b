//! Why a program gave nothing.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SystemError;
use super::places::Places;

/// Why a program printed no certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramCause {
    Error(ProgramError),
    PrintsTooMuch { program: String, mebibytes: u64 },
    Failed { program: String, end: ProgramEnd, said: String },
}

/// Why a program did not end by itself, or did not even begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProgramError {
    NotFound(String),
    /// The interpreter that its first line names does not exist.
    NoInterpreter(String),
    NotExecutable {
        program: String,
        error: SystemError,
    },
    /// It was killed, and with it whatever it had started in its process group.
    TimedOut {
        program: String,
        limit: Duration,
    },
    /// It was started, and what became of it is not known: who started it is gone.
    Unheard(String),
    /// This machine could not do it: out of memory, of processes, of descriptors.
    System {
        program: String,
        error: SystemError,
    },
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProgramEnd {
    Code(i32),
    Signal(i32),
}

impl fmt::Display for ProgramEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clause(Places::Named))
    }
}

impl ProgramError {
    fn clause(&self, at: Places) -> String {
        match self {
            Self::NotFound(program) => format!("{} does not exist", at.quoted(program)),
            Self::NoInterpreter(program) => format!(
                "{} cannot be executed: the interpreter that its first line names does not exist",
                at.quoted(program)
            ),
            Self::NotExecutable { program, error } => format!("{} cannot be executed: {error}", at.quoted(program)),
            Self::TimedOut { program, limit } => {
                format!("{} did not end within {} s", at.quoted(program), limit.as_secs_f32())
            }
            Self::Unheard(program) => format!("how {} ended is not known", at.quoted(program)),
            Self::System { program, error } => format!("{} could not be run: {error}", at.quoted(program)),
        }
    }
}

impl ProgramCause {
    pub(super) fn clause(&self, at: Places) -> String {
        match self {
            Self::Error(error) => error.clause(at),
            Self::PrintsTooMuch { program, mebibytes } => {
                format!("{} printed more than {mebibytes} MiB and was killed", at.quoted(program))
            }
            Self::Failed { program, end, said } => {
                let said = if said.is_empty() { String::new() } else { format!(": {said}") };
                format!("{} failed: {end}{said}", at.quoted(program))
            }
        }
    }
}
