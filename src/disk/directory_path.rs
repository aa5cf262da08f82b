//! Where a directory is, and from where on no link is followed.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::directory::Directory;

/// A directory below another one: links lead to the upper one, none lies between the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryPath {
    base: PathBuf,
    below: PathBuf,
}

impl DirectoryPath {
    /// The directory at `path`; where that lies below `base`, no link below `base` is followed.
    #[must_use]
    pub fn below(base: &Path, path: &Path) -> Self {
        let below = path.strip_prefix(base).ok().filter(|below| {
            !below.as_os_str().is_empty() && below.components().all(|part| matches!(part, Component::Normal(_)))
        });
        match below {
            Some(below) => Self { base: base.to_owned(), below: below.to_owned() },
            None => Self::from(path),
        }
    }

    /// Both parts as one path.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        if self.below.as_os_str().is_empty() { self.base.clone() } else { self.base.join(&self.below) }
    }

    pub(crate) fn open(&self) -> io::Result<Directory> {
        self.below.iter().try_fold(Directory::open(&self.base)?, |above, name| above.enter(name))
    }

    /// As [`DirectoryPath::open`]; what is missing is created.
    pub(crate) fn create(&self) -> io::Result<Directory> {
        self.below.iter().try_fold(Directory::create(&self.base)?, |above, name| above.enter_or_create(name))
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for DirectoryPath {
    fn from(path: &P) -> Self {
        path.as_ref().to_owned().into()
    }
}

impl From<PathBuf> for DirectoryPath {
    fn from(base: PathBuf) -> Self {
        Self { base, below: PathBuf::new() }
    }
}
