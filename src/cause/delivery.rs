//! Why a message was not delivered.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AddressError, CaFileError, ConnectionError, NotTried, ProgramEnd, ProgramError, SystemError};
use crate::channels::{Channel, Objection};
use crate::fault::Fault;
use crate::secret::SecretError;

/// Why a message was not delivered; no text in it holds a secret. The first text of a variant is the server or the program,
/// the last one what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryCause {
    #[error("this contact is not to be reached by {0}")]
    NoChannel(Channel),
    #[error("{0}: {error}", error = .1.in_full())]
    NoSecret(Setting, SecretError),
    #[error("`{0}` is no mail address")]
    BadMailbox(String),
    /// The key that holds the address.
    #[error("the {address} {1}", address = address_in(.0))]
    BadAddress(String, AddressError),
    /// Of one key, where it is not of the address.
    #[error("{0}: {key}{words}", key = of_key(.1.as_deref()), words = .2.en)]
    Objection(String, Option<String>, &'static Objection),
    /// Whose address it is, and for which channel it was written.
    #[error("{0}: this is an address of {1}, and not of {2}")]
    OtherVendor(String, Channel, Channel),
    #[error("{0}: this is not the whole address of a webhook of {1}")]
    HalfAddress(String, Channel),
    #[error("`ca-file` {0} cannot be used: {1}")]
    BadCaFile(String, Box<CaFileError>),
    #[error("TLS cannot be used: {0}")]
    NoTls(String),
    #[error("{0}: {1}")]
    NotTried(String, NotTried),
    #[error("no connection to {0}: {1}")]
    NoConnection(String, ConnectionError),
    #[error("no answer from {0}: {1}")]
    NoAnswer(String, ConnectionError),
    #[error("{0} refused it: {1}")]
    Refused(String, String),
    #[error("{0} is not taking messages now: {1}")]
    Busy(String, String),
    /// With a status that would be a success.
    #[error("{0} answered HTTP {1}, and did not say that it took the message")]
    NotConfirmed(String, u16),
    #[error("{0} asks for time: {1}")]
    Throttled(String, String),
    #[error("a gateway in front of {0} had no answer in time, and it may have the message: {1}")]
    GatewayTimeout(String, String),
    #[error("the answer of {0} was cut off")]
    CutOff(String),
    #[error("{0} may have the message{said}", said = after_colon(.1))]
    TicketUnanswered(String, String),
    #[error("{0}: it did not say which tickets there are")]
    TicketsNotListed(String),
    #[error("{0} gave no session for the token")]
    NoSession(String),
    #[error("{0}: {1}")]
    MailServer(String, MailServerError),
    #[error("the connection to {0} broke before the mail was handed over: {1}")]
    Broken(String, ConnectionError),
    #[error("{0} did not answer after taking the mail: {1}")]
    MailUnanswered(String, ConnectionError),
    /// In bytes.
    #[error("{0} takes no mail above {1} bytes, and this one is larger")]
    TooLarge(String, u64),
    #[error("{0} refused {1}: {2}")]
    StepRefused(String, MailStep, String),
    #[error("{0} does not take {1} now: {2}")]
    StepNotNow(String, MailStep, String),
    #[error("no access token: {0}")]
    NoToken(ProgramError),
    #[error("no access token: {0} failed{said}", said = after_colon(.1))]
    TokenProgramFailed(String, String),
    #[error("no access token from {0}: {1}")]
    NoTokenFrom(String, ConnectionError),
    #[error("{0} gives no access token now: {1}")]
    TokenNotNow(String, String),
    #[error("{0} refused an access token: {1}")]
    TokenRefused(String, String),
    #[error("{0} answered, and gave no access token")]
    WithoutToken(String),
    #[error("{0} is no access token: it is empty, or holds a space or a character that no token has")]
    BadToken(TokenSource),
    #[error("`token-url` in [email] {0}")]
    BadTokenUrl(AddressError),
    #[error("{0}")]
    Program(ProgramError),
    #[error("{0}{end}", end = .1.after_timeout())]
    ProgramTimeout(ProgramError, Handed),
    #[error("{0} was ended by signal {1}, and {2}{said}", said = after_colon(.3))]
    ProgramKilled(String, i32, Handed, String),
    #[error("{0} failed: {1}{said}", said = after_colon(.2))]
    ProgramFailed(String, ProgramEnd, String),
    #[error("{0} refused the mail: {1}{said}", said = after_colon(.2))]
    ProgramRefused(String, ProgramEnd, String),
    #[error("{0} does not take {what} now: {1}{said}", what = .2.name(), said = after_colon(.3))]
    ProgramNotNow(String, ProgramEnd, Handed, String),
    #[error("the inbox `{0}` cannot be written: {1}")]
    Inbox(String, SystemError),
    #[error("it asked for time and is not called before")]
    AskedForTime,
    #[error("the run's time limit of {0} s is over (`time-limit`): the next run goes on")]
    OutOfTime(u64),
    #[error("the run was asked to stop: the next one goes on")]
    Stopped,
    #[error("the page before it was not delivered")]
    AfterPage,
    #[error("nothing was answered in the last runs")]
    Silent,
    #[error("{0}")]
    Fault(Fault),
    /// By address.
    #[error("{}", .0.iter().map(|(address, cause)| format!("{address}: {cause}")).collect::<Vec<_>>().join("; "))]
    Addresses(Vec<(String, DeliveryCause)>),
    /// What a mail server said of an address; or what was remembered as text alone.
    #[error("{0}")]
    Said(String),
}

/// A key of the policy file that holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// Of the table of a channel.
    #[error("`{0}`")]
    Channel(String),
    #[error("`{0}` of [email]")]
    Email(String),
    #[error("`{0}` of `oauth` in [email]")]
    OAuth(String),
}

/// Where an access token came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum TokenSource {
    #[error("{0}")]
    Setting(Setting),
    #[error("what {0} printed")]
    Program(String),
    #[error("what {0} gave")]
    Server(String),
}

/// A step of handing a mail over, as the object of "the server refused …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum MailStep {
    #[error("the connection")]
    Greeting,
    #[error("STARTTLS")]
    StartTls,
    #[error("the login")]
    Authentication,
    /// Logging in by an access token.
    #[error("the access token")]
    Token,
    #[error("the sender")]
    Sender,
    #[error("the recipient")]
    Recipients,
    #[error("the mail")]
    Mail,
}

/// Why no mail, or not this one, can go out by a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum MailServerError {
    #[error("the mail has no recipient")]
    NoRecipient,
    #[error("an address has letters beyond ASCII before its `@`, and the server does not know those (SMTPUTF8)")]
    NoUtf8,
    #[error("the server does not offer STARTTLS, and without it nothing is sent")]
    NoStartTls,
    #[error("the server went on talking in clear after STARTTLS: an attacker may be in between")]
    Injected,
    #[error("the connection speaks TLS already")]
    TlsAlready,
    #[error("TLS is not set up")]
    NoTls,
    #[error("a password or a token would go out in clear: the server is not on this machine and `tls` is \"none\"")]
    NotConfidential,
    #[error(
        "the server offers no login by a password that is known here (PLAIN, LOGIN, SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5)"
    )]
    NoPasswordLogin,
    #[error("the server offers SCRAM and does not speak it")]
    NoScram,
    #[error("the server could not prove that it knows the password: another may stand in its place")]
    Unproven,
    #[error("the server offers neither AUTH OAUTHBEARER nor AUTH XOAUTH2")]
    NoTokenLogin,
}

/// What a program was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handed {
    Mail,
    Message,
}

/// What may have become of it.
impl fmt::Display for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mail => "may have taken the mail",
            Self::Message => "may have passed the message on",
        })
    }
}

impl Handed {
    const fn name(self) -> &'static str {
        match self {
            Self::Mail => "the mail",
            Self::Message => "messages",
        }
    }

    const fn after_timeout(self) -> &'static str {
        match self {
            Self::Mail => ", and may have taken the mail",
            Self::Message => " and was killed; it may have passed the message on",
        }
    }
}

impl MailServerError {
    /// What would help.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::NoRecipient => "give the contact an `email`",
            Self::NoUtf8 => "use an address in ASCII for this contact",
            Self::NoStartTls => {
                "an attacker may be in between, or the port is wrong: 587 for `starttls`, 465 for `implicit`"
            }
            Self::Injected => "nothing was sent; find out who answers on this port",
            Self::TlsAlready | Self::NoTls => "report this as a bug",
            Self::NotConfidential => {
                "set `tls` in [email] to \"implicit\" or \"starttls\", or leave out `password` and `oauth`"
            }
            Self::NoPasswordLogin => {
                "leave out `username` and `password` in [email] if it needs none; ask for another port; or use `oauth`"
            }
            Self::NoScram => "ask the administrator of the mail server",
            Self::Unproven => "find out who answers on this port",
            Self::NoTokenLogin => "write `password` in place of `oauth` in [email], or ask for another host or port",
        }
    }
}

impl DeliveryCause {
    /// What is to be remembered beside the words: nothing where there are only words.
    #[must_use]
    pub const fn value(&self) -> Option<&Self> {
        if matches!(self, Self::Said(_)) { None } else { Some(self) }
    }
}

impl From<&str> for DeliveryCause {
    fn from(said: &str) -> Self {
        Self::Said(said.to_owned())
    }
}

/// What the address is called, as the beginning of the sentence "the …", by the key that holds it.
fn address_in(key: &str) -> String {
    if key == "webhook" { "webhook address".to_owned() } else { format!("address in `{key}`") }
}

fn of_key(key: Option<&str>) -> String {
    key.map(|key| format!("`{key}`: ")).unwrap_or_default()
}

fn after_colon(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}
