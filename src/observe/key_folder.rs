//! The names of private keys in a folder, listed once for the files in it.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The names of keys in the folder looked at last: most files stand in the folder of the one before.
#[derive(Default)]
pub(super) struct Folder {
    path: PathBuf,
    keys: HashSet<OsString>,
}

impl Folder {
    pub(super) fn of(&mut self, path: &Path) -> &HashSet<OsString> {
        if self.path != path || self.path.as_os_str().is_empty() {
            path.clone_into(&mut self.path);
            let here = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            let items = std::fs::read_dir(here).into_iter().flatten().flatten();
            self.keys = items.map(|item| item.file_name()).filter(|name| is_of_key(name)).collect();
        }
        &self.keys
    }
}

fn is_of_key(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.ends_with(b".key") || name.ends_with(b"key.pem") || name.starts_with(b"privkey")
}
