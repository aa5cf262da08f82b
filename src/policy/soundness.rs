//! How far the policy files can be read.

/// How much of the files is TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Soundness {
    Whole,
    /// Some values are not; every table is known.
    BrokenValues,
    /// Which tables there are cannot be known.
    BrokenTables,
}
