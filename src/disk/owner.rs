//! Whose a directory is, so that what root writes into it belongs to them.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt as _, fchown};

/// Gives what root wrote into a directory of another user to the owner and the group of that directory: one run by
/// hand as root does not lock out the service. Where root may not give a file away (in a container), it is still good
/// for root.
pub(super) fn give(written: &File, directory: &File) {
    let _ = try_to_give(written, directory);
}

fn try_to_give(written: &File, directory: &File) -> io::Result<()> {
    let (written_as, directory) = (written.metadata()?, directory.metadata()?);
    let is_foreign = written_as.uid() == 0 && directory.uid() != 0;
    if is_foreign && (written_as.is_dir() || written_as.nlink() == 1) {
        fchown(written, Some(directory.uid()), Some(directory.gid()))?;
    }
    Ok(())
}

/// The user that a file belongs to.
pub(crate) fn owner(file: &File) -> io::Result<u32> {
    Ok(file.metadata()?.uid())
}

/// The user that this process acts as.
pub(crate) fn caller() -> u32 {
    rustix::process::geteuid().as_raw()
}
