//! Printable text: what is removed from it, where it is cut, how wide it is shown.

pub(crate) mod columns;
pub mod untrusted;
