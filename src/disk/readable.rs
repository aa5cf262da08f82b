//! A file that the operator named, to be read: links are followed, a regular one of at most 32 MiB, and nothing else is ever opened.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
#[cfg(target_os = "linux")]
use std::num::NonZeroU64;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::cause::{NodeKind, ReadError, SystemError};

/// Larger than any bundle of certificates.
pub(crate) const LARGEST: u64 = 32 * 1024 * 1024;

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::System(SystemError::from_io(&error))
    }
}

/// Opens it. `is_plain`: the listing of the directory showed a regular file there, not a link.
///
/// # Errors
/// It is not there, may not be read, is no regular file or too large.
pub fn open_readable(path: &Path, is_plain: bool) -> Result<(File, Metadata), ReadError> {
    if !is_plain {
        // Opening a FIFO waits, and opening a device may do anything: look before.
        check(&std::fs::metadata(path)?)?;
    }
    // Should a FIFO have taken the file's place meanwhile, this does not wait for its writer.
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(nonblock).open(path)?;
    let metadata = file.metadata()?;
    check(&metadata)?;
    Ok((file, metadata))
}

/// Reads into `buffer` until the file ends, which in one that does not grow is where its size says.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn fill(buffer: &mut Vec<u8>, file: &mut File, size: u64) -> Result<(), ReadError> {
    // One byte more than the size, so that a short read tells the end without asking again.
    let mut room = usize::try_from(size.min(LARGEST) + 1).unwrap_or(usize::MAX);
    buffer.clear();
    loop {
        let filled = buffer.len();
        buffer.resize(filled + room, 0);
        let outcome = file.read(&mut buffer[filled..]);
        buffer.truncate(filled + outcome.as_ref().copied().unwrap_or_default());
        match outcome {
            Ok(0) => return Ok(()),
            Ok(read) if read < room && buffer.len() as u64 >= size => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ if buffer.len() as u64 > LARGEST => return Err(ReadError::TooLarge),
            _ => {}
        }
        room = 64 * 1024;
    }
}

/// As [`fill`], where no disk has to be waited for; else asks for what is missing and returns `false`.
///
/// # Errors
/// As [`fill`].
#[cfg(target_os = "linux")]
pub(crate) fn fill_at_once(buffer: &mut Vec<u8>, file: &mut File, size: u64) -> Result<bool, ReadError> {
    use rustix::fs::{Advice, fadvise};
    use rustix::io::{Errno, ReadWriteFlags, preadv2};
    // No more is fetched ahead, in bytes: of a file that large the rest comes while this is read.
    const AHEAD: u64 = 1024 * 1024;
    let whole = usize::try_from(size.min(LARGEST)).unwrap_or_default();
    buffer.clear();
    buffer.resize(whole + 1, 0);
    match preadv2(&*file, &mut [io::IoSliceMut::new(buffer)], 0, ReadWriteFlags::NOWAIT) {
        Ok(read) if read == whole => {
            buffer.truncate(read);
            Ok(true)
        }
        Ok(1..) | Err(Errno::AGAIN) => {
            // What cannot be fetched ahead is waited for.
            let _ = fadvise(&*file, 0, NonZeroU64::new(size.min(AHEAD)), Advice::WillNeed);
            Ok(false)
        }
        // Not every file system can tell.
        Ok(0) | Err(_) => fill(buffer, file, size).map(|()| true),
    }
}

/// As [`fill`], and says that it is all there.
///
/// # Errors
/// As [`fill`].
#[cfg(not(target_os = "linux"))]
pub(crate) fn fill_at_once(buffer: &mut Vec<u8>, file: &mut File, size: u64) -> Result<bool, ReadError> {
    fill(buffer, file, size).map(|()| true)
}

/// All of a file.
pub(crate) fn read_whole(path: &Path) -> Result<Vec<u8>, ReadError> {
    let (mut file, metadata) = open_readable(path, false)?;
    let mut bytes = Vec::new();
    fill(&mut bytes, &mut file, metadata.len())?;
    Ok(bytes)
}

fn check(metadata: &Metadata) -> Result<(), ReadError> {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(ReadError::NotAFile(NodeKind::Directory));
    } else if kind.is_fifo() {
        return Err(ReadError::NotAFile(NodeKind::Fifo));
    } else if kind.is_socket() {
        return Err(ReadError::NotAFile(NodeKind::Socket));
    } else if !kind.is_file() {
        return Err(ReadError::NotAFile(NodeKind::Device));
    }
    if metadata.len() > LARGEST { Err(ReadError::TooLarge) } else { Ok(()) }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use rustix::fs::{Advice, fadvise};

    use super::*;

    #[test]
    fn a_file_that_was_not_there_at_once_is_read_whole_when_it_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        for size in [0, 1, 4096, 5000, 3 << 20] {
            let written: Vec<u8> = (0..size).map(|at: u32| at.to_le_bytes()[1]).collect();
            fs::write(&path, &written).unwrap();
            let (mut file, metadata) = open_readable(&path, false).unwrap();
            // What is on the disk leaves the page cache; a file system in memory keeps it.
            file.sync_all().unwrap();
            fadvise(&file, 0, None, Advice::DontNeed).unwrap();
            let mut buffer = vec![b'x'; 10];
            if !fill_at_once(&mut buffer, &mut file, metadata.len()).unwrap() {
                fill(&mut buffer, &mut file, metadata.len()).unwrap();
            }
            assert!(buffer == written, "{size}");
        }
    }
}
