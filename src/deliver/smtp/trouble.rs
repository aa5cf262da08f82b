//! Why a mail server did not take a mail, and at which step.

use super::reply::Reply;
pub(in crate::deliver) use crate::cause::MailStep as Step;
use crate::cause::{ConnectionError, MailServerError};
use crate::net::connect_error;

/// Why the server did not take the mail. Replies are as the server wrote them: not yet fit to be shown.
#[derive(Debug)]
pub(in crate::deliver) enum Trouble {
    NoConnection(ConnectionError),
    /// The server's certificate cannot be trusted.
    Untrusted(ConnectionError),
    /// The connection broke before the end of the mail was written: it was not taken.
    Broken(ConnectionError),
    /// The whole mail was written and nothing was answered.
    Unanswered(ConnectionError),
    /// The server answered 4yz or 5yz to this.
    Refused(Step, Reply),
    /// As this server and the policy file stand, no mail can go out safely.
    Unsafe(MailServerError),
    /// This mail cannot go out by this server.
    Unfit(MailServerError),
    /// It takes no more than so many bytes.
    TooBig(u64),
}

impl Trouble {
    /// No TLS was spoken.
    pub(super) fn from_handshake(error: &std::io::Error) -> Self {
        let cause = connect_error::of(error);
        if connect_error::is_of_certificate(error) { Self::Untrusted(cause) } else { Self::NoConnection(cause) }
    }

    /// A shorter mail may be taken: of at most so many bytes, as far as the server says.
    pub(in crate::deliver) fn room(&self) -> Option<u64> {
        match self {
            Self::TooBig(most) => Some(*most),
            // RFC 1870 §6.1 and §6.2.
            Self::Refused(Step::Sender | Step::Mail, reply) if reply.code == 552 => Some(u64::MAX),
            _ => None,
        }
    }

    /// It was settled before any sender or recipient was named: the next mail would fare the same.
    pub(in crate::deliver) fn concerns_all_mail(&self) -> bool {
        match self {
            Self::Unsafe(_) | Self::Untrusted(_) => true,
            Self::Refused(step, _) => {
                matches!(step, Step::Greeting | Step::StartTls | Step::Authentication | Step::Token)
            }
            Self::NoConnection(_) | Self::Broken(_) | Self::Unanswered(_) | Self::Unfit(_) | Self::TooBig(_) => false,
        }
    }
}
