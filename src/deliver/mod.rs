//! The edge that sends: one message at a time, and what the channel answered.

mod channels;
mod chat;
mod command;
mod corrections;
mod heartbeat;
mod in_session;
mod inbox;
mod mail;
mod mail_result;
mod oauth;
mod outcome;
mod ports;
mod proxy;
mod queue;
mod rate_limit;
mod recipients;
mod refusals;
mod retry;
mod sender;
mod sendmail;
mod session;
mod smtp;
mod socket;
mod throttled;
mod tickets;
mod time_limits;
mod trust;
mod webhook;
mod written_ahead;

pub use channels::Channels;
pub use corrections::{Correction, Uncorrected, correct_all};
pub use heartbeat::{BeatLimits, Heartbeat, LostBeat, PingKind};
pub use outcome::{NEXT_RUN, Outcome};
pub use ports::ports;
pub use recipients::{Undelivered, WhyNot, cause as cause_of_addresses, help as help_for_addresses};
pub use refusals::{Resting, resting, resting_until, rests, tried_again_at, when_again};
pub use retry::{send_all, send_one};
pub use smtp::MailLimits;
pub use throttled::Throttled;
pub use time_limits::TimeLimits;

use std::time::Duration;

use time::OffsetDateTime;

use crate::cause::{ConnectionError, DeliveryCause, Handed, ProgramError, Setting};
use crate::net::connect_error::MEND_THE_CERTIFICATE;
use crate::net::http::NoAnswer;
use crate::policy::{Channel, SecretError};
use crate::redactor::Redactor;
use crate::render::Message;

/// What one try came to.
type Sent = Result<Receipt, DeliveryError>;

/// What a channel said when it took a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// `localhost:25: 250, queued as 4c7Xk2`, without any secret; empty where there is nothing to say.
    pub answer: String,
    /// Addresses that do not have the mail although others have it, and why.
    pub refused: Vec<Undelivered>,
    /// What the service knows it by, where it can be changed.
    pub posted: Option<String>,
    /// What is to be mended although the message was taken.
    pub remark: Option<Warning>,
    /// What is doubtful about the address that took it: for who tries it.
    pub doubt: Option<Warning>,
    /// Which of the messages of fewer rows was taken, where the service refused the whole one.
    pub fewer: Option<usize>,
}

/// Something that only a person can mend, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub what: String,
    pub help: String,
}

/// Why a message was not taken, and whether trying again can help. No text in it holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// No connection: the other messages for the same server wait for the retry round.
    #[error("{reason}")]
    NoConnection { reason: DeliveryCause },
    #[error("{reason}")]
    Transient { reason: DeliveryCause, retry_after: Option<Duration> },
    #[error("{reason}")]
    Throttled { reason: DeliveryCause, until: OffsetDateTime },
    #[error("{reason}")]
    Permanent { reason: DeliveryCause, help: String },
    /// Refused for what it says: a plainer form of it may pass.
    #[error("{reason}")]
    Content { reason: DeliveryCause, help: String },
    /// All was written and nothing was answered.
    #[error("{reason}")]
    Unanswered { reason: DeliveryCause },
    /// The mail server took the mail for none of several addresses, for reasons that differ.
    #[error("{}", recipients::cause(.refused))]
    Recipients { refused: Vec<Undelivered> },
}

impl DeliveryError {
    /// What only a person can mend, and how.
    fn permanent(reason: DeliveryCause, help: impl Into<String>) -> Self {
        Self::Permanent { reason, help: help.into() }
    }

    /// What may go better at the next try.
    const fn transient(reason: DeliveryCause) -> Self {
        Self::Transient { reason, retry_after: None }
    }

    const fn no_connection(reason: DeliveryCause) -> Self {
        Self::NoConnection { reason }
    }

    const fn unanswered(reason: DeliveryCause) -> Self {
        Self::Unanswered { reason }
    }

    /// Of a program that was to be handed a message; `help` where it cannot be run at all.
    fn from_program(error: ProgramError, handed: Handed, help: &str) -> Self {
        match error {
            ProgramError::NotFound(_) | ProgramError::NoInterpreter(_) | ProgramError::NotExecutable { .. } => {
                Self::permanent(DeliveryCause::Program(error), help)
            }
            ProgramError::TimedOut { .. } => Self::unanswered(DeliveryCause::ProgramTimeout(error, handed)),
            ProgramError::Unheard(_) => Self::unanswered(DeliveryCause::Program(error)),
            ProgramError::System { .. } => Self::transient(DeliveryCause::Program(error)),
        }
    }

    /// Why, whether or not trying again can help.
    fn into_cause(self) -> DeliveryCause {
        match self {
            Self::NoConnection { reason }
            | Self::Transient { reason, .. }
            | Self::Throttled { reason, .. }
            | Self::Permanent { reason, .. }
            | Self::Content { reason, .. }
            | Self::Unanswered { reason } => reason,
            Self::Recipients { refused } => recipients::cause(&refused),
        }
    }
}

/// Why a server gave no answer, in what may be shown.
fn without_answer(host: String, none: NoAnswer, redactor: &Redactor) -> DeliveryError {
    let shown = |cause: ConnectionError| cause.map_said(|said| redactor.said(said));
    match none {
        NoAnswer::NoConnection(cause) => DeliveryError::no_connection(DeliveryCause::NoConnection(host, shown(cause))),
        NoAnswer::Unanswered(cause) => DeliveryError::unanswered(DeliveryCause::NoAnswer(host, shown(cause))),
        NoAnswer::Untrusted(cause) => {
            DeliveryError::permanent(DeliveryCause::NoConnection(host, shown(cause)), MEND_THE_CERTIFICATE)
        }
        NoAnswer::NotTried(why) => DeliveryError::permanent(DeliveryCause::NotTried(host, why), why.help()),
    }
}

/// Something that can send messages: the real channels, or a test's.
pub trait Transport {
    /// What stands for the server or robot of this message, the same for all that share it: a hash for
    /// robots, so that no webhook address is written down. `None` where no server is involved.
    fn server(&self, message: &Message) -> Option<String>;

    /// What the connection goes to: where there is none, the other messages for the same wait for the
    /// retry round. Several robots live at one host.
    fn host(&self, message: &Message) -> Option<String> {
        self.server(message)
    }

    /// One try. `now` is the moment of this try.
    ///
    /// # Errors
    /// What the channel answered, or that it did not.
    fn send(&mut self, message: &Message, now: OffsetDateTime) -> Result<Receipt, DeliveryError>;

    /// Puts `message` in the place of one that the service knows as `id`.
    ///
    /// # Errors
    /// What the channel answered, or that it did not.
    fn correct(&mut self, message: &Message, _id: &str, _now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        Err(unreachable_by(message.channel))
    }

    /// What is to be sent after the next message, if nothing comes between: its server may hear of it with that one.
    fn expect(&mut self, _after: Option<&Message>, _now: OffsetDateTime) {}

    /// Time since the run began.
    fn elapsed(&self) -> Duration;

    /// Lets `pause` pass.
    fn wait(&mut self, pause: Duration);

    /// The run was asked to stop: nothing more is begun.
    fn is_stopped(&self) -> bool;
}

fn unreachable_by(channel: Channel) -> DeliveryError {
    DeliveryError::permanent(
        DeliveryCause::NoChannel(channel),
        "give the contact this channel, or take it out of the policy's `channels`",
    )
}

/// A secret that is not to be had fails its channel alone.
fn without_secret(setting: Setting, error: SecretError) -> DeliveryError {
    let help = error.help();
    DeliveryError::permanent(DeliveryCause::NoSecret(setting, error), help)
}
