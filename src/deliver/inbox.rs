//! Internal messages: a Maildir for each contact, which any mail program can read.

use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use crate::disk::{Directory, DirectoryPath};
use crate::policy::ContactName;
use crate::text::hex;

/// How long a message that was filed, and perhaps not recorded, counts as the one that is filed now. No reminder is owed
/// within half a day of another of its series; a later one has the same number where the one before was not recorded.
const SAME_WITHIN: Duration = Duration::hours(12);

/// Files `mail` for `contact` below `root`, on disk before it is seen. A message with this `id` that was filed lately is
/// not filed again.
pub(super) fn file(
    root: &DirectoryPath,
    contact: &ContactName,
    id: &str,
    mail: &[u8],
    machine: &str,
    now: OffsetDateTime,
) -> io::Result<()> {
    let folder = root.create()?.enter_or_create(contact.directory_name())?;
    let tmp = folder.enter_or_create("tmp")?;
    let new = folder.enter_or_create("new")?;
    let cur = folder.enter_or_create("cur")?;
    let since = now.saturating_sub(SAME_WITHIN).unix_timestamp();
    if holds(&new, id, since)? || holds(&cur, id, since)? {
        return Ok(());
    }
    let name = format!("{}.{id}.{}", now.unix_timestamp(), host_part(machine));
    let mut file = tmp.create_file(&name)?;
    let filed = file.write_all(mail).and_then(|()| file.sync_all()).and_then(|()| tmp.rename(&name, &new, &name));
    if filed.is_err() {
        // The error that matters is the first one.
        let _ = tmp.remove(&name);
    }
    filed?;
    new.sync()
}

/// What a message is known by in an inbox: two policy files that share one, and tell of the same certificates, each
/// file their own.
pub(super) fn id_in(policies: &Path, id: &str) -> String {
    let whole = std::path::absolute(policies).unwrap_or_else(|_| policies.to_owned());
    let mut hash = Sha256::new();
    hash.update(whole.as_os_str().as_bytes());
    hash.update([0]);
    hash.update(id);
    hex(&hash.finalize()[..16])
}

/// Whether a message with this `id` was filed after the second `since`. A mail program may have added flags to the name.
fn holds(directory: &Directory, id: &str, since: i64) -> io::Result<bool> {
    let part = format!(".{id}.");
    for name in directory.names()? {
        let name = name?;
        let name = name.to_string_lossy();
        let filed = name.split_once(&*part).map(|(seconds, _)| seconds.parse::<i64>());
        // One that another program renamed may be of any time.
        if filed.is_some_and(|filed| filed.map_or(true, |filed| filed > since)) {
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
