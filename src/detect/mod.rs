//! Observations, reports and history → events.

mod announcements;
mod anomalies;
mod authority;
mod deployment;
mod expiration;
mod findings;
mod lead_time;
mod lifecycle;
mod location_status;
mod occurrences;
mod public_events;
mod public_roots;
mod public_trust;
mod renewal;
mod report;
mod revocation;
mod served;
mod sharing;
mod subscriptions;
mod successors;
mod tracked;

pub use announcements::{OLD_ROOT, public_events};
pub use deployment::{not_deployed, served_instead};
pub use expiration::events;
pub use findings::{Limits, Thresholds, findings, status};
pub use lead_time::{Opening, opening};
pub use location_status::{LocationStatus, location_statuses};
pub use occurrences::{DetectInput, DetectedOccurrences, occurrences};
pub use public_trust::root_name;
pub use renewal::{Managed, ManagedBecause, managed, seems_automatic};
pub use report::{known_as, reported, was_reminded_lately};
pub use revocation::{early_warnings, revocations, status_finding};
pub use subscriptions::{Subscribers, subscriptions};
pub use successors::{Candidate, Successors};
pub use tracked::{TrackedCertificate, Visibility, tracked};
