//! Whose a directory is, so that what root writes into it belongs to them.

use std::io;
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::path::Path;

/// Gives `path` to the owner and the group of `directory`, where root wrote it into a directory of somebody
/// else: one run by hand as root does not lock out the service. A file with another name elsewhere is left alone.
///
/// # Errors
/// Either cannot be looked at, or the file system has no owners.
pub(crate) fn own_like(path: &Path, directory: &Path) -> io::Result<()> {
    let written = path.symlink_metadata()?;
    let directory = directory.metadata()?;
    let is_foreign = written.uid() != directory.uid();
    let has_one_name = written.is_dir() || written.nlink() == 1;
    if written.uid() == 0 && is_foreign && has_one_name {
        lchown(path, Some(directory.uid()), Some(directory.gid()))?;
    }
    Ok(())
}
