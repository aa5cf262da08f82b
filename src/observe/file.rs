//! Reading the certificates of one file.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::key_folder::{Folder, Listings};
use crate::cause::ReadError;
use crate::certificate::{self, Contents, Issuers};
use crate::disk::{fill, fill_at_once, open_readable};

/// What a thread that reads files keeps from one to the next.
#[derive(Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
    issuers: Issuers,
    pub keys: Folder,
}

/// A file that was read.
pub(super) struct Content {
    /// Device and inode: the same for every way to the same file.
    pub identity: (u64, u64),
    pub contents: Contents,
    /// Who may read it.
    pub mode: u32,
}

impl Reader {
    pub(super) fn with_listings(listings: &Listings) -> Self {
        Self { keys: Folder::with_listings(listings), ..Self::default() }
    }

    /// `is_plain`: the listing of the directory showed a regular file there, not a link.
    pub(super) fn read(&mut self, path: &Path, is_plain: bool, password: Option<&str>) -> Result<Content, ReadError> {
        let (mut file, metadata) = open_readable(path, is_plain)?;
        fill(&mut self.buffer, &mut file, metadata.len())?;
        Ok(self.content(&metadata, password))
    }

    /// As [`Reader::read`]; `None` where a disk would have to be waited for, which fetches the file meanwhile.
    pub(super) fn read_at_once(
        &mut self,
        path: &Path,
        is_plain: bool,
        password: Option<&str>,
    ) -> Result<Option<Content>, ReadError> {
        let (mut file, metadata) = open_readable(path, is_plain)?;
        let is_there = fill_at_once(&mut self.buffer, &mut file, metadata.len())?;
        Ok(is_there.then(|| self.content(&metadata, password)))
    }

    fn content(&mut self, metadata: &Metadata, password: Option<&str>) -> Content {
        let contents = certificate::read_file(&self.buffer, &mut self.issuers, password);
        Content { identity: (metadata.dev(), metadata.ino()), contents, mode: metadata.mode() }
    }
}
