//! The order of sending: first tries, then the retries.
