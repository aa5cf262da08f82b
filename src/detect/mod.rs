//! Observations and history → events.

mod expiration;
mod health;
mod opening;
mod renewal;

pub use opening::{Opening, opening};
pub use renewal::{Managed, ManagedBecause, managed};
