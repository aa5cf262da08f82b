//! Hosts: names and addresses, and how near they are.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A DNS name (in A-labels) or an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    Name(String),
    Address(IpAddr),
    OnLink(Box<LinkAddress>),
}

/// An address of one link, and the interface of this machine that leads there (RFC 4007 §11).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkAddress {
    pub address: Ipv6Addr,
    pub interface: String,
}

impl fmt::Display for LinkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%{}", self.address, self.interface)
    }
}

impl Host {
    /// The address, where it is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::Address(address) => Some(*address),
            Self::OnLink(link) => Some(IpAddr::V6(link.address)),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::OnLink(link) => write!(f, "[{link}]"),
        }
    }
}

/// Text that names no host, or no port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlace {
    #[error("{}", if .0.is_empty() { "there is no host name".to_owned() } else { format!("`{}` is no host name", .0) })]
    Host(String),
    #[error("`{0}` is no address with an interface: write [fe80::1%eth0], with an address of that link")]
    Zone(String),
    #[error("{}: it is a number from 1 to 65535", if .0.is_empty() { "no port stands behind the colon".to_owned() } else { format!("`{}` is no port", .0) })]
    Port(String),
}

/// A host name in A-labels (RFC 5890), in lower case and without the dot of the root; `None` where it has no such form.
#[must_use]
pub fn to_a_labels(name: &str) -> Option<String> {
    let mut name = idna::domain_to_ascii(name).ok()?;
    name.truncate(name.strip_suffix('.').unwrap_or(&name).len());
    Some(name)
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
        // An IPv4 address written as one of IPv6 (RFC 4291 §2.5.5.2) leads to the same host.
        return Ok(Host::Address(address.to_canonical()));
    }
    if let Some((address, zone)) = text.split_once('%') {
        return on_link(address, zone).ok_or_else(|| NotAPlace::Zone(text.to_owned()));
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

/// The name that a server is asked for: a DNS name in A-labels, or an address, without the interface that leads there.
///
/// # Errors
/// It is neither.
pub fn server_name(text: &str) -> Result<String, NotAPlace> {
    Ok(match parse_host(text)? {
        Host::Name(name) => name,
        Host::Address(address) => address.to_string(),
        Host::OnLink(link) => link.address.to_string(),
    })
}

/// In a URL the `%` itself is escaped (RFC 6874): the zone then begins with `25`.
fn on_link(address: &str, zone: &str) -> Option<Host> {
    const LONGEST: usize = 15;
    let address = address.parse::<Ipv6Addr>().ok().filter(Ipv6Addr::is_unicast_link_local)?;
    let interface = zone.strip_prefix("25").filter(|rest| !rest.is_empty()).unwrap_or(zone);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let is_fine = !interface.is_empty() && interface.len() <= LONGEST && interface.bytes().all(is_name);
    is_fine.then(|| Host::OnLink(Box::new(LinkAddress { address, interface: interface.to_owned() })))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv4_is_the_same_host_written_as_one_of_ipv6() {
        for text in ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201"] {
            assert_eq!(parse_host(text).map(|host| host.to_string()).ok().as_deref(), Some("192.0.2.1"), "{text}");
        }
    }

    #[test]
    fn an_address_of_a_link_keeps_its_interface_and_no_other_address_has_one() {
        let shown = |text: &str| parse_host(text).map(|host| host.to_string()).ok();
        assert_eq!(shown("fe80::1%eth0").as_deref(), Some("[fe80::1%eth0]"));
        assert_eq!(shown("FE80:0::1%25wlp2s0.100").as_deref(), Some("[fe80::1%wlp2s0.100]"));
        assert_eq!(shown("fe80::1%2").as_deref(), Some("[fe80::1%2]"));
        // An interface may have this number.
        assert_eq!(shown("fe80::1%25").as_deref(), Some("[fe80::1%25]"));
        for wrong in
            ["2001:db8::1%eth0", "::1%lo", "192.0.2.1%eth0", "fe80::1%", "fe80::1%a b", "fe80::1%a/b", "a%eth0"]
        {
            assert_eq!(shown(wrong), None, "{wrong}");
        }
        assert_eq!(shown("fe80::1%sixteen-letters-"), None);
    }

    #[test]
    fn a_server_is_asked_for_a_name_as_the_handshake_has_it() {
        let asked = |text: &str| server_name(text).ok();
        for (written, sent) in [
            ("WWW.Example.com.", "www.example.com"),
            ("münchen.example", "xn--mnchen-3ya.example"),
            ("_25._tcp.mail.example", "_25._tcp.mail.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("2001:DB8::1", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
        ] {
            assert_eq!(asked(written).as_deref(), Some(sent), "{written}");
        }
        for wrong in ["", " ", "bad name", "a..b", "a/b", "https://a.example", "a.example:443", "*.a.example", "a\nb"] {
            assert_eq!(asked(wrong), None, "{wrong}");
        }
    }
}
