//! Regular files: no link is followed, no FIFO or device is waited for.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{FallocateFlags, OFlags};

/// What stands at a path where a file was expected.
#[derive(Debug)]
pub(crate) enum NotRegular {
    Io(io::Error),
    Other(&'static str),
}

impl From<io::Error> for NotRegular {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Opens a regular file for reading; `None` where there is nothing.
pub(crate) fn open(path: &Path) -> Result<Option<File>, NotRegular> {
    let kind = match path.symlink_metadata() {
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if kind.is_file() {
        match options().read(true).open(path) {
            Ok(file) if file.metadata()?.is_file() => return Ok(Some(file)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Err(NotRegular::Other(match kind {
        kind if kind.is_symlink() => "a symbolic link",
        kind if kind.is_dir() => "a directory",
        _ => "a FIFO, a socket or a device",
    }))
}

/// At most `limit` bytes of a file; an error where it has more.
pub(crate) fn read(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit} bytes")));
    }
    Ok(bytes)
}

/// A new empty file that only its owner reads, in place of whatever had the name.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    options().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens the file with this name for reading and writing, or creates it. One that has a second name is refused:
/// writing to it would write elsewhere.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    let file = options().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.nlink() > 1 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file of its own"));
    }
    Ok(file)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // The flags are small positive numbers on every system.
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    options
}

/// Makes sure that `length` bytes can be written to `file`, which is empty.
pub(crate) fn reserve(file: &mut File, length: u64) -> io::Result<()> {
    match rustix::fs::fallocate(&*file, FallocateFlags::empty(), 0, length) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL) => {
            io::copy(&mut io::repeat(0).take(length), file)?;
            file.flush()?;
            file.sync_data()?;
            file.rewind()
        }
        Err(error) => Err(error.into()),
    }
}
