//! The edge that remembers: the state file, its lock and its versions; and internal messages as they lie in their Maildir.

mod document;
mod error;
mod generations;
mod inbox;
mod lock;
mod regular;
mod state_file;

pub use error::{Instead, Notice, RecordError};
pub use inbox::{Inbox, InboxError, Letter};
pub use state_file::{Opened, StateFile, read};

/// The generation before the last one.
const PREVIOUS: &str = ".previous";
/// The generation that is being written.
const NEXT: &str = ".next";
/// Locked, never replaced and never deleted.
const LOCK: &str = ".lock";
