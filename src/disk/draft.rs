//! A file that is replaced in one step: written beside its place first, so that a reader sees the old one or the new one, never a part.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::Path;

use super::directory::Directory;

const ENDING: &str = ".certnotify-new";
/// What the umask leaves of it.
const USUAL_MODE: u32 = 0o666;

/// A new file without its name. Dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    directory: &'a Directory,
    name: OsString,
    file: File,
    is_placed: bool,
}

impl<'a> Draft<'a> {
    /// One that only the owner of the directory reads.
    pub(crate) fn new(directory: &'a Directory) -> io::Result<Self> {
        let name = new_name();
        let file = directory.create_new_file(&name)?;
        Ok(Self { directory, name, file, is_placed: false })
    }

    /// One that belongs to the caller, wherever it is.
    fn from_caller(directory: &'a Directory, mode: u32) -> io::Result<Self> {
        let name = new_name();
        let file = directory.create_file_of_caller(&name, mode)?;
        Ok(Self { directory, name, file, is_placed: false })
    }

    /// Whether an interrupted program left a file of this name behind.
    pub(crate) fn is_name(name: &OsStr) -> bool {
        name.as_encoded_bytes().ends_with(ENDING.as_bytes())
    }

    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives it its name, in place of what had it. When this returns, the file is on the disk under its name.
    pub(crate) fn replace(mut self, name: impl AsRef<OsStr>) -> io::Result<()> {
        self.file.sync_all()?;
        self.directory.rename(&self.name, self.directory, name)?;
        self.is_placed = true;
        self.directory.sync()
    }

    /// As [`Draft::replace`], but where something has the name, nothing happens.
    fn add(self, name: &OsStr) -> io::Result<()> {
        self.file.sync_all()?;
        self.directory.link(&self.name, name)?;
        self.directory.remove(&self.name)?;
        self.directory.sync()
    }
}

fn new_name() -> OsString {
    format!(".{:016x}{ENDING}", RandomState::new().build_hasher().finish()).into()
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.is_placed {
            // The failure is already on its way to the caller.
            let _ = self.directory.remove(&self.name);
        }
    }
}

/// Replaces the file at `path` by what `produce` writes; it keeps its owner and permissions, a new one has those that
/// the process gives new files.
///
/// # Errors
/// What `produce` returns, and whatever keeps the file from being written.
pub fn replace(path: &Path, produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let directory = Directory::open(path.parent().unwrap_or(Path::new("")))?;
    let mut draft = Draft::from_caller(&directory, USUAL_MODE)?;
    if let Ok(Some(before)) = directory.open_file(name) {
        let before = before.metadata()?;
        // Only root can keep another owner.
        let _ = fchown(draft.file(), Some(before.uid()), Some(before.gid()));
        draft.file().set_permissions(before.permissions())?;
    }
    let mut writer = BufWriter::new(draft.file());
    produce(&mut writer)?;
    writer.flush()?;
    drop(writer);
    draft.replace(name)
}

/// Writes a new file that has these permissions.
///
/// # Errors
/// Something has the name already and is not to be replaced, or the file cannot be written.
pub fn write(path: &Path, mode: u32, bytes: &[u8], is_to_replace: bool) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let directory = Directory::open(path.parent().unwrap_or(Path::new("")))?;
    let mut draft = Draft::from_caller(&directory, mode)?;
    draft.file().set_permissions(Permissions::from_mode(mode))?;
    draft.file().write_all(bytes)?;
    if is_to_replace { draft.replace(name) } else { draft.add(name) }
}
