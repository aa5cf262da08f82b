//! Why a connection failed, or was not even tried.

use serde::{Deserialize, Serialize};

use super::{ChainCause, SystemError};

/// Why a connection failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionError {
    #[error("it took too long")]
    Timeout,
    #[error("it closed the connection")]
    Closed,
    #[error("its name has no address")]
    NoAddress,
    #[error("its name was not resolved in time")]
    SlowResolver,
    #[error("its certificate is not trusted: {0}")]
    Untrusted(Box<ChainCause>),
    #[error("it does not speak TLS")]
    NotTls,
    #[error("it offers neither TLS 1.2 nor 1.3")]
    OldTls,
    #[error("it refused every version of TLS, key exchange and cipher that is known here")]
    NothingInCommon,
    #[error("it knows no host of this name")]
    UnknownName,
    /// Of TLS, as RFC 8446 §6 calls it.
    #[error("it refused with the alert {0}")]
    Alert(String),
    /// With this status.
    #[error("the proxy refused: HTTP {0}")]
    RefusedByProxy(u16),
    #[error("the proxy did not answer")]
    SilentProxy,
    #[error("its address cannot be used")]
    BadAddress,
    #[error("it does not speak HTTP")]
    NotHttp,
    #[error("it does not answer as a mail server does")]
    NotSmtp,
    /// The code of the reply (RFC 5321 §4.2).
    #[error("it answered {0} to RSET")]
    NotReset(u16),
    #[error("it answered {0} to the mail")]
    OddEnd(u16),
    #[error("the connection failed")]
    Failed,
    #[error("{0}")]
    System(SystemError),
}

impl ConnectionError {
    /// With the words of others as `said` makes them.
    #[must_use]
    pub fn map_said(self, said: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Untrusted(cause) => Self::Untrusted(Box::new(cause.map_said(said))),
            Self::System(SystemError { kind, said: words }) => Self::System(SystemError { kind, said: said(&words) }),
            other => other,
        }
    }
}

/// Why a request by HTTP was not even tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NotTried {
    #[error("plain http goes only to this machine and to private networks, and this host has a public address")]
    PublicByHttp,
    #[error("it has an address that is not of the Internet: only certificates judged by a `ca-file` may lead there")]
    NotPublic,
    #[error("it has an address that is unassigned or of this link only")]
    OfLink,
    #[error("plain http is not sent through a proxy, which could take it anywhere")]
    ProxiedHttp,
    #[error("the proxy's address is not of the form http://HOST:PORT")]
    BadProxy,
    #[error("TLS is not set up")]
    NoTls,
}

impl NotTried {
    /// What would help.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::PublicByHttp => "write its address with https://",
            Self::NotPublic => "name the `ca-file` of its authority",
            Self::OfLink => "",
            Self::ProxiedHttp => "write its address with https://, or leave out `proxy`",
            Self::BadProxy => "correct `proxy`, or the environment variable HTTPS_PROXY",
            Self::NoTls => "report this as a bug",
        }
    }
}

/// Why text is no address of the web, as the end of the sentence "the webhook address …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum AddressError {
    #[error("holds a space or a line break")]
    Space,
    #[error("does not begin with https://")]
    NotOfWeb,
    #[error("holds a user name")]
    Login,
    #[error("holds a character that no web address has")]
    BadCharacter,
    #[error("names no host")]
    NoHost,
}
