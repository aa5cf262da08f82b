//! Which TCP ports the channels of a policy are reached at.

use std::collections::BTreeSet;

use super::chat::ResolvedChannel;
use super::secrets::{Environment, reveal};
use super::webhook::Webhook;
use crate::address::Url;
use crate::policy::{OAuth, PROXY_VARIABLES, Policies};

/// Those of every channel, of the heartbeat and of their proxies; nothing where one of them cannot be known. A channel
/// whose secret is not to be had is not used, and has none.
#[must_use]
pub fn ports(policies: &Policies, environment: &Environment<'_>) -> Option<BTreeSet<u16>> {
    let mut ports = BTreeSet::from([policies.mail.port]);
    for (channel, robot) in policies.contacts.values().flat_map(|contact| &contact.robots) {
        let Ok(open) = ResolvedChannel::open(robot, *channel, environment) else { continue };
        ports.insert(open.webhook.bare_host().1);
        if let Some(proxy) = open.proxy() {
            ports.insert(port_of_proxy(proxy.expose())?);
        }
    }
    if let Some(OAuth::Grant(grant)) = &policies.mail.oauth {
        ports.insert(Webhook::parse(&grant.token_url).ok()?.bare_host().1);
    }
    if let Some(Ok(address)) = policies.settings.heartbeat.as_ref().map(|secret| reveal(secret, environment)) {
        ports.insert(Webhook::parse(address.expose()).map_or(443, |address| address.bare_host().1));
    }
    for address in PROXY_VARIABLES.into_iter().filter_map(environment).filter(|address| !address.trim().is_empty()) {
        ports.insert(port_of_proxy(&address)?);
    }
    Some(ports)
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
