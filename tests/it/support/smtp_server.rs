//! Support: smtp_server.
