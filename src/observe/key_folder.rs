//! The names of private keys in a folder, listed once where many files stand in it.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// For one file, which asks twice, names cost less than to list a large folder.
const ASKED_BY_NAME: usize = 2;

/// What is known of one folder.
#[derive(Default)]
struct Listing {
    /// How often names were asked for one by one.
    asked: AtomicUsize,
    /// The names of keys in it, once it was listed.
    keys: OnceLock<HashSet<OsString>>,
}

/// What was listed: the threads that read the files of a folder list it once between them.
#[derive(Clone, Default)]
pub(super) struct Listings(Arc<Mutex<HashMap<PathBuf, Arc<Listing>>>>);

impl Listings {
    fn of(&self, folder: &Path) -> Arc<Listing> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(folder.to_owned()).or_default())
    }
}

/// The folder looked at last: most files stand in the folder of the one before.
#[derive(Default)]
pub(super) struct Folder {
    listings: Listings,
    path: PathBuf,
    listing: Arc<Listing>,
}

impl Folder {
    pub(super) fn with_listings(listings: &Listings) -> Self {
        Self { listings: listings.clone(), ..Self::default() }
    }

    /// Those of `names` that are names of keys in the folder; most folders hold no key.
    pub(super) fn of(&mut self, folder: &Path, names: impl FnOnce() -> Vec<OsString>) -> Vec<OsString> {
        // The parent of a bare name.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        if self.path.as_os_str() != folder.as_os_str() {
            self.listing = self.listings.of(folder);
            folder.clone_into(&mut self.path);
        }
        let Listing { asked, keys } = &*self.listing;
        if keys.get().is_none() && asked.fetch_add(1, Ordering::Relaxed) < ASKED_BY_NAME {
            let mut names = names();
            names.retain(|name| is_of_key(name) && folder.join(name).symlink_metadata().is_ok());
            return names;
        }
        let keys = keys.get_or_init(|| list(folder));
        let mut names = if keys.is_empty() { Vec::new() } else { names() };
        names.retain(|name| keys.contains(name));
        names
    }
}

fn list(folder: &Path) -> HashSet<OsString> {
    let items = std::fs::read_dir(folder).into_iter().flatten().flatten();
    items.map(|item| item.file_name()).filter(|name| is_of_key(name)).collect()
}

fn is_of_key(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.ends_with(b".key") || name.ends_with(b"key.pem") || name.starts_with(b"privkey")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_by_name_and_in_the_listing_alike() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.key", "b-key.pem", "c.pem"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names = || ["a.key", "b-key.pem", "c.pem", "d.key"].map(OsString::from).to_vec();
        let mut keys = Folder::default();
        for nth in 0..=ASKED_BY_NAME {
            assert_eq!(keys.of(folder.path(), names), ["a.key", "b-key.pem"], "{nth}");
            assert_eq!(keys.listing.keys.get().is_some(), nth == ASKED_BY_NAME);
        }
    }

    #[test]
    fn threads_ask_by_name_and_list_a_folder_once_between_them() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.key"), "").unwrap();
        let names = || vec![OsString::from("a.key")];
        let listings = Listings::default();
        let mut one = Folder::with_listings(&listings);
        assert!((0..=ASKED_BY_NAME).all(|_| one.of(folder.path(), names) == ["a.key"]));
        std::fs::remove_file(folder.path().join("a.key")).unwrap();
        // No longer there: it was neither asked for nor listed again.
        assert_eq!(Folder::with_listings(&listings).of(folder.path(), names), ["a.key"]);
    }
}
