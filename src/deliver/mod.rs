//! The edge that sends: one message at a time, and what the channel answered.

mod dingtalk;
mod http;
mod inbox;
mod lark;
mod mail;
mod pace;
mod retry;
mod secrets;
mod wecom;

use std::time::Duration;

use time::OffsetDateTime;

use crate::render::Message;

/// What a channel said when it took a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// `localhost:25: 250, queued as 4c7Xk2`, without any secret; empty where there is nothing to say.
    pub answer: String,
}

/// Why a message was not taken, and whether trying again can help. No text in it holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// No connection: the other messages for the same server wait for the retry round.
    #[error("{reason}")]
    NoConnection { reason: String },
    #[error("{reason}")]
    Transient { reason: String, retry_after: Option<Duration> },
    #[error("{reason}")]
    Throttled { reason: String, until: OffsetDateTime },
    #[error("{reason}")]
    Permanent { reason: String, help: String },
    /// All was written and nothing was answered.
    #[error("{reason}")]
    Unanswered { reason: String },
}

/// Something that can send messages: the real channels, or a test's.
pub trait Courier {
    /// What stands for the server or robot of this message, the same for all that share it: a hash for
    /// robots, so that no webhook address is written down. `None` where no server is involved.
    fn server(&self, message: &Message) -> Option<String>;

    /// One try. `now` is the moment of this try.
    ///
    /// # Errors
    /// What the channel answered, or that it did not.
    fn send(&mut self, message: &Message, now: OffsetDateTime) -> Result<Receipt, DeliveryError>;

    /// Time since the run began.
    fn elapsed(&self) -> Duration;

    /// Lets `pause` pass.
    fn wait(&mut self, pause: Duration);

    /// The run was asked to stop: nothing more is begun.
    fn is_stopped(&self) -> bool;
}
