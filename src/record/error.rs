//! Why the state cannot be used, and what is to be said of one that can.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::text::untrusted::clean_keeping_spaces as clean;

/// Why there is no memory to work with: nothing is sent then.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error(
        "state file {}: it belongs to the policy file `{}`, not to `{}`",
        shown(path),
        clean(belongs_to),
        shown(policies)
    )]
    OtherPolicies { path: PathBuf, belongs_to: String, policies: PathBuf },
    #[error("state file {}: a later certnotify wrote it (version {version})", shown(path))]
    Newer { path: PathBuf, version: u64 },
    #[error("state file {}: {} is at work with it", shown(path), clean(holder))]
    Busy { path: PathBuf, holder: String },
    #[error("state file {}: this is {what}, not a file", shown(path))]
    NotAFile { path: PathBuf, what: &'static str },
    /// A file that certnotify did not write.
    #[error("state file {}: this is no state of certnotify: {}", shown(path), clean(cause))]
    NotAState { path: PathBuf, cause: String },
    #[error("state file {}: it cannot be read", shown(path))]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("state file {}: it cannot be locked", shown(path))]
    Unlockable { path: PathBuf, source: std::io::Error },
    #[error("state file {}: nothing can be recorded", shown(path))]
    Unwritable { path: PathBuf, source: std::io::Error },
    #[error("state file {}: something in it cannot be written down", shown(path))]
    Unspeakable { path: PathBuf, source: serde_json::Error },
}

impl RecordError {
    /// The next thing to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::OtherPolicies { .. } => {
                "nothing was sent. --adopt takes it over for this policy file; --state FILE names another one"
            }
            Self::Newer { .. } => "nothing was sent, and it was left alone: install the version that wrote it",
            Self::Busy { .. } => "nothing was sent; try again when that one has ended",
            Self::NotAFile { .. } => "--state FILE names the real file, or one that does not exist yet",
            Self::NotAState { .. } => {
                "nothing was sent, and it was left alone: --state FILE names a state, or a file that does not exist yet"
            }
            Self::Unreadable { .. } => "run as the user it belongs to",
            Self::Unlockable { .. } => "--state FILE names one on a local file system",
            Self::Unwritable { .. } => {
                "what cannot be recorded is not sent: make room, or let this user write in that directory"
            }
            Self::Unspeakable { .. } => "this is a mistake of certnotify: please report it",
        }
    }
}

/// Something about the state that a person should know, though the run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The state file was no state.
    Damaged { path: PathBuf, cause: String, instead: Instead, set_aside: Option<PathBuf> },
    /// The state file was gone, and the generation before it was still there.
    Missing { path: PathBuf },
    /// What was recorded beside the state file cannot be used, or not all of it.
    Journal { path: PathBuf, cause: String, set_aside: Option<PathBuf> },
    /// `--adopt` took it over from this policy file.
    Adopted { path: PathBuf, from: String },
    /// Something was recorded later than now.
    ClockJumped { path: PathBuf },
}

/// What is used instead of a damaged state file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    PreviousGeneration,
    Nothing,
}

impl Notice {
    /// Whether the run, though it goes on, ends with exit code 1.
    #[must_use]
    pub fn is_problem(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Missing { .. } | Self::Journal { .. })
    }

    /// The next thing to do, or what was done.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Damaged { set_aside, instead, .. } => {
                let kept = kept(set_aside.as_deref());
                match instead {
                    Instead::PreviousGeneration => format!("{kept}; what it knew more may be told once more"),
                    Instead::Nothing => format!("{kept}; what was told before is told once more"),
                }
            }
            Self::Journal { set_aside, .. } => {
                format!("{}; what it alone knew may be told once more", kept(set_aside.as_deref()))
            }
            Self::Missing { path } => {
                format!("to start afresh, remove {} too", shown(&sibling(path, super::PREVIOUS)))
            }
            Self::Adopted { .. } => "from now on it belongs to this policy file".to_owned(),
            Self::ClockJumped { .. } => "it is taken as now; see to the clock of this machine".to_owned(),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { path, cause, instead, .. } => {
                let instead = match instead {
                    Instead::PreviousGeneration => "the generation before it is used",
                    Instead::Nothing => "the memory starts empty",
                };
                write!(f, "state file {}: it is damaged, {instead}: {}", shown(path), clean(cause))
            }
            Self::Missing { path } => {
                write!(f, "state file {}: it is gone, the generation before it is used", shown(path))
            }
            Self::Journal { path, cause, .. } => {
                write!(f, "journal of the state {}: {}", shown(path), clean(cause))
            }
            Self::Adopted { path, from } => {
                write!(f, "state file {}: taken over from `{}`", shown(path), clean(from))
            }
            Self::ClockJumped { path } => {
                write!(f, "state file {}: something was recorded later than now", shown(path))
            }
        }
    }
}

fn kept(set_aside: Option<&Path>) -> String {
    match set_aside {
        Some(path) => format!("it was kept as {}", shown(path)),
        None => "the next run sets it aside".to_owned(),
    }
}

fn shown(path: &Path) -> String {
    clean(&path.to_string_lossy())
}

/// `state.json` and `.lock` → `state.json.lock`.
pub(super) fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
