//! The lock of the state: the kernel's, on a file of its own, so that it ends with its process however that ends.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::sibling;
use super::{LOCK, RecordError};
use crate::disk::{self, Directory};

/// Held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    /// Another process had it when it was asked for.
    pub has_waited: bool,
}

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);
/// More than a process number, a moment and nothing else.
const LINE: usize = 200;

impl Lock {
    /// Takes the lock of `state` in its `directory`, and waits up to `patience` for the process that has it.
    pub(super) fn take(
        state: &Path,
        directory: &Directory,
        patience: Duration,
        now: OffsetDateTime,
    ) -> Result<Self, RecordError> {
        let path = sibling(state, LOCK);
        let name = path.file_name().unwrap_or_default();
        let begun = Instant::now();
        let mut has_waited = false;
        loop {
            let file = directory.open_or_create_file(name).map_err(|source| unwritable(&path, source))?;
            if !is_lock(&file) {
                let cause = "its lock would be this file".to_owned();
                return Err(RecordError::NotAState { path, cause });
            }
            match file.try_lock() {
                Ok(()) if is_still_there(&file, directory, name) => return Ok(Self::held(file, has_waited, now)),
                Ok(()) => {}
                Err(TryLockError::Error(source)) => return Err(RecordError::Unlockable { path, source }),
                Err(TryLockError::WouldBlock) => {
                    if begun.elapsed() >= patience {
                        return Err(RecordError::Busy { path: state.to_owned(), holder: holder(directory, name) });
                    }
                    has_waited = true;
                    std::thread::sleep(PAUSE.min(patience));
                }
            }
        }
    }

    fn held(mut file: File, has_waited: bool, now: OffsetDateTime) -> Self {
        let holder = format!("{} {}\n", std::process::id(), now.format(&Rfc3339).unwrap_or_default());
        // For people only; the lock holds without it.
        let _ = file.set_len(0).and_then(|()| file.rewind());
        let _ = file.write_all(holder.as_bytes());
        Self { file, has_waited }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        // By closing alone it would stay with a copy of the file that a process has that is being started.
        let _ = self.file.unlock();
    }
}

fn unwritable(path: &Path, source: io::Error) -> RecordError {
    RecordError::Unwritable { path: path.to_owned(), source }
}

/// Whether certnotify wrote this file: it is empty, or says who holds it. Reading does not move the place where it is
/// written.
pub(super) fn is_lock(file: &File) -> bool {
    let mut line = [0; LINE];
    let Ok(length) = file.read_at(&mut line, 0) else { return false };
    let line = line[..length].strip_suffix(b"\n").unwrap_or(&line[..length]);
    let is_of_it = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'T' | b'Z' | b':' | b'-' | b'+' | b'.');
    length < LINE && line.iter().all(is_of_it)
}

/// Whether the path still leads to the file that was locked.
fn is_still_there(file: &File, directory: &Directory, name: &OsStr) -> bool {
    let identity = |file: &File| file.metadata().ok().map(|found| (found.dev(), found.ino()));
    let found = directory.open_file(name).ok().flatten();
    found.is_some_and(|found| identity(file).is_some() && identity(&found) == identity(file))
}

/// Who holds the lock, as far as that can be known: `process 4711 (certnotify run), since 2026-11-22T08:07:12Z,`.
fn holder(directory: &Directory, name: &OsStr) -> String {
    let line = directory
        .open_file(name)
        .ok()
        .flatten()
        .and_then(|file| disk::read(file, LINE as u64).ok())
        .unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        [process, since] if process.parse::<u32>().is_ok() => match command(process) {
            Some(command) => format!("process {process} (`{command}`), since {since},"),
            None => format!("process {process}, since {since},"),
        },
        _ => "another certnotify".to_owned(),
    }
}

/// The command line of a process, where it is one of ours: in a container the number may be that of a stranger.
fn command(process: &str) -> Option<String> {
    let bytes = std::fs::read(Path::new("/proc").join(process).join("cmdline")).ok()?;
    let words: Vec<String> =
        bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let program = Path::new(words.first()?).file_name()?;
    (program == "certnotify").then(|| words.join(" ").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_is_free_though_another_process_has_a_copy_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::create(folder.path()).unwrap();
        let state = folder.path().join("state.json");
        let take = || Lock::take(&state, &directory, Duration::ZERO, OffsetDateTime::UNIX_EPOCH);
        let lock = take().unwrap();
        assert!(matches!(take(), Err(RecordError::Busy { .. })));
        let _copy = lock.file.try_clone().unwrap();
        drop(lock);
        assert!(take().is_ok());
    }
}
