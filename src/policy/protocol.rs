//! What a server speaks before TLS begins.

use std::fmt;
use std::str::FromStr;

use super::hints::nearest;

/// One row a protocol: its variant, what people call it, and its schemes with their usual ports, its own name first.
macro_rules! protocols {
    ($($(#[$about:meta])* $variant:ident, $name:literal, $(($scheme:literal, $port:literal)),+;)+) => {
        /// How TLS begins on a connection.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Protocol {
            $($(#[$about])* $variant,)+
        }

        /// Every scheme of an endpoint and its usual port; the first of a protocol is its own name.
        const SCHEMES: &[(&str, Protocol, u16)] = &[$($(($scheme, Protocol::$variant, $port)),+),+];

        /// As people call it.
        impl fmt::Display for Protocol {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $name,)+
                })
            }
        }
    };
}

#[rustfmt::skip]
protocols! {
    /// With the first byte.
    #[default]
    Tls, "TLS", ("tls", 443), ("https", 443), ("wss", 443), ("smtps", 465), ("submissions", 465), ("imaps", 993),
        ("pop3s", 995), ("pops", 995), ("ftps", 990), ("ldaps", 636), ("xmpps", 5223), ("xmpps-server", 5270),
        ("nntps", 563), ("ircs", 6697), ("amqps", 5671), ("mqtts", 8883), ("redis", 6379), ("rediss", 6379),
        ("mongodb", 27017), ("kafka", 9093), ("turns", 5349);
    Smtp, "SMTP", ("smtp", 25), ("submission", 587);
    Lmtp, "LMTP", ("lmtp", 24);
    Imap, "IMAP", ("imap", 143);
    Pop3, "POP3", ("pop3", 110);
    Sieve, "ManageSieve", ("sieve", 4190), ("managesieve", 4190);
    Ftp, "FTP", ("ftp", 21);
    Ldap, "LDAP", ("ldap", 389);
    Postgres, "PostgreSQL", ("postgres", 5432), ("postgresql", 5432);
    MySql, "MySQL", ("mysql", 3306), ("mariadb", 3306);
    /// Of clients.
    Xmpp, "XMPP", ("xmpp", 5222), ("xmpp-client", 5222);
    /// Between servers.
    XmppServer, "XMPP between servers", ("xmpp-server", 5269);
    Nntp, "NNTP", ("nntp", 119);
    Irc, "IRC", ("irc", 6667);
    Rdp, "RDP", ("rdp", 3389);
    MsSql, "SQL Server", ("mssql", 1433), ("sqlserver", 1433);
}

impl Protocol {
    /// What a scheme stands for, and its usual port.
    pub(super) fn from_scheme(scheme: &str) -> Option<(Self, u16)> {
        let found = SCHEMES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(scheme));
        found.map(|(_, protocol, port)| (*protocol, *port))
    }

    /// The scheme that was meant by a word that is almost one.
    pub(super) fn nearest_scheme(written: &str) -> Option<&'static str> {
        let names: Vec<&'static str> = SCHEMES.iter().map(|(name, ..)| *name).collect();
        let written = written.to_lowercase();
        let is_turned = |name: &&&'static str| {
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
        let found = Self::from_scheme(text).map(|(protocol, _)| protocol);
        found.filter(|protocol| *protocol != Self::Tls).ok_or_else(|| NoStartTls(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_with_starttls_has_its_own_scheme_and_port() {
        for protocol in Protocol::with_starttls() {
            assert_eq!(protocol.scheme().parse(), Ok(protocol));
            assert_eq!(Protocol::usual_on(protocol.usual_port()), Some(protocol));
        }
        assert_eq!("mariadb".parse(), Ok(Protocol::MySql));
        assert!("https".parse::<Protocol>().unwrap_err().to_string().contains("smtp, lmtp, imap, "));
    }
}
