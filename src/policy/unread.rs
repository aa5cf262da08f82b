//! What of the policy file's company could not be read.

use std::path::PathBuf;

use crate::cause::UnreadCause;
use crate::event::FindingId;

/// A list of endpoints, a line of it, or an include that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadSource {
    /// The absolute path of the list, or the pattern of the include.
    pub path: PathBuf,
    /// From 1; nothing where it is the whole list.
    pub line: Option<usize>,
    /// `unreadable`, `nothing-found` or `unparsable`.
    pub id: FindingId,
    pub cause: UnreadCause,
    pub help: Option<String>,
}
