//! Which names a certificate covers (RFC 9525).
