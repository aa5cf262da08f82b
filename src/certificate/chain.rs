//! Which certificate issued which: chains out of loose certificates.
