//! Which proxy a webhook is reached by, where only the environment says so.

use super::webhook::Webhook;
use crate::disk::Environment;
use crate::policy::{Host, Revealed};

/// `HTTPS_PROXY`, else `ALL_PROXY`, unless `NO_PROXY` names the host. This machine needs none, and plain http gets none.
pub(super) fn from_environment(webhook: &Webhook, environment: &Environment<'_>) -> Option<Revealed> {
    let (host, port) = webhook.bare_host();
    if webhook.is_plain || is_this_machine(host) {
        return None;
    }
    let first = |names: [&str; 4]| names.into_iter().filter_map(environment).find(|value| !value.trim().is_empty());
    let exempt = first(["NO_PROXY", "no_proxy", "", ""]).unwrap_or_default();
    if exempt.split([',', ' ']).any(|pattern| is_exempt(pattern.trim(), host, port)) {
        return None;
    }
    first(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]).map(|address| Revealed::new(address.trim()))
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Address(address) => address.to_canonical().is_loopback(),
        Host::OnLink(..) => false,
    }
}

/// `*`, `example.com` with all below it, `.example.com`, `*.example.com`, an address; each with or without a port.
fn is_exempt(pattern: &str, host: &Host, port: u16) -> bool {
    if pattern == "*" {
        return true;
    }
    let bare = match host {
        Host::Name(name) => name.clone(),
        Host::Address(address) => address.to_string(),
        Host::OnLink(link) => link.address.to_string(),
    };
    let pattern = pattern.strip_suffix(&format!(":{port}")).unwrap_or(pattern);
    let pattern = pattern.trim_start_matches('*').trim_start_matches('.').trim_matches(['[', ']']).to_ascii_lowercase();
    match host {
        _ if pattern.is_empty() => false,
        Host::Address(_) | Host::OnLink(..) => bare == pattern,
        Host::Name(_) => bare == pattern || bare.ends_with(&format!(".{pattern}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(address: &str, variables: &[(&str, &str)]) -> Option<String> {
        let environment =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        from_environment(&Webhook::parse(address).unwrap(), &environment).map(|proxy| proxy.expose().to_owned())
    }

    #[test]
    fn the_environment_names_a_proxy_and_the_hosts_that_need_none() {
        let proxied = [("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", "intern.example, .corp.example,10.0.0.1")];
        assert_eq!(proxy("https://oapi.dingtalk.com/x", &proxied).unwrap(), "http://proxy:3128");
        assert_eq!(proxy("https://notintern.example/x", &proxied).unwrap(), "http://proxy:3128");
        for direct in ["https://intern.example/x", "https://lark.corp.example/x", "https://10.0.0.1:8443/x"] {
            assert_eq!(proxy(direct, &proxied), None, "{direct}");
        }
        for direct in ["https://localhost/x", "https://127.0.0.2/x", "https://[::1]/x", "http://192.168.1.1/x"] {
            assert_eq!(proxy(direct, &proxied), None, "{direct}");
        }
        assert_eq!(proxy("https://a.example/x", &[("https_proxy", "http://p:1"), ("no_proxy", "*")]), None);
        assert_eq!(proxy("https://a.example/x", &[("all_proxy", "p:1")]).unwrap(), "p:1");
        assert_eq!(proxy("https://a.example/x", &[("HTTPS_PROXY", " ")]), None);
    }
}
