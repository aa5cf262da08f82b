//! The parts of a web address by which it is judged.

use std::fmt;

/// Of `https://HOST[:PORT]/PATH[?QUERY]`.
#[derive(Clone, Copy)]
pub struct WebAddress<'a> {
    /// Without the port; an IPv6 address without its brackets.
    pub host: &'a str,
    pub path: &'a str,
    pub query: &'a str,
}

/// Everything after the host may be a key.
impl fmt::Debug for WebAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebAddress({}, <secret>)", self.host)
    }
}

impl WebAddress<'_> {
    /// Whether the query has this parameter (`name=`), and something in it.
    #[must_use]
    pub fn has_parameter(&self, name: &str) -> bool {
        self.query.split('&').any(|pair| pair.strip_prefix(name).is_some_and(|value| !value.is_empty()))
    }
}
