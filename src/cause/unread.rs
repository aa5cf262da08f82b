//! Why nothing is looked at where the policy file or the command line names something.

/// Why something that is named gives nothing to look at. The first text is the name as it is written, the last one what
/// is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadCause {
    #[error("the list `{0}` cannot be read: {1}")]
    List(String, String),
    #[error("line {1} of the list `{0}`: {2}")]
    Line(String, usize, String),
    #[error("{1} more lines of the list `{0}` name no endpoint")]
    MoreLines(String, usize),
    #[error("the list `{0}` names no endpoint")]
    EmptyList(String),
    #[error("`{0}` includes nothing")]
    Include(String),
    /// A target of the command line.
    #[error("{0}")]
    Target(String),
}
