//! What a server speaks before TLS begins.

use std::fmt;
use std::str::FromStr;

use super::hints::nearest;

/// How TLS begins on a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// With the first byte.
    #[default]
    Tls,
    Smtp,
    Lmtp,
    Imap,
    Pop3,
    Sieve,
    Ftp,
    Ldap,
    Postgres,
    MySql,
    /// Of clients.
    Xmpp,
    /// Between servers.
    XmppServer,
    Nntp,
    Irc,
}

/// Every scheme of an endpoint and its usual port; the first of a protocol is its own name.
const SCHEMES: [(&str, Protocol, u16); 36] = [
    ("tls", Protocol::Tls, 443),
    ("https", Protocol::Tls, 443),
    ("wss", Protocol::Tls, 443),
    ("smtp", Protocol::Smtp, 25),
    ("submission", Protocol::Smtp, 587),
    ("smtps", Protocol::Tls, 465),
    ("submissions", Protocol::Tls, 465),
    ("lmtp", Protocol::Lmtp, 24),
    ("imap", Protocol::Imap, 143),
    ("imaps", Protocol::Tls, 993),
    ("pop3", Protocol::Pop3, 110),
    ("pop3s", Protocol::Tls, 995),
    ("pops", Protocol::Tls, 995),
    ("sieve", Protocol::Sieve, 4190),
    ("managesieve", Protocol::Sieve, 4190),
    ("ftp", Protocol::Ftp, 21),
    ("ftps", Protocol::Tls, 990),
    ("ldap", Protocol::Ldap, 389),
    ("ldaps", Protocol::Tls, 636),
    ("postgres", Protocol::Postgres, 5432),
    ("postgresql", Protocol::Postgres, 5432),
    ("mysql", Protocol::MySql, 3306),
    ("mariadb", Protocol::MySql, 3306),
    ("xmpp", Protocol::Xmpp, 5222),
    ("xmpps", Protocol::Tls, 5223),
    ("xmpp-client", Protocol::Xmpp, 5222),
    ("xmpp-server", Protocol::XmppServer, 5269),
    ("xmpps-server", Protocol::Tls, 5270),
    ("nntp", Protocol::Nntp, 119),
    ("nntps", Protocol::Tls, 563),
    ("irc", Protocol::Irc, 6667),
    ("ircs", Protocol::Tls, 6697),
    ("amqps", Protocol::Tls, 5671),
    ("mqtts", Protocol::Tls, 8883),
    ("rediss", Protocol::Tls, 6379),
    ("turns", Protocol::Tls, 5349),
];

impl Protocol {
    /// What a scheme stands for, and its usual port.
    pub(super) fn of_scheme(scheme: &str) -> Option<(Self, u16)> {
        let found = SCHEMES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(scheme));
        found.map(|(_, protocol, port)| (*protocol, *port))
    }

    /// The scheme that was meant by a word that is almost one.
    pub(super) fn nearest_scheme(written: &str) -> Option<&'static str> {
        let names = SCHEMES.map(|(name, ..)| name);
        let written = written.to_lowercase();
        let is_turned = |name: &&&str| {
            let (mut one, mut other): (Vec<char>, Vec<char>) = (written.chars().collect(), name.chars().collect());
            one.sort_unstable();
            other.sort_unstable();
            one == other
        };
        names.iter().find(is_turned).copied().or_else(|| nearest(&written, &names))
    }

    /// Its own scheme.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        SCHEMES.iter().find(|(_, protocol, _)| *protocol == self).map_or("tls", |(name, ..)| name)
    }

    /// Where its servers usually listen.
    #[must_use]
    pub fn usual_port(self) -> u16 {
        SCHEMES.iter().find(|(_, protocol, _)| *protocol == self).map_or(443, |(.., port)| *port)
    }

    /// Those that begin in the clear, each once.
    pub fn with_starttls() -> impl Iterator<Item = Self> {
        let named = SCHEMES.iter().filter(|(name, protocol, _)| protocol.scheme() == *name);
        named.map(|(_, protocol, _)| *protocol).filter(|protocol| *protocol != Self::Tls)
    }

    /// The one that usually begins in the clear on a port.
    #[must_use]
    pub fn usual_on(port: u16) -> Option<Self> {
        let found = SCHEMES.iter().find(|(_, protocol, usual)| *usual == port && *protocol != Self::Tls);
        found.map(|(_, protocol, _)| *protocol)
    }
}

/// As people call it.
impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls => "TLS",
            Self::Smtp => "SMTP",
            Self::Lmtp => "LMTP",
            Self::Imap => "IMAP",
            Self::Pop3 => "POP3",
            Self::Sieve => "ManageSieve",
            Self::Ftp => "FTP",
            Self::Ldap => "LDAP",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::Xmpp => "XMPP",
            Self::XmppServer => "XMPP between servers",
            Self::Nntp => "NNTP",
            Self::Irc => "IRC",
        })
    }
}

/// A word that names no protocol with STARTTLS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not begin in the clear; there are {known}", known = known())]
pub struct NoStartTls(String);

fn known() -> String {
    Protocol::with_starttls().map(Protocol::scheme).collect::<Vec<_>>().join(", ")
}

impl FromStr for Protocol {
    type Err = NoStartTls;

    /// One that begins in the clear, by any of its schemes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::of_scheme(text).map(|(protocol, _)| protocol);
        found.filter(|protocol| *protocol != Self::Tls).ok_or_else(|| NoStartTls(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_with_starttls_has_its_own_scheme_and_port() {
        let schemes: Vec<&str> = Protocol::with_starttls().map(Protocol::scheme).collect();
        let expected = "smtp lmtp imap pop3 sieve ftp ldap postgres mysql xmpp xmpp-server nntp irc";
        assert_eq!(schemes.join(" "), expected);
        for protocol in Protocol::with_starttls() {
            assert_eq!(protocol.scheme().parse(), Ok(protocol));
            assert_eq!(Protocol::usual_on(protocol.usual_port()), Some(protocol));
        }
        assert_eq!("mariadb".parse(), Ok(Protocol::MySql));
        assert!("https".parse::<Protocol>().unwrap_err().to_string().ends_with("xmpp-server, nntp, irc"));
    }
}
