//! Observations, reports and history → events.

mod announcements;
mod anomalies;
mod authority;
mod deployment;
mod expiration;
mod fate;
mod happenings;
mod health;
mod lifecycle;
mod opening;
mod oversight;
mod renewal;
mod report;
mod revocation;
mod sharing;
mod standing;
mod successors;

pub use announcements::public_events;
pub use deployment::{not_deployed, served_instead};
pub use expiration::events;
pub use fate::{Fate, fates};
pub use happenings::{Happened, Scene, happenings};
pub use health::{Thresholds, findings, status};
pub use opening::{Opening, opening};
pub use oversight::{Subscribers, subscriptions};
pub use renewal::{Managed, ManagedBecause, managed, seems_automatic};
pub use report::{known_as, reported, was_reminded_lately};
pub use revocation::{early_warnings, revocations, status_finding};
pub use standing::{Presence, Standing, standings};
pub use successors::Successors;
