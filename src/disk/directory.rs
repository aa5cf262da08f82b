//! A directory held open: what is opened, created, renamed or removed in it follows no link, whatever becomes of its path.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::owner;
use super::regular::{self, NotRegular};

/// New directories are for their owner alone.
const PRIVATE: Mode = Mode::RWXU;

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub is_file: bool,
    /// In bytes.
    pub length: u64,
    /// In seconds since 1970.
    pub modified: i64,
}

#[derive(Debug)]
pub(crate) struct Directory(File);

impl Directory {
    /// Links in `path` are followed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let opened = rustix::fs::openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        #[cfg(target_os = "linux")]
        let opened = match opened {
            // Files can be written in a directory that cannot be listed.
            Err(Errno::ACCESS) => {
                rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            }
            opened => opened,
        };
        Ok(Self(opened?.into()))
    }

    /// As [`Directory::open`]; what is missing is created, for the owner of the directory above.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        match (Self::open(path), path.file_name()) {
            (Err(error), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
                Self::create(path.parent().unwrap_or(Path::new("")))?.enter_or_create(name)
            }
            (opened, _) => opened,
        }
    }

    /// The directory `name` in this one, which is no link.
    pub(crate) fn enter(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
        let name = Path::new(name.as_ref());
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&self.0, name, flags, Mode::empty()) {
            Ok(entered) => Ok(Self(entered.into())),
            Err(Errno::LOOP | Errno::NOTDIR | Errno::MLINK) => {
                let what = regular::kind(&self.0, name).ok().flatten().map_or("no directory", regular::named);
                Err(io::Error::new(io::ErrorKind::NotADirectory, format!("`{}` is {what}", name.display())))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// As [`Directory::enter`]; one that is missing is created, for the owner of this one.
    pub(crate) fn enter_or_create(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
        let name = name.as_ref();
        match self.enter(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            entered => return entered,
        }
        let is_own = match rustix::fs::mkdirat(&self.0, Path::new(name), PRIVATE) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(error) => return Err(error.into()),
        };
        let entered = self.enter(name)?;
        if is_own {
            owner::give(&entered.0, &self.0);
            self.sync()?;
        }
        Ok(entered)
    }

    /// A regular file for reading; `None` where there is nothing.
    pub(crate) fn open_file(&self, name: impl AsRef<OsStr>) -> Result<Option<File>, NotRegular> {
        regular::open_at(&self.0, Path::new(name.as_ref()))
    }

    /// A new empty file that only the owner of this directory reads, in place of whatever had the name.
    pub(crate) fn create_file(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        match self.remove(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.create_new_file(name),
        }
    }

    /// As [`Directory::create_file`], where there is nothing of the name.
    pub(crate) fn create_new_file(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let file = regular::create_at(&self.0, Path::new(name.as_ref()), regular::PRIVATE)?;
        owner::give(&file, &self.0);
        Ok(file)
    }

    /// As [`Directory::create_new_file`], for the caller, with what the umask leaves of `mode`.
    pub(super) fn create_file_of_caller(&self, name: impl AsRef<OsStr>, mode: u32) -> io::Result<File> {
        regular::create_at(&self.0, Path::new(name.as_ref()), Mode::from_raw_mode(mode))
    }

    /// The file of this name for reading and writing, or a new one.
    pub(crate) fn open_or_create_file(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        loop {
            match regular::open_own_at(&self.0, Path::new(name.as_ref())) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                opened => return opened,
            }
            match self.create_new_file(&name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => return created,
            }
        }
    }

    /// Gives a file of this directory another name, there or in another directory of the same file system.
    pub(crate) fn rename(&self, name: impl AsRef<OsStr>, to: &Self, new: impl AsRef<OsStr>) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, Path::new(name.as_ref()), &to.0, Path::new(new.as_ref()))?)
    }

    /// Gives a file of this directory a second name.
    pub(crate) fn link(&self, name: impl AsRef<OsStr>, second: impl AsRef<OsStr>) -> io::Result<()> {
        let (name, second) = (Path::new(name.as_ref()), Path::new(second.as_ref()));
        Ok(rustix::fs::linkat(&self.0, name, &self.0, second, AtFlags::empty())?)
    }

    pub(crate) fn remove(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, Path::new(name.as_ref()), AtFlags::empty())?)
    }

    /// Removes an empty directory.
    pub(crate) fn remove_directory(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, Path::new(name.as_ref()), AtFlags::REMOVEDIR)?)
    }

    /// The user it belongs to.
    pub(crate) fn owner(&self) -> io::Result<u32> {
        owner::owner(&self.0)
    }

    /// What has this name, itself and not what it may lead to; `None` where there is nothing.
    pub(crate) fn look_at(&self, name: impl AsRef<OsStr>) -> io::Result<Option<Found>> {
        match rustix::fs::statat(&self.0, Path::new(name.as_ref()), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => Ok(Some(Found {
                is_file: FileType::from_raw_mode(found.st_mode) == FileType::RegularFile,
                length: u64::try_from(found.st_size).unwrap_or_default(),
                modified: found.st_mtime,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Every name but `.` and `..`, in no order.
    pub(crate) fn names(&self) -> io::Result<impl Iterator<Item = io::Result<OsString>>> {
        let names = Dir::read_from(&self.0)?.map(|entry| {
            let entry = entry?;
            Ok(OsString::from_vec(entry.file_name().to_bytes().to_vec()))
        });
        Ok(names.filter(|name| !name.as_ref().is_ok_and(|name| name == "." || name == "..")))
    }

    /// What was created, renamed and removed in it is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.0) {
            // One that cannot be listed cannot be synchronised either.
            Err(Errno::BADF) => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}
