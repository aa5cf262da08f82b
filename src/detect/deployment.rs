//! Renewed on disk, and somewhere the old certificate is still served.

use time::OffsetDateTime;

use super::renewal::grace;
use crate::certificate::Certificate;
use crate::event::{Finding, FindingId};
use crate::observation::{Deployment, Sight};

/// Where a certificate in a file should be served and another is, once the grace of a renewal has passed since it was
/// issued. One that is served and ends later is no old one.
#[must_use]
pub fn not_deployed(sight: &Sight, now: OffsetDateTime) -> Option<Finding> {
    let leaf = &sight.chain.leaf;
    if now < leaf.not_before + grace(leaf.lifetime()) {
        return None;
    }
    let clauses: Vec<String> = sight.deployments.iter().filter_map(|deployment| old(deployment, leaf)).collect();
    (!clauses.is_empty()).then(|| Finding::new(FindingId::NotDeployed, clauses.join("; ")))
}

fn old(deployment: &Deployment, leaf: &Certificate) -> Option<String> {
    let served = deployment.served.as_ref().ok()?;
    if served.fingerprint == leaf.fingerprint || served.not_after > leaf.not_after {
        return None;
    }
    let (endpoint, serial, end) = (&deployment.endpoint, &served.serial, served.not_after.date());
    Some(format!("{endpoint} still serves another one, serial {serial}, which ends on {end}"))
}

/// Why it cannot be told whether it is served where it should be.
pub(super) fn unknown(sight: &Sight) -> Option<Finding> {
    let failing = sight.deployments.iter().filter_map(|deployment| {
        let reason = deployment.served.as_ref().err()?;
        Some(format!("{}, where it should be served: {reason}", deployment.endpoint))
    });
    let clauses: Vec<String> = failing.collect();
    (!clauses.is_empty()).then(|| Finding::new(FindingId::Unreachable, clauses.join("; ")))
}
