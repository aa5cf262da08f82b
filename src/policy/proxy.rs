//! The way round to endpoints that this machine does not reach itself.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use super::{Host, Revealed};
use crate::address::Url;
use crate::cause::ProxyName;

/// A proxy that passes connections on: `http://proxy.example.com:3128`, `socks5://user:password@192.0.2.1`.
#[derive(Clone, Debug)]
pub struct Proxy {
    pub kind: ProxyKind,
    pub host: Host,
    pub port: u16,
    pub login: Option<ProxyLogin>,
}

/// The protocol that a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// `CONNECT` of RFC 9110 §9.3.6.
    Http,
    /// RFC 1928; it resolves the names.
    Socks5,
}

/// What a proxy is shown.
#[derive(Clone, Debug)]
pub struct ProxyLogin {
    pub username: Revealed,
    pub password: Revealed,
}

impl Proxy {
    /// The same for every way of writing it, without the login.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl From<&Proxy> for ProxyName {
    fn from(proxy: &Proxy) -> Self {
        let kind = match proxy.kind {
            ProxyKind::Http => "HTTP",
            ProxyKind::Socks5 => "SOCKS5",
        };
        Self { kind, place: proxy.place() }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ProxyName::from(self).fmt(f)
    }
}

/// Text that names no proxy; it does not repeat the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAProxy {
    #[error("this is no address of a proxy: it begins with http:// or socks5://")]
    Scheme,
    #[error("this is no address of a proxy: its host or its port is none")]
    Place,
    #[error("this is no address of a proxy: its name or its password is empty, not UTF-8, or longer than 255 bytes")]
    Login,
}

impl FromStr for Proxy {
    type Err = NotAProxy;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let url = Url::split_server(written);
        let (kind, usual_port) = match url.scheme.ok_or(NotAProxy::Scheme)?.to_ascii_lowercase().as_str() {
            "http" => (ProxyKind::Http, 3128),
            "socks5" | "socks5h" => (ProxyKind::Socks5, 1080),
            _ => return Err(NotAProxy::Scheme),
        };
        let login = url.login.map(read_login).transpose()?;
        let is_bare = matches!(url.path, "" | "/") && url.query.is_empty() && url.fragment.is_none();
        let (host, port) = url.host_and_port().ok().filter(|_| is_bare).ok_or(NotAProxy::Place)?;
        Ok(Self { kind, host, port: port.unwrap_or(usual_port), login })
    }
}

fn read_login(written: &str) -> Result<ProxyLogin, NotAProxy> {
    let (username, password) = written.split_once(':').unwrap_or((written, ""));
    let part = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| NotAProxy::Login)?;
        let is_right = decoded.len() <= 255 && !decoded.chars().any(char::is_control);
        is_right.then(|| Revealed::new(decoded)).ok_or(NotAProxy::Login)
    };
    if username.is_empty() || username.contains("%3A") {
        return Err(NotAProxy::Login);
    }
    Ok(ProxyLogin { username: part(username)?, password: part(password)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_read_with_their_usual_ports_and_their_login_is_never_shown() {
        let place = |text: &str| text.parse::<Proxy>().map(|proxy| proxy.to_string());
        assert_eq!(place("http://proxy.example.com").unwrap(), "HTTP proxy proxy.example.com:3128");
        assert_eq!(place("socks5h://[2001:db8::1]:9050/").unwrap(), "SOCKS5 proxy [2001:db8::1]:9050");
        assert_eq!(place("proxy:3128").unwrap_err(), NotAProxy::Scheme);
        assert_eq!(place("https://proxy:3128").unwrap_err(), NotAProxy::Scheme);
        assert_eq!(place("http://proxy:0").unwrap_err(), NotAProxy::Place);
        assert_eq!(place("http://").unwrap_err(), NotAProxy::Place);
        assert_eq!(place("http://:x@proxy").unwrap_err(), NotAProxy::Login);
        let with_login: Proxy = "http://us%65r:p@ss%3Aword@proxy:8080".parse().unwrap();
        let login = with_login.login.as_ref().unwrap();
        assert_eq!((login.username.expose(), login.password.expose()), ("user", "p@ss:word"));
        assert!(!format!("{with_login:?} {with_login}").contains("p@ss"));
    }
}
