//! Why a mail server did not take a mail, and at which step.

use super::reply::Reply;
use crate::net::connect_error;

/// Why the server did not take the mail. Replies are as the server wrote them: not yet fit to be shown.
#[derive(Debug)]
pub(in crate::deliver) enum Trouble {
    NoConnection(String),
    /// The server's certificate cannot be trusted.
    Untrusted(String),
    /// The connection broke before the end of the mail was written: it was not taken.
    Broken(String),
    /// The whole mail was written and nothing was answered.
    Unanswered(String),
    /// The server answered 4yz or 5yz to this.
    Refused(Step, Reply),
    /// As this server and the policy file stand, no mail can go out safely.
    Unsafe(&'static str, &'static str),
    /// This mail cannot go out by this server.
    Unfit(&'static str, &'static str),
    /// It takes no more than so many bytes.
    TooBig(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::deliver) enum Step {
    Greeting,
    StartTls,
    Authentication,
    /// Logging in by an access token.
    Token,
    Sender,
    Recipients,
    Mail,
}

impl Trouble {
    /// No TLS was spoken.
    pub(super) fn of_handshake(error: &std::io::Error) -> Self {
        let clause = connect_error::of(error);
        if connect_error::is_of_certificate(error) { Self::Untrusted(clause) } else { Self::NoConnection(clause) }
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
            Self::Unsafe(..) | Self::Untrusted(_) => true,
            Self::Refused(step, _) => {
                matches!(step, Step::Greeting | Step::StartTls | Step::Authentication | Step::Token)
            }
            Self::NoConnection(_) | Self::Broken(_) | Self::Unanswered(_) | Self::Unfit(..) | Self::TooBig(_) => false,
        }
    }
}

impl Step {
    /// The object of "the server refused …".
    pub(in crate::deliver) const fn what(self) -> &'static str {
        match self {
            Self::Greeting => "the connection",
            Self::StartTls => "STARTTLS",
            Self::Authentication => "the login",
            Self::Token => "the access token",
            Self::Sender => "the sender",
            Self::Recipients => "the recipient",
            Self::Mail => "the mail",
        }
    }
}
