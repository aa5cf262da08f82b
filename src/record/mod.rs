//! The edge that remembers: the state file, its journal, its lock and its versions; internal messages as they lie in their Maildir; and reports that wait to be taken in.

mod by_line;
mod compact;
mod document;
mod error;
mod examine;
mod generations;
mod inbox;
mod journal;
mod known;
mod lock;
mod origin;
mod own_file;
mod repeated_key;
mod spool;
mod state_file;
mod unknown;

pub use error::{Instead, Notice, RecordError};
pub use examine::{Examination, JournalState, Previous, examine, is_there};
pub use inbox::{Inbox, InboxError, Letter};
pub use spool::{Spool, SpoolError, SpoolNotice, is_https};
pub use state_file::{Opened, StateFile, read};

/// The generation before the last one.
const PREVIOUS: &str = ".previous";
/// What was recorded since the last generation was written.
const JOURNAL: &str = ".journal";
/// The generation that is being written.
const NEXT: &str = ".next";
/// Locked, never replaced and never deleted.
const LOCK: &str = ".lock";
/// The directory of reports, beside the state.
const EVENTS: &str = "events";
