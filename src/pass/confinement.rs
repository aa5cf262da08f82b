//! What a run needs to be allowed, before it looks at anything.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::RunInput;
use crate::deliver;
use crate::disk::Environment;
use crate::event::EventKind;
use crate::policy::{Endpoint, Entry, Watch};
use crate::sandbox::Confinement;

/// Of a name that is asked for by TCP, and of services and ACME directories at their usual place.
const USUAL: [u16; 2] = [53, 443];

/// What `job` needs where it writes to `writable`; nothing where its policy file runs programs, which need what they need, or
/// asks which process listens on a port: a narrowed process is not shown what others have open.
#[must_use]
pub fn confinement(job: RunInput<'_>, writable: Vec<PathBuf>, environment: &Environment<'_>) -> Option<Confinement> {
    let looks_at_processes = job.picked.iter().any(|entry| !entry.listens_on.is_empty());
    let needs_all = job.policies.runs_programs() || looks_at_processes;
    (!needs_all).then(|| Confinement { writable, ports: ports(job, environment) })
}

/// Those that it connects to; nothing where certificates or answers say where to.
fn ports(job: RunInput<'_>, environment: &Environment<'_>) -> Option<BTreeSet<u16>> {
    let hears_revocation = |entry: &&Entry| entry.notifications && entry.policy.events.contains(&EventKind::Revocation);
    if job.picked.iter().any(hears_revocation) || !job.policies.settings.acme_directories.is_empty() {
        return None;
    }
    let mut ports = deliver::ports(job.policies, environment)?;
    ports.extend(USUAL);
    ports.extend(job.policies.settings.resolver.map(|server| server.port()));
    for entry in job.picked {
        ports.extend(entry.deploys_to.iter().map(|endpoint| endpoint.port));
        match &entry.watch {
            Watch::Endpoints { endpoints, options } => {
                ports.extend(endpoints.iter().chain(&options.connect).map(|endpoint: &Endpoint| endpoint.port));
                ports.extend(options.proxy.as_ref().map(|proxy| proxy.port));
            }
            // A registry or a provider may send on to any other.
            Watch::Domains(_) | Watch::Published(_) => return None,
            Watch::Files { .. } if entry.metadata.is_some() => return None,
            Watch::Files { .. } | Watch::Date(_) | Watch::Program(_) => {}
        }
    }
    Some(ports)
}
