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

/// What `job` needs where it writes to `writable`; nothing where its policy file runs programs, which need what they need.
#[must_use]
pub fn confinement(job: RunInput<'_>, writable: Vec<PathBuf>, environment: &Environment<'_>) -> Option<Confinement> {
    (!job.policies.runs_programs()).then(|| Confinement { writable, ports: ports(job, environment) })
}

/// Those that it connects to; nothing where certificates or answers say where to.
fn ports(job: RunInput<'_>, environment: &Environment<'_>) -> Option<BTreeSet<u16>> {
    let hears_revocation = |entry: &&Entry| entry.notifications && entry.policy.events.contains(&EventKind::Revocation);
    if job.picked.iter().any(hears_revocation) || !job.policies.settings.acme_directories.is_empty() {
        return None;
    }
    let mut ports = deliver::ports(job.policies, environment)?;
    ports.extend(USUAL);
    for entry in job.picked {
        ports.extend(entry.deploys_to.iter().map(|endpoint| endpoint.port));
        if let Watch::Endpoints { endpoints, options } = &entry.watch {
            ports.extend(endpoints.iter().chain(&options.connect).map(|endpoint: &Endpoint| endpoint.port));
            ports.extend(options.proxy.as_ref().map(|proxy| proxy.port));
        }
    }
    Some(ports)
}
