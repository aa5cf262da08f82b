//! Secrets, resolved when they are used.
