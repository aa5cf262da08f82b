//! Which TCP ports the channels of a policy are reached at.

use std::collections::BTreeSet;

use super::webhook::Webhook;
use crate::address::Url;
use crate::disk::{Environment, reveal};
use crate::policy::{OAuth, PROXY_VARIABLES, Policies, Revealed, Secret};

/// Those of every channel, of the heartbeat and of their proxies, as the policy file and the environment have them; nothing
/// where one of them stands in a file, for no file is read before its secret is used.
#[must_use]
pub fn ports(policies: &Policies, environment: &Environment<'_>) -> Option<BTreeSet<u16>> {
    let mut ports = BTreeSet::from([policies.mail.port]);
    let port_of = |secret: &Secret| Some(Webhook::parse(at_hand(secret, environment)?.expose()).ok()?.bare_host().1);
    for robot in policies.contacts.values().flat_map(|contact| contact.robots.values()) {
        ports.insert(port_of(&robot.webhook)?);
        if let Some(proxy) = &robot.proxy {
            ports.insert(port_of_proxy(at_hand(proxy, environment)?.expose())?);
        }
    }
    if let Some(OAuth::Grant(grant)) = &policies.mail.oauth {
        ports.insert(Webhook::parse(&grant.token_url).ok()?.bare_host().1);
    }
    if let Some(heartbeat) = &policies.settings.heartbeat {
        ports.insert(port_of(heartbeat)?);
    }
    for address in PROXY_VARIABLES.into_iter().filter_map(environment).filter(|address| !address.trim().is_empty()) {
        ports.insert(port_of_proxy(&address)?);
    }
    Some(ports)
}

/// What can be had without reading a file.
fn at_hand(secret: &Secret, environment: &Environment<'_>) -> Option<Revealed> {
    match secret {
        Secret::Literal(_) | Secret::Environment(_) => reveal(secret, environment).ok(),
        Secret::File(_) | Secret::Credential(_) => None,
    }
}

/// One that is written: what is usual for a proxy is the client's to say.
fn port_of_proxy(address: &str) -> Option<u16> {
    Url::split_server(address.trim()).host_and_port().ok()?.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_without_a_port_is_at_no_port_that_is_known() {
        assert_eq!(port_of_proxy("http://user:word@proxy.example.com:3128/"), Some(3128));
        assert_eq!(port_of_proxy(" proxy.example.com:8080 "), Some(8080));
        assert_eq!(port_of_proxy("http://proxy.example.com"), None);
    }
}
