//! What authorities say of certificates that they issued: whom to ask, and how answers are read.

pub mod crl;
pub mod ocsp;
pub(super) mod revocation_list;
pub(super) mod revocation_target;
