//! Support: certificates.
