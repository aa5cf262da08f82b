//! Files and directories on the disk: held by their descriptors, given to their owners, replaced in one step.

mod directory;
mod directory_path;
mod draft;
mod owner;
mod readable;
mod regular;
mod secret;
#[cfg(test)]
pub(crate) mod wiped;

pub(crate) use directory::Directory;
pub use directory_path::DirectoryPath;
pub(crate) use draft::Draft;
pub use draft::{replace, write};
pub(crate) use owner::{caller, owner};
pub(crate) use readable::{LARGEST, fill_at_once, read_whole};
pub use readable::{fill, open_readable};
pub(crate) use regular::{NotRegular, open, read, reserve};
pub use secret::{Environment, reveal};
