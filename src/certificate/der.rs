//! One DER encoding → the facts: the only file that names the X.509 library.
