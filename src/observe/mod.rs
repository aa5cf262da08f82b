//! The edge that looks: files, collections of files, live endpoints.

mod collection;
mod endpoint;
mod file;
mod owner;

pub use owner::own_like;
