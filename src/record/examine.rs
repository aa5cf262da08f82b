//! A state as it lies on the disk, looked at without changing anything: is it whole, and whose is it.

use std::path::Path;

use time::OffsetDateTime;

use super::document::{Document, DocumentError};
use super::error::sibling;
use super::generations::{self, Beside};
use super::state_file::absolute;
use super::{Notice, PREVIOUS, RecordError};
use crate::history::History;

/// What is known of a state.
#[derive(Debug)]
pub struct Examination {
    /// The policy file that it names, and what it holds as it was recorded; none where no generation is good.
    pub good: Option<(String, History)>,
    pub previous: Previous,
    pub journal: JournalState,
    /// What is wrong with its files.
    pub notices: Vec<Notice>,
    /// How many moments are recorded that are later than now.
    pub later_than_now: usize,
}

/// The generation before the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Previous {
    Absent,
    Good,
    Damaged { cause: String },
}

/// What lies beside a state under the name of its journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalState {
    Absent,
    /// A run did not come to its end, or is at work: every command reads both.
    Used,
    /// The state has all of it already.
    Folded,
    /// Not all of it can be read.
    PartlyUsed,
    /// It belongs to no generation that is there, or is no journal.
    Orphan,
}

/// Looks at the state at `path`.
///
/// # Errors
/// It cannot be read, is of a newer version, or is no state.
pub fn examine(path: &Path, now: OffsetDateTime) -> Result<Examination, RecordError> {
    let path = absolute(path)?;
    let mut loaded = generations::load_without_lock(&path)?;
    let mut later_than_now = 0;
    let good = loaded.good.take().map(|(document, history)| {
        let mut clamped = history.clone();
        clamped.clamp_to_now(now);
        later_than_now = clamped.ahead.len();
        (document.policies, history)
    });
    let journal = match loaded.journal {
        Beside::Nothing => JournalState::Absent,
        Beside::Replayed => JournalState::Used,
        Beside::Folded => JournalState::Folded,
        Beside::PartlyReplayed => JournalState::PartlyUsed,
        Beside::Unusable => JournalState::Orphan,
    };
    let previous = match super::own_file::read(&sibling(&path, PREVIOUS))?.map(|bytes| Document::parse(&bytes)) {
        None => Previous::Absent,
        Some(Ok(_)) => Previous::Good,
        Some(Err(DocumentError::Newer(version))) => {
            return Err(RecordError::Newer { path: sibling(&path, PREVIOUS), version });
        }
        Some(Err(error)) => Previous::Damaged { cause: error.to_string() },
    };
    Ok(Examination { good, previous, journal, notices: loaded.notices, later_than_now })
}

/// Whether a generation of a state lies there, good or not.
#[must_use]
pub fn is_there(path: &Path) -> bool {
    [path.to_owned(), sibling(path, PREVIOUS)].iter().any(|path| path.symlink_metadata().is_ok())
}
