//! A live TLS endpoint: look first, judge after.
