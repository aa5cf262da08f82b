//! What the tests stand on: certificates made on the spot, servers, fakes of vendors, a scripted world.

pub mod authority;
pub mod certificates;
pub mod chat_vendors;
mod coverage;
pub mod delivery;
pub mod dns;
pub mod json_schema;
pub mod mutation;
pub mod processor;
pub mod scenario;
pub mod smtp_login;
pub mod smtp_server;
pub mod status;
pub mod tls_server;
pub mod web;
pub mod world;

/// A text without its line breaks: what a test looks for stands in it wherever a line ends.
pub fn unwrapped(text: impl AsRef<str>) -> String {
    text.as_ref().split_whitespace().collect::<Vec<_>>().join(" ")
}
