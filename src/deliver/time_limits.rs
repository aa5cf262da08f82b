//! How long one try may take.

use std::time::Duration;

use super::smtp::MailLimits;

/// How long one try may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimits {
    /// To reach one address of a server.
    pub connection: Duration,
    /// Of a post to a robot, from the look-up of the name to the last byte.
    pub webhook: Duration,
    /// Of a mail, step by step.
    pub mail: MailLimits,
}

impl Default for TimeLimits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connection: seconds(5), webhook: seconds(15), mail: MailLimits::default() }
    }
}
