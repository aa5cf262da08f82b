//! The secrets of a policy, for those who must not say them.

use super::proxy;
use super::redactor::Redactor;
use super::webhook::Webhook;
use crate::policy::{Policies, Proxy, Secret, Watch};

pub(super) use crate::observe::{Environment, reveal};

/// Variables that may hold the login of a proxy.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Knows every secret of `policies` that is to be had: a program of this machine can read all of them.
pub(super) fn all_of(policies: &Policies, environment: &Environment<'_>) -> Redactor {
    let mut redactor = Redactor::default();
    let of_robots = policies.contacts.values().flat_map(|contact| contact.robots.values()).flat_map(|robot| {
        let others = [&robot.token, &robot.to, &robot.secret, &robot.proxy];
        others.into_iter().flatten().chain([&robot.webhook])
    });
    let of_entries = policies.entries.iter().filter_map(|entry| entry.password.as_ref());
    for secret in of_robots.chain(of_entries).chain(&policies.mail.password).chain(&policies.settings.heartbeat) {
        hide(secret, &mut redactor, environment);
    }
    for variable in PROXIES {
        if let Some(address) = environment(variable) {
            hide_login(&address, &mut redactor);
        }
    }
    for entry in &policies.entries {
        if let Watch::Endpoints { options, .. } = &entry.watch
            && let Some(Proxy { login: Some(login), .. }) = &options.proxy
        {
            redactor.hide(login.password.expose());
            redactor.hide(&format!("{}:{}", login.username.expose(), login.password.expose()));
        }
    }
    redactor
}

fn hide(secret: &Secret, redactor: &mut Redactor, environment: &Environment<'_>) {
    let Ok(value) = reveal(secret, environment) else { return };
    let value = value.expose();
    if !value.contains("://") {
        redactor.hide(value);
        return;
    }
    hide_login(value, redactor);
    match Webhook::parse(value) {
        // The host is no secret, and stands in messages of its own.
        Ok(address) => address.hide_in(redactor),
        Err(_) => redactor.hide_whole(value),
    }
}

pub(super) fn hide_login(address: &str, redactor: &mut Redactor) {
    if let Some(credentials) = proxy::credentials(address) {
        redactor.hide(credentials);
        redactor.hide(credentials.split_once(':').map_or("", |(_, password)| password));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Revealed;

    #[test]
    fn no_debug_form_shows_a_secret() {
        let mut redactor = Redactor::default();
        redactor.hide("hunter2");
        let forms =
            format!("{redactor:?} {:?} {:?}", Revealed::new("hunter2"), Secret::Literal("hunter2".to_owned().into()));
        assert_eq!(forms, "Redactor <secret> <secret>");
    }
}
