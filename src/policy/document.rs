//! The policy file as it is written.
