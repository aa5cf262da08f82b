//! Hosts: names and addresses, and how near they are.

use std::fmt;
use std::net::IpAddr;

/// A DNS name (in A-labels) or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    Name(String),
    Address(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Text that names no host, or no port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlace {
    #[error("`{0}` is no host name")]
    Host(String),
    #[error("`{0}` is no port: it is a number from 1 to 65535")]
    Port(String),
}

/// A host name in A-labels (RFC 5890), in lower case and without the dot of the root; `None` where it has no such form.
#[must_use]
pub fn to_a_labels(name: &str) -> Option<String> {
    let name = idna::domain_to_ascii(name).ok()?;
    Some(name.strip_suffix('.').unwrap_or(&name).to_owned())
}

/// A name as people read it, with U-labels where it has any.
#[must_use]
pub fn to_u_labels(name: &str) -> String {
    let (shown, is_right) = idna::domain_to_unicode(name);
    if is_right.is_ok() { shown } else { name.to_owned() }
}

/// Whether it is a DNS name or an address.
#[must_use]
pub fn is_host(text: &str) -> bool {
    parse_host(text).is_ok()
}

/// A DNS name or an address.
///
/// # Errors
/// It is neither.
pub fn parse_host(text: &str) -> Result<Host, NotAPlace> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Host::Address(address));
    }
    let wrong = || NotAPlace::Host(text.to_owned());
    let name = to_a_labels(text).ok_or_else(wrong)?;
    let label_is_fine = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // A last label of digits alone would be a mistyped address (WHATWG URL §3.5).
    let ends_in_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    if name.is_empty() || name.len() > 253 || ends_in_number || !name.split('.').all(label_is_fine) {
        return Err(wrong());
    }
    Ok(Host::Name(name))
}

pub(super) fn parse_port(digits: &str) -> Result<u16, NotAPlace> {
    let number = digits.parse::<u16>().ok().filter(|port| *port != 0);
    let number = number.filter(|_| digits.bytes().all(|digit| digit.is_ascii_digit()));
    number.ok_or_else(|| NotAPlace::Port(digits.to_owned()))
}

/// Loopback and the private networks (RFC 1918, RFC 4193).
#[must_use]
pub fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}
