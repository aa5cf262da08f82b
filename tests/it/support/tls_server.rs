//! Support: tls_server.
