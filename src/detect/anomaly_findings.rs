//! Which findings are told as anomalies, and which of them only when two runs in a row made them.

use super::findings::is_failure;
use super::members::Members;
use crate::event::{FindingId, Severity};
use crate::observation::Observation;

/// Dates, late renewals and revocations are events of their own.
pub(super) fn is_anomaly(id: FindingId, observation: &Observation, members: &mut Members) -> bool {
    match id {
        FindingId::Expired
        | FindingId::ExpiresSoon
        | FindingId::ChainExpiresSoon
        | FindingId::RenewalLate
        | FindingId::Superseded
        // An announcement tells it, one for all of a root or an authority.
        | FindingId::RootHorizon
        | FindingId::CaHorizon
        | FindingId::NotDeployed
        | FindingId::Revoked
        | FindingId::RevocationUnknown => false,
        FindingId::NothingFound => members.are_lost(observation),
        other => other.severity() > Severity::Ok,
    }
}

/// An entry that has lost all its members has lost them now; a server that is started anew is down for a moment.
pub(super) const fn needs_two_runs(id: FindingId) -> bool {
    (is_failure(id) && !matches!(id, FindingId::NothingFound))
        || matches!(id, FindingId::LoadingUnknown | FindingId::TlsaUnknown)
}
