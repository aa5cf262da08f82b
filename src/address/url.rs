//! A URL, or an address without a scheme, taken apart.

use std::fmt;

use super::host::{Host, NotAPlace, parse_host, parse_port};

/// `[SCHEME://][LOGIN@]HOST[:PORT][/PATH][?QUERY][#FRAGMENT]`; every part as it was written, and none judged.
#[derive(Clone, Copy)]
pub struct Url<'a> {
    pub scheme: Option<&'a str>,
    pub login: Option<&'a str>,
    /// Host and port together.
    pub place: &'a str,
    /// Without the port; an IPv6 address without its brackets.
    pub host: &'a str,
    pub port: Option<&'a str>,
    /// With the `/` that it begins with.
    pub path: &'a str,
    pub query: &'a str,
    pub fragment: Option<&'a str>,
}

/// Everything after the host may be a key, and what stands before it a password.
impl fmt::Debug for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({}, <secret>)", self.place)
    }
}

impl<'a> Url<'a> {
    /// Into its parts, each as it is written.
    #[must_use]
    pub fn split(text: &'a str) -> Self {
        let (scheme, rest) = scheme(text);
        let (authority, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (login, place) = login(authority);
        Self::from_parts(scheme, login, place, target)
    }

    /// The address of a server, where a password may hold what would end a host.
    #[must_use]
    pub fn split_server(text: &'a str) -> Self {
        let (scheme, rest) = scheme(text);
        let (login, rest) = login(rest);
        let (place, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        Self::from_parts(scheme, login, place, target)
    }

    fn from_parts(scheme: Option<&'a str>, login: Option<&'a str>, place: &'a str, target: &'a str) -> Self {
        let (host, port) = split_port(place);
        let (target, fragment) = match target.split_once('#') {
            Some((target, fragment)) => (target, Some(fragment)),
            None => (target, None),
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { scheme, login, place, host, port, path, query, fragment }
    }

    /// Whether it begins with this scheme, in letters of either case.
    #[must_use]
    pub fn has_scheme(&self, scheme: &str) -> bool {
        self.scheme.is_some_and(|own| own.eq_ignore_ascii_case(scheme))
    }

    /// Whether it is of the web, in the clear or not.
    #[must_use]
    pub fn is_of_web(&self) -> bool {
        self.has_scheme("https") || self.has_scheme("http")
    }

    /// Whether the query has this parameter (`name=`), and something in it.
    #[must_use]
    pub fn has_parameter(&self, name: &str) -> bool {
        self.query.split('&').any(|pair| pair.strip_prefix(name).is_some_and(|value| !value.is_empty()))
    }

    /// The host, and the port where one is written.
    ///
    /// # Errors
    /// One of them is none.
    pub fn host_and_port(&self) -> Result<(Host, Option<u16>), NotAPlace> {
        let port = self.port.map(parse_port).transpose()?;
        Ok((parse_host(self.host)?, port))
    }
}

fn scheme(text: &str) -> (Option<&str>, &str) {
    text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest))
}

fn login(text: &str) -> (Option<&str>, &str) {
    text.rsplit_once('@').map_or((None, text), |(login, rest)| (Some(login), rest))
}

/// The host and what stands after the colon that ends it; a bare IPv6 address has no port.
fn split_port(place: &str) -> (&str, Option<&str>) {
    if let Some((host, after)) = place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, after.strip_prefix(':').or((!after.is_empty()).then_some(after)));
    }
    match place.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (place, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_and_nothing_of_it_is_lost() {
        let url = Url::split("HTTPS://user:p@ss@[2001:db8::1]:8443/a/b?c=d&e#f?g");
        assert!(url.has_scheme("https") && url.is_of_web());
        assert_eq!((url.login, url.host, url.port), (Some("user:p@ss"), "2001:db8::1", Some("8443")));
        assert_eq!((url.place, url.path), ("[2001:db8::1]:8443", "/a/b"));
        assert_eq!((url.query, url.fragment), ("c=d&e", Some("f?g")));
        assert!(url.has_parameter("c=") && !url.has_parameter("e=") && !format!("{url:?}").contains("p@ss"));
        let bare = Url::split("2001:db8::1");
        assert_eq!((bare.scheme, bare.host, bare.port, bare.path), (None, "2001:db8::1", None, ""));
    }

    #[test]
    fn a_password_of_a_server_may_hold_what_ends_a_host() {
        let url = Url::split_server("http://user:p/s?s#w@proxy:3128/");
        assert_eq!((url.login, url.place, url.path), (Some("user:p/s?s#w"), "proxy:3128", "/"));
        assert_eq!(Url::split_server("proxy:3128").login, None);
    }

    #[test]
    fn an_address_beyond_a_bracket_that_is_not_closed_is_no_place() {
        for text in ["[::1", "[::1]x", "host:", "host:0", "host:65536", "host:+1", "", "1.2.3.999"] {
            assert!(Url::split(text).host_and_port().is_err(), "{text}");
        }
    }
}
