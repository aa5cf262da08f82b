//! Whom a certificate speaks for (RFC 9525).

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use super::Certificate;
use crate::address::to_a_labels;

impl Certificate {
    /// Whether it speaks for `wanted`, a DNS name or an address. A wildcard stands for exactly one label,
    /// the left-most; common names count for nothing. A wanted wildcard must be there as it is.
    #[must_use]
    pub fn covers(&self, wanted: &str) -> bool {
        if let Some(address) = address(wanted) {
            return self.ip_addresses.iter().any(|own| own.to_canonical() == address);
        }
        let wanted = canonical(wanted);
        let wildcard = covering_wildcard(&wanted);
        let is_it = |name: &str| !name.is_empty() && (name == wanted || Some(name) == wildcard.as_deref());
        self.dns_names.iter().any(|name| is_it(&canonical(name)))
    }
}

/// The names of a certificate, for many questions.
#[derive(Debug)]
pub struct Names<'a> {
    dns: HashSet<Cow<'a, str>>,
    addresses: HashSet<IpAddr>,
}

impl<'a> Names<'a> {
    /// All names of a certificate, made comparable once.
    #[must_use]
    pub fn new(certificate: &'a Certificate) -> Self {
        Self {
            dns: certificate.dns_names.iter().map(|name| canonical(name)).collect(),
            addresses: certificate.ip_addresses.iter().map(IpAddr::to_canonical).collect(),
        }
    }

    /// As `Certificate::covers`, at the same cost however many names there are.
    #[must_use]
    pub fn cover(&self, wanted: &str) -> bool {
        if let Some(address) = address(wanted) {
            return self.addresses.contains(&address);
        }
        let wanted = canonical(wanted);
        let in_wildcard = || covering_wildcard(&wanted).is_some_and(|name| self.dns.contains(name.as_str()));
        !wanted.is_empty() && self.dns.contains(&wanted) || in_wildcard()
    }
}

/// An address as it is compared: one of IPv4 in the form of IPv6 (RFC 4291 §2.5.5.2) as what it is.
fn address(wanted: &str) -> Option<IpAddr> {
    wanted.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// The name that covers a canonical DNS name besides itself (RFC 9525 §6.3).
#[must_use]
pub fn covering_wildcard(name: &str) -> Option<String> {
    let (label, parent) = name.split_once('.')?;
    (!label.is_empty() && label != "*" && !parent.is_empty()).then(|| format!("*.{parent}"))
}

/// A DNS name as it is compared: in lower case, with A-labels and without the dot at its end.
#[must_use]
pub fn canonical(name: &str) -> Cow<'_, str> {
    let trimmed = name.strip_suffix('.').unwrap_or(name);
    let is_plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if trimmed.bytes().all(is_plain) {
        return Cow::Borrowed(trimmed);
    }
    let (wildcard, rest) = trimmed.strip_prefix("*.").map_or(("", trimmed), |rest| ("*.", rest));
    let rest = to_a_labels(rest).unwrap_or_else(|| rest.to_ascii_lowercase());
    Cow::Owned(format!("{wildcard}{rest}"))
}
