//! Files and directories on the disk: held by their descriptors, given to their owners, replaced in one step.

mod directory;
mod draft;
mod location;
mod owner;
mod regular;

pub(crate) use directory::Directory;
pub(crate) use draft::Draft;
pub use draft::{replace, write};
pub use location::Location;
pub(crate) use regular::{NotRegular, open, read, reserve};
