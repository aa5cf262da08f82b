//! The address of a live certificate, as people write it.

use std::str::FromStr;

use super::Protocol;
use super::printable::is_unprintable;
use super::refusal::Refusal;
use crate::address::{Host, NotAPlace, Url};
use crate::cause::{LineError, NotAnEndpoint};

/// `example.com`, `example.com:8443`, `192.0.2.1:443`, `[2001:db8::1]:443`, `smtp://mail.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// As it was written: the name of a target in every report.
    pub written: String,
    /// How TLS begins there.
    pub protocol: Protocol,
    pub host: Host,
    pub port: u16,
}

impl Endpoint {
    /// Whether the port was written, and not the usual one taken.
    #[must_use]
    pub fn names_port(&self) -> bool {
        bare(Url::split(&self.written)).port.is_some()
    }

    /// The same, if nothing else is written, in a protocol that begins in the clear.
    #[must_use]
    pub fn speaking(self, protocol: Protocol) -> Self {
        // The prefix `tls:` says that it is no file, and no more.
        if self.written.contains("://") {
            return self;
        }
        let port = if self.names_port() { self.port } else { protocol.usual_port() };
        Self { protocol, port, ..self }
    }

    /// What stands for this endpoint in the memory: the same for every way of writing it.
    #[must_use]
    pub fn place(&self) -> String {
        match self.protocol {
            Protocol::Tls => format!("{}:{}", self.host, self.port),
            protocol => format!("{}://{}:{}", protocol.scheme(), self.host, self.port),
        }
    }
}

impl FromStr for Endpoint {
    type Err = NotAnEndpoint;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let url = bare(Url::split(written));
        let (protocol, usual_port) = match url.scheme {
            Some(scheme) => Protocol::from_scheme(scheme)
                .ok_or_else(|| NotAnEndpoint::Scheme(scheme.to_owned(), Protocol::nearest_scheme(scheme)))?,
            None => (Protocol::Tls, 443),
        };
        if url.login.is_some() {
            return Err(NotAnEndpoint::Login);
        }
        let (host, port) = url.host_and_port()?;
        Ok(Self { written: written.to_owned(), protocol, host, port: port.unwrap_or(usual_port) })
    }
}

/// Without the prefix `tls:`, which says that it is no file, and no more.
fn bare(url: Url<'_>) -> Url<'_> {
    match url.place.strip_prefix("tls:") {
        Some(place) if url.scheme.is_none() => Url { path: url.path, query: url.query, ..Url::split(place) },
        _ => url,
    }
}

const USUAL: &str = "write endpoint = \"www.example.com\" or \"www.example.com:8443\"";

/// An endpoint of the policy file.
pub(super) fn read(written: &str) -> Result<Endpoint, Refusal> {
    read_line(written).map_err(|(wrong, help)| Refusal::new(wrong.to_string(), help))
}

/// The same, or why it is none and what to write instead.
pub(super) fn read_line(written: &str) -> Result<Endpoint, (LineError, String)> {
    if let Some((nth, character)) = (1_u32..).zip(written.chars()).find(|(_, character)| is_unprintable(*character)) {
        let help = format!("take out its character {nth}, U+{:04X}", u32::from(character));
        return Err((LineError::Unprintable(written.to_owned()), help));
    }
    if written.starts_with(['/', '.']) {
        return Err((LineError::Path(written.to_owned()), format!("the key is `file`: file = \"{written}\"")));
    }
    let wrong = match written.parse::<Endpoint>() {
        Ok(endpoint) => return Ok(endpoint),
        Err(wrong) => wrong,
    };
    let help = match &wrong {
        NotAnEndpoint::Place(NotAPlace::Port(_)) if written.matches(':').count() > 1 && !written.contains("://") => {
            let help = "an IPv6 address with a port stands in brackets: [2001:db8::1]:443";
            return Err((LineError::TwoColons(written.to_owned()), help.to_owned()));
        }
        NotAnEndpoint::Scheme(scheme, right) => {
            let rest = written.strip_prefix(scheme.as_str()).and_then(|rest| rest.strip_prefix("://"));
            let rest = rest.unwrap_or_default();
            right.map_or_else(|| USUAL.to_owned(), |right| format!("write endpoint = \"{right}://{rest}\""))
        }
        NotAnEndpoint::Place(NotAPlace::Port(word)) if Protocol::from_scheme(word).is_some() => {
            let host = written.rsplit_once(':').map_or(written, |(host, _)| host);
            let port = Protocol::from_scheme(word).map_or(443, |(_, port)| port);
            format!("write endpoint = \"{host}:{port}\"")
        }
        NotAnEndpoint::Place(_) | NotAnEndpoint::Login => {
            corrected(written).map_or_else(|| USUAL.to_owned(), |right| format!("write endpoint = \"{right}\""))
        }
    };
    Err((wrong.into(), help))
}

/// What was meant by something that is almost an endpoint: host and port with a blank or a wide colon between them, a
/// user name before the host, a path behind it.
fn corrected(written: &str) -> Option<String> {
    let words: Vec<&str> = written.split_whitespace().collect();
    let joined = words.join(":").replace('：', ":").replace("::", ":");
    let url = Url::split(&joined);
    let right = url.scheme.map_or_else(|| url.place.to_owned(), |scheme| format!("{scheme}://{}", url.place));
    (words.len() <= 2 && right != written && right.parse::<Endpoint>().is_ok()).then_some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> String {
        text.parse::<Endpoint>().map_or_else(|wrong| wrong.to_string(), |endpoint| endpoint.place())
    }

    #[test]
    fn endpoints_are_read_with_and_without_port_scheme_and_brackets() {
        assert_eq!(place("example.com"), "example.com:443");
        assert_eq!(place("Example.COM.:8443"), "example.com:8443");
        assert_eq!(place("https://example.com/path?query"), "example.com:443");
        assert_eq!(place("tls:example.com"), "example.com:443");
        assert_eq!(place("192.0.2.1"), "192.0.2.1:443");
        assert_eq!(place("[2001:db8::1]:8443"), "[2001:db8::1]:8443");
        assert_eq!(place("2001:db8::1"), "[2001:db8::1]:443");
        assert_eq!(place("münchen.example"), "xn--mnchen-3ya.example:443");
    }

    #[test]
    fn a_port_is_named_whatever_stands_around_it() {
        let names_port = |text: &str| text.parse::<Endpoint>().unwrap().names_port();
        for named in ["192.0.2.1:8443", "192.0.2.1:8443/", "https://example.com:443/path", "[2001:db8::1]:443"] {
            assert!(names_port(named), "{named}");
        }
        for usual in ["example.com", "smtp://mail.example.com", "2001:db8::443", "https://example.com/a:443"] {
            assert!(!names_port(usual), "{usual}");
        }
    }

    #[test]
    fn a_scheme_says_how_tls_begins_and_on_which_port() {
        assert_eq!(place("smtp://mail.example.com"), "smtp://mail.example.com:25");
        assert_eq!(place("submission://mail.example.com"), "smtp://mail.example.com:587");
        assert_eq!(place("SMTPS://mail.example.com"), "mail.example.com:465");
        assert_eq!(place("ldap://[2001:db8::1]/dc=example"), "ldap://[2001:db8::1]:389");
        assert_eq!(place("postgresql://db:6432/app?sslmode=require"), "postgres://db:6432");
        assert_eq!(place("imap://bücher.example"), "imap://xn--bcher-kva.example:143");
        let speaking = |text: &str| text.parse::<Endpoint>().unwrap().speaking(Protocol::Imap).place();
        assert_eq!(speaking("mail.example.com"), "imap://mail.example.com:143");
        assert_eq!(speaking("mail.example.com:443"), "imap://mail.example.com:443");
        assert_eq!(speaking("pop3://mail.example.com"), "pop3://mail.example.com:110");
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_the_reason_and_without_its_password() {
        assert_eq!(place("example.com:https"), "`https` is no port: it is a number from 1 to 65535");
        assert_eq!(place("192.0.2.999"), "`192.0.2.999` is no host name");
        assert_eq!(place(""), "there is no host name");
        assert_eq!(place("example.com:"), "no port stands behind the colon: it is a number from 1 to 65535");
        let refusal = place("postgres://app:hunter2@db.example.com/app");
        assert!(refusal.contains("no password") && !refusal.contains("hunter2"), "{refusal}");
    }
}
