//! The secrets of a policy, for those who must not say them.

use std::collections::BTreeSet;

use super::proxy;
use super::webhook::Webhook;
use crate::policy::{PROXY_VARIABLES, Policies, Proxy, Secret, Watch};
use crate::redactor::Redactor;

pub(super) use crate::disk::{Environment, reveal};

/// What a program of this machine is not given, and what is not repeated of what it says.
#[derive(Clone, Copy)]
pub(super) struct KeptBack<'r> {
    pub(super) variables: &'r BTreeSet<String>,
    /// Made where there is something to say.
    pub(super) redactor: &'r dyn Fn() -> &'r Redactor,
}

/// Knows every secret of `policies` that is to be had: a program of this machine can read all of them.
pub(super) fn all_of(policies: &Policies, environment: &Environment<'_>) -> Redactor {
    let mut redactor = Redactor::default();
    for secret in policies.secrets() {
        hide(secret, &mut redactor, environment);
    }
    for variable in PROXY_VARIABLES {
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
