//! `domain`: a name that is registered, and where its registry is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::fields::{Fields, example};
use super::refusal::Refusal;
use super::source::At;
use crate::address::{Host, Url, parse_host, registry, to_a_labels};

/// A registered domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    pub written: String,
    /// In A-labels (RFC 5890) and lower case.
    pub name: String,
}

/// Where a registry is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RdapServer {
    /// With the `/` at its end.
    pub base: String,
    /// The operator named it: it may be near.
    pub is_own: bool,
}

/// Who answers for a domain in A-labels: what is named in `servers`, by the longest end of the name, else what IANA lists.
#[must_use]
pub fn rdap_server(servers: &BTreeMap<String, String>, domain: &str) -> Option<RdapServer> {
    let ends = std::iter::successors(Some(domain), |end| end.split_once('.').map(|(_, rest)| rest));
    let own = ends.chain([ALL]).find_map(|end| servers.get(end));
    match own {
        Some(base) => Some(RdapServer { base: base.clone(), is_own: true }),
        None => registry(domain).map(|base| RdapServer { base, is_own: false }),
    }
}

/// Stands for every end that is not named.
const ALL: &str = "*";
const KEY: &str = "domain";

/// The domains of a table, each once.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Vec<At<Domain>> {
    let mut domains: Vec<At<Domain>> = Vec::new();
    let mut seen = BTreeSet::new();
    for text in fields.texts(KEY).into_iter().flat_map(|texts| texts.value) {
        let Some(domain) = fields.checked(&text, parse) else { continue };
        if seen.insert(domain.value.name.clone()) {
            domains.push(domain);
        } else {
            let message = format!("domain `{}` is written twice", domain.value.written);
            fields.problems.error(domain.place, message, "take one out");
        }
    }
    domains
}

fn parse(written: &str) -> Result<Domain, Refusal> {
    let refuse = |wrong: &str, help: String| Err(Refusal::new(format!("`{written}` {wrong}"), help));
    let url = Url::split(written);
    let bare = url.host.strip_prefix("*.").unwrap_or(url.host);
    if bare != written {
        let is_domain = name_of(bare).is_some_and(|name| name.contains('.'));
        let help = if is_domain { format!("write domain = \"{bare}\"") } else { example(KEY) };
        return refuse("is more than a domain", help);
    }
    if written.parse::<IpAddr>().is_ok() {
        return refuse("is an address, and no domain", example(KEY));
    }
    let Some(name) = name_of(written) else {
        return refuse("is no domain", example(KEY));
    };
    if !name.contains('.') {
        return refuse("is a top-level domain, or a name of this network", example(KEY));
    }
    if let Some(registered) = written.strip_prefix("www.").filter(|rest| is_registered(rest)) {
        let help = format!(
            "write domain = \"{registered}\" for its registration, and endpoint = \"{written}\" for the certificate"
        );
        return refuse("is a host of a domain", help);
    }
    Ok(Domain { written: written.strip_suffix('.').unwrap_or(written).to_owned(), name })
}

fn name_of(written: &str) -> Option<String> {
    match parse_host(written) {
        Ok(Host::Name(name)) if !name.contains('_') => Some(name),
        _ => None,
    }
}

/// Whether what stands behind `www.` can be a domain of its own: not an end such as `co.uk`.
fn is_registered(rest: &str) -> bool {
    let is_end = |(second, top): (&str, &str)| second.len() <= 3 && top.len() == 2;
    rest.contains('.') && !rest.split_once('.').is_some_and(is_end)
}

/// The key `rdap-servers` of the settings.
pub(super) fn read_servers(fields: &mut Fields<'_, '_>) -> BTreeMap<String, String> {
    const KEY: &str = "rdap-servers";
    let mut servers = BTreeMap::new();
    for (end, text) in fields.named_texts(KEY, "a table of ends of domains and addresses") {
        if text.value.contains('@') {
            fields.problems.secrets.push(text.place);
        }
        let base = fields.checked(&text, server);
        let Some(name) = end_of(&end.name) else {
            fields.problems.error(end.place, format!("`{}` is no end of a domain", end.name), example(KEY));
            continue;
        };
        servers.extend(base.map(|base| (name, base.value)));
    }
    servers
}

fn end_of(written: &str) -> Option<String> {
    if written == ALL {
        return Some(written.to_owned());
    }
    let name = to_a_labels(written.strip_prefix('.').unwrap_or(written))?;
    name_of(&name)
}

/// A base address: by https, or by http on this machine.
fn server(written: &str) -> Result<String, Refusal> {
    let url = Url::split(written);
    let refuse = |wrong: &str| Err(Refusal::new(format!("`{written}` {wrong}"), example("rdap-servers")));
    if url.login.is_some() {
        return Err(Refusal::new("a login stands in an address of `rdap-servers`", example("rdap-servers")));
    }
    if !url.is_of_web() {
        return refuse("is no address of a server: it begins with https://");
    }
    if url.host_and_port().is_err() {
        return refuse("names no host");
    }
    if !url.query.is_empty() || url.fragment.is_some() {
        return refuse("has more than a path");
    }
    if url.has_scheme("http") && !is_this_machine(url.host) {
        return refuse("is not asked by plain http: anyone on the way could change the date");
    }
    Ok(if written.ends_with('/') { written.to_owned() } else { format!("{written}/") })
}

/// Whether a host is this machine, by its address or as `localhost`.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_end_that_is_named_goes_before_the_list_and_a_star_stands_for_all_others() {
        let own = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(end, base)| ((*end).to_owned(), (*base).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let of = |servers: &BTreeMap<String, String>, domain| rdap_server(servers, domain).map(|server| server.base);
        let servers = own(&[("uk", "https://a/"), ("co.uk", "https://b/")]);
        assert_eq!(of(&servers, "example.co.uk").as_deref(), Some("https://b/"));
        assert_eq!(of(&servers, "example.uk").as_deref(), Some("https://a/"));
        assert_eq!(of(&servers, "example.com").as_deref(), Some("https://rdap.verisign.com/com/v1/"));
        assert_eq!(of(&servers, "example.de"), None);
        assert_eq!(of(&own(&[("*", "https://c/")]), "example.com").as_deref(), Some("https://c/"));
    }
}
