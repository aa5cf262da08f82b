//! Internal messages: a Maildir for each contact, which any mail program can read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use time::OffsetDateTime;

use crate::disk::own_like;
use crate::policy::ContactName;

/// Files `mail` for `contact` below `root`, on disk before it is seen. A message with this `id` that was filed before
/// is not filed again.
pub(super) fn file(
    root: &Path,
    contact: &ContactName,
    id: &str,
    mail: &[u8],
    machine: &str,
    now: OffsetDateTime,
) -> io::Result<()> {
    let folder = root.join(contact.directory_name());
    let [tmp, new, cur] = ["tmp", "new", "cur"].map(|name| folder.join(name));
    for directory in [root, &folder, &tmp, &new, &cur] {
        make_directory(directory)?;
    }
    if holds(&new, id)? || holds(&cur, id)? {
        return Ok(());
    }
    let name = format!("{}.{id}.{}", now.unix_timestamp(), host_part(machine));
    let written = tmp.join(&name);
    // What an interrupted run left behind.
    match fs::remove_file(&written) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&written)?;
    let filed = file
        .write_all(mail)
        .and_then(|()| file.sync_all())
        .and_then(|()| own_like(&written, &tmp))
        .and_then(|()| fs::rename(&written, new.join(&name)));
    if filed.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(&written);
    }
    filed?;
    File::open(&new)?.sync_all()
}

/// Readable by its owner alone, who is that of the directory above.
fn make_directory(path: &Path) -> io::Result<()> {
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => own_like(path, above).and_then(|()| File::open(above)?.sync_all()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_directory(above)?;
            make_directory(path)
        }
        Err(error) => Err(error),
    }
}

/// A mail program may have added flags to the name.
fn holds(directory: &Path, id: &str) -> io::Result<bool> {
    let part = format!(".{id}.");
    for entry in fs::read_dir(directory)? {
        if entry?.file_name().to_string_lossy().contains(&part) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A slash or a colon would end the name or begin the flags.
fn host_part(machine: &str) -> String {
    let is_fine = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.');
    let part: String = machine.chars().map(|character| if is_fine(character) { character } else { '_' }).collect();
    part.chars().take(64).collect()
}
