//! Observations and history → events.

mod expiration;
mod health;
mod opening;
mod renewal;
mod standing;

pub use expiration::events;
pub use opening::{Opening, opening};
pub use renewal::{Managed, ManagedBecause, managed};
pub use standing::{Presence, Standing, standings};
