//! deadline.
