//! Paths in one spelling, by whichever way they are reached: a place is known by its path.

use std::path::{Component, Path, PathBuf};
use std::{env, fs, io};

/// The whole path: on the working directory as the shell names it, which may have come there by a link, and without
/// `..` where that is the same file.
pub(crate) fn absolute(path: &Path) -> io::Result<PathBuf> {
    let here = if path.is_relative() { folder_of_shell() } else { None };
    let whole = std::path::absolute(here.map_or_else(|| path.to_owned(), |folder| folder.join(path)))?;
    let direct = direct(&whole);
    Ok(if direct != whole && is_same(&direct, &whole) { direct } else { whole })
}

fn folder_of_shell() -> Option<PathBuf> {
    let folder = PathBuf::from(env::var_os("PWD")?);
    (folder.is_absolute() && is_same(&folder, Path::new("."))).then_some(folder)
}

fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

fn direct(path: &Path) -> PathBuf {
    let mut direct = PathBuf::new();
    for component in path.components() {
        if component == Component::ParentDir {
            direct.pop();
        } else {
            direct.push(component);
        }
    }
    direct
}
