//! The secrets of a policy, and the environment variables that programs are not given because of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{OAuth, Policies, Proxy, ProxyLogin, Secret, Watch};

/// What programs of this machine are not given, and what is not repeated of what they say.
#[derive(Clone, Debug, Default)]
pub struct Withheld {
    /// Environment variables that hold a secret.
    pub variables: BTreeSet<String>,
    pub secrets: Vec<Secret>,
    /// Of the proxies of endpoints.
    pub logins: Vec<ProxyLogin>,
}

/// Variables that may hold the login of a proxy.
pub const PROXY_VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

impl Policies {
    /// Every secret that stands in a table of its own.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let of_robots = self.contacts.values().flat_map(|contact| contact.robots.values()).flat_map(|robot| {
            let others = [&robot.token, &robot.to, &robot.secret, &robot.proxy];
            others.into_iter().flatten().chain([&robot.webhook])
        });
        let of_entries = self.entries.iter().filter_map(|entry| entry.options.password.as_ref());
        let of_mail = self.mail.oauth.iter().flat_map(OAuth::secrets).chain(&self.mail.password);
        of_robots.chain(of_entries).chain(of_mail).chain(&self.settings.heartbeat)
    }

    /// The environment variables that hold one: no program of this machine is given them. The usual ones of a proxy are:
    /// without them it reaches nothing.
    #[must_use]
    pub fn secret_variables(&self) -> BTreeSet<String> {
        let name = |secret: &Secret| if let Secret::Environment(name) = secret { Some(name.clone()) } else { None };
        self.secrets().filter_map(name).filter(|name| !PROXY_VARIABLES.contains(&name.as_str())).collect()
    }

    /// What no program of this machine may be given.
    #[must_use]
    pub fn withheld(&self) -> Withheld {
        let logins = self.entries.iter().filter_map(|entry| match &entry.watch {
            Watch::Endpoints { options, .. } => options.proxy.as_ref().and_then(|proxy: &Proxy| proxy.login.clone()),
            Watch::Files { .. } | Watch::Date(_) | Watch::Domains(_) | Watch::Published(_) | Watch::Program(_) => None,
        });
        Withheld {
            variables: self.secret_variables(),
            secrets: self.secrets().cloned().collect(),
            logins: logins.collect(),
        }
    }

    /// Tells every program that prints certificates what it is not given.
    pub(super) fn withhold_secrets(mut self) -> Self {
        if self.entries.iter().any(|entry| matches!(entry.watch, Watch::Program(_))) {
            let withheld = Arc::new(self.withheld());
            for entry in &mut self.entries {
                if let Watch::Program(program) = &mut entry.watch {
                    program.withheld = Arc::clone(&withheld);
                }
            }
        }
        self
    }
}
