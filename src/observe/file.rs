//! One file → the certificates in it.
