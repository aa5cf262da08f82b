//! The state file: lock, read, replace in one step.
