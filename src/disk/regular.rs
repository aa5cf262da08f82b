//! Regular files: no link is followed, no FIFO or device is waited for.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FallocateFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

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

impl From<Errno> for NotRegular {
    fn from(error: Errno) -> Self {
        Self::Io(error.into())
    }
}

/// For the owner alone.
pub(super) const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);
/// A FIFO that takes the place of a file in the meantime is not waited for.
const INERT: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// Opens a regular file for reading; `None` where there is nothing.
pub(crate) fn open(path: &Path) -> Result<Option<File>, NotRegular> {
    open_at(CWD, path)
}

pub(super) fn open_at(directory: impl AsFd, name: &Path) -> Result<Option<File>, NotRegular> {
    let Some(kind) = kind(&directory, name)? else { return Ok(None) };
    if kind == FileType::RegularFile {
        match rustix::fs::openat(&directory, name, OFlags::RDONLY | INERT, Mode::empty()) {
            Ok(file) => {
                let file = File::from(file);
                if file.metadata()?.is_file() {
                    return Ok(Some(file));
                }
            }
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Err(NotRegular::Other(named(kind)))
}

/// What has this name, itself and not what it may lead to; `None` where there is nothing.
pub(super) fn kind(directory: impl AsFd, name: &Path) -> io::Result<Option<FileType>> {
    match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => Ok(Some(FileType::from_raw_mode(found.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn named(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Symlink => "a symbolic link",
        FileType::Directory => "a directory",
        _ => "a FIFO, a socket or a device",
    }
}

/// At most `limit` bytes of a file; an error where it has more.
pub(crate) fn read(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit} bytes"));
    let length = file.metadata()?.len();
    if length > limit {
        return Err(too_large());
    }
    // Room for the end of the file, too: what grows is copied again and again.
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX).saturating_add(1))?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

/// A new empty file, where there is nothing of this name.
pub(super) fn create_at(directory: impl AsFd, name: &Path, mode: Mode) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | INERT;
    Ok(rustix::fs::openat(directory, name, flags, mode)?.into())
}

/// Opens the file with this name for reading and writing. One that has a second name is refused: writing to it would
/// write elsewhere.
pub(super) fn open_own_at(directory: impl AsFd, name: &Path) -> io::Result<File> {
    let file = File::from(rustix::fs::openat(directory, name, OFlags::RDWR | INERT, Mode::empty())?);
    let found = file.metadata()?;
    if !found.is_file() || found.nlink() > 1 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file of its own"));
    }
    Ok(file)
}

/// Makes sure that `file` can be written as far as `end`, as it can already as far as `start`: it gets longer by zeros.
pub(crate) fn reserve(mut file: &File, start: u64, end: u64) -> io::Result<()> {
    let length = end.saturating_sub(start);
    match rustix::fs::fallocate(file, FallocateFlags::empty(), start, length) {
        Ok(()) => Ok(()),
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
            file.seek(SeekFrom::Start(start))?;
            io::copy(&mut io::repeat(0).take(length), &mut file)?;
            file.sync_data()
        }
        Err(error) => Err(error.into()),
    }
}
