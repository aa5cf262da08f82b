//! A problem of a run.

/// Something that could not be done, or that only a person can mend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunProblem {
    /// Where it is: a certificate, a contact's channel, the schedule.
    pub place: String,
    pub message: String,
    pub help: String,
    /// New, changed, or a day old: printed even by `--quiet`.
    pub is_news: bool,
    /// The run did not do all that it should: exit code 1. Else only a warning.
    pub is_failure: bool,
    /// What it is remembered by, where `place` names what may change from run to run.
    pub key: Option<String>,
    /// What is compared with the last run's, where `message` says more than that.
    pub topic: Option<String>,
    /// A look that failed in this run only may work in the next: then it was no news.
    pub is_passing: bool,
}
