//! The secrets of a policy, for those who must not say them.

use std::collections::BTreeSet;

use crate::redactor::Redactor;

pub(super) use crate::disk::{Environment, reveal};

/// What a program of this machine is not given, and what is not repeated of what it says.
#[derive(Clone, Copy)]
pub(super) struct KeptBack<'r> {
    pub(super) variables: &'r BTreeSet<String>,
    /// Made where there is something to say.
    pub(super) redactor: &'r dyn Fn() -> &'r Redactor,
}
