//! The network: one request by HTTP under one deadline, questions to a DNS server, the roots that servers are judged by, how far a request may go.

pub(crate) mod connect_error;
pub(crate) mod dns;
pub(crate) mod form;
pub(crate) mod http;
pub(crate) mod reach;
mod request_limit;
pub(crate) mod roots;
pub(crate) mod tls_error;

pub use roots::machine_roots;
