//! Expiration and expired: events from dates.
