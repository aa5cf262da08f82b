//! The mail server: where it is, as whom it is spoken to, and how long it may take.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

use crate::policy::{Host, MailTls, Revealed};

/// How to reach the mail server, and as whom.
pub(in crate::deliver) struct Server<'a> {
    pub(in crate::deliver) host: &'a Host,
    pub(in crate::deliver) port: u16,
    pub(in crate::deliver) tls: MailTls,
    /// What it is trusted by, where TLS is spoken.
    pub(in crate::deliver) config: Option<Arc<ClientConfig>>,
    pub(in crate::deliver) helo: &'a str,
    pub(in crate::deliver) credentials: Option<Credentials>,
    /// For each address of the server.
    pub(in crate::deliver) patience: Duration,
    pub(in crate::deliver) limits: MailLimits,
    /// No step goes on beyond it.
    pub(in crate::deliver) deadline: Instant,
}

/// How long each step may take (RFC 5321 §4.5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailLimits {
    pub greeting: Duration,
    /// The answer to any command but DATA.
    pub command: Duration,
    pub data: Duration,
    /// Each block of the mail.
    pub block: Duration,
    /// The answer to the final dot: a server that is slower than the client makes copies.
    pub end: Duration,
}

impl Default for MailLimits {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self { greeting: minutes(5), command: minutes(5), data: minutes(2), block: minutes(3), end: minutes(10) }
    }
}

impl MailLimits {
    /// The same for every step.
    #[must_use]
    pub const fn each(limit: Duration) -> Self {
        Self { greeting: limit, command: limit, data: limit, block: limit, end: limit }
    }
}

/// As whom, and what proves it.
pub(in crate::deliver) struct Credentials {
    pub(in crate::deliver) user: String,
    pub(in crate::deliver) key: Key,
}

pub(in crate::deliver) enum Key {
    Password(Revealed),
    /// An access token (RFC 6750).
    Token(Revealed),
}
