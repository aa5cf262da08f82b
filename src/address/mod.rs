//! Addresses as people write them: one type of URL, hosts, and which networks an address belongs to.

mod host;
mod registries;
mod url;

pub use host::{Host, LinkAddress, NotAPlace, is_host, is_near, parse_host, server_name, to_a_labels, to_u_labels};
pub use registries::registry;
pub use url::Url;
