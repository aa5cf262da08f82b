//! The JSON of the state file and its versions.
