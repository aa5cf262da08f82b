//! Addresses as people write them: one type of URL, hosts, and which networks an address belongs to.

mod host;
mod url;

pub use host::{Host, NotAPlace, is_host, is_near, parse_host, to_a_labels};
pub use url::Url;
