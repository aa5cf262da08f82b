//! The edge that remembers: the state file, its lock and its versions.

mod document;
mod inbox;
mod state_file;
