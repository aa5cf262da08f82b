//! What a run needs to be allowed, before it looks at anything.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::RunInput;
use crate::deliver;
use crate::disk::Environment;
use crate::event::EventKind;
use crate::policy::{Endpoint, Entry, OAuth, Watch};
use crate::program::launcher::Allowed;
use crate::sandbox::Confinement;

/// Of a name that is asked for by TCP, and of services and ACME directories at their usual place.
const USUAL: [u16; 2] = [53, 443];

/// What `job` needs where it writes to `writable`. Its programs are run by another process, and the other processes were
/// looked at before.
#[must_use]
pub fn confinement(job: RunInput<'_>, writable: Vec<PathBuf>, environment: &Environment<'_>) -> Confinement {
    Confinement { writable, ports: ports(job, environment) }
}

/// The programs that the policy file of `job` names.
#[must_use]
pub fn programs(job: RunInput<'_>) -> Vec<Allowed> {
    let policies = job.policies;
    let sendmail = policies.mail.sendmail.iter().map(|program| Allowed::Sendmail(program.display().to_string()));
    let of_token = policies.mail.oauth.iter().filter_map(|oauth| match oauth {
        OAuth::Program(argv) => Some(argv),
        OAuth::Token(_) | OAuth::Grant(_) => None,
    });
    let of_contacts = policies.contacts.values().filter_map(|contact| contact.command.as_ref()).map(|it| &it.argv);
    let of_entries = policies.entries.iter().filter_map(|entry| match &entry.watch {
        Watch::Program(source) => Some(&source.argv),
        Watch::Files { .. } | Watch::Endpoints { .. } | Watch::Date(_) | Watch::Domains(_) | Watch::Published(_) => {
            None
        }
    });
    let exactly = of_token.chain(of_contacts).chain(of_entries).cloned().map(Allowed::Exactly);
    sendmail.chain(exactly).collect()
}

/// Those that it connects to; nothing where certificates or answers say where to.
fn ports(job: RunInput<'_>, environment: &Environment<'_>) -> Option<BTreeSet<u16>> {
    let hears_revocation =
        |entry: &&Entry| !entry.options.is_silenced && entry.policy.events.contains(&EventKind::Revocation);
    if job.picked.iter().any(hears_revocation) || !job.policies.settings.acme_directories.is_empty() {
        return None;
    }
    let mut ports = deliver::ports(job.policies, environment)?;
    ports.extend(USUAL);
    ports.extend(job.policies.settings.resolver.map(|server| server.port()));
    for entry in job.picked {
        ports.extend(entry.options.deploys_to.iter().map(|endpoint| endpoint.port));
        match &entry.watch {
            Watch::Endpoints { endpoints, options } => {
                ports.extend(endpoints.iter().chain(&options.connect).map(|endpoint: &Endpoint| endpoint.port));
                ports.extend(options.proxy.as_ref().map(|proxy| proxy.port));
            }
            // A registry or a provider may send on to any other.
            Watch::Domains(_) | Watch::Published(_) => return None,
            Watch::Files { .. } if entry.options.metadata.is_some() => return None,
            Watch::Files { .. } | Watch::Date(_) | Watch::Program(_) => {}
        }
    }
    Some(ports)
}
