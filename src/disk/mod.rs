//! Files and directories on the disk: regular files only, owners, and files that are replaced in one step.

mod owner;
mod regular;

pub(crate) use owner::own_like;
pub(crate) use regular::{NotRegular, create, open, open_or_create, read, reserve};
