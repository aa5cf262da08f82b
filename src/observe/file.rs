//! Reading one file: a regular one of at most 32 MiB, and nothing else is ever opened.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::certificate::{self, Contents, Issuers};

/// Larger than any bundle of certificates.
pub(super) const LARGEST: u64 = 32 * 1024 * 1024;

/// What a thread that reads files keeps from one to the next.
#[derive(Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
    issuers: Issuers,
    pub keys: super::private_key::Folder,
}

/// A file that was read.
pub(super) struct Content {
    /// Device and inode: the same for every way to the same file.
    pub identity: (u64, u64),
    pub contents: Contents,
    /// Who may read it.
    pub mode: u32,
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("{}", plain(.0))]
    Io(#[from] io::Error),
    #[error("it is a {0} and no regular file")]
    NotAFile(&'static str),
    #[error("it is larger than 32 MiB")]
    TooLarge,
}

/// What the operating system said, without the number.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

impl Reader {
    /// `is_plain`: the listing of the directory showed a regular file there, not a link.
    pub(super) fn read(&mut self, path: &Path, is_plain: bool, password: Option<&str>) -> Result<Content, Unreadable> {
        if !is_plain {
            // Opening a FIFO waits, and opening a device may do anything: look before.
            check(&std::fs::metadata(path)?)?;
        }
        let mut file = open(path)?;
        let metadata = file.metadata()?;
        check(&metadata)?;
        self.fill(&mut file, metadata.len())?;
        let contents = certificate::read_file(&self.buffer, &mut self.issuers, password);
        Ok(Content { identity: (metadata.dev(), metadata.ino()), contents, mode: metadata.mode() })
    }

    /// Reads until the file ends, which in one that does not grow is where its size says.
    fn fill(&mut self, file: &mut File, size: u64) -> Result<(), Unreadable> {
        // One byte more than the size, so that a short read tells the end without asking again.
        let mut room = usize::try_from(size.min(LARGEST) + 1).unwrap_or(usize::MAX);
        self.buffer.clear();
        loop {
            let filled = self.buffer.len();
            self.buffer.resize(filled + room, 0);
            let outcome = file.read(&mut self.buffer[filled..]);
            self.buffer.truncate(filled + outcome.as_ref().copied().unwrap_or_default());
            match outcome {
                Ok(0) => return Ok(()),
                Ok(read) if read < room && self.buffer.len() as u64 >= size => return Ok(()),
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
                _ if self.buffer.len() as u64 > LARGEST => return Err(Unreadable::TooLarge),
                _ => {}
            }
            room = 64 * 1024;
        }
    }
}

/// All of a file that holds no certificates: a private key.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, Unreadable> {
    check(&std::fs::metadata(path)?)?;
    let mut file = open(path)?;
    let metadata = file.metadata()?;
    check(&metadata)?;
    let mut reader = Reader::default();
    reader.fill(&mut file, metadata.len())?;
    Ok(reader.buffer)
}

fn open(path: &Path) -> io::Result<File> {
    // Should a FIFO have taken the file's place meanwhile, this does not wait for its writer.
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(nonblock).open(path)
}

fn check(metadata: &Metadata) -> Result<(), Unreadable> {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(Unreadable::NotAFile("directory"));
    } else if kind.is_fifo() {
        return Err(Unreadable::NotAFile("FIFO"));
    } else if kind.is_socket() {
        return Err(Unreadable::NotAFile("socket"));
    } else if !kind.is_file() {
        return Err(Unreadable::NotAFile("device"));
    }
    if metadata.len() > LARGEST { Err(Unreadable::TooLarge) } else { Ok(()) }
}
