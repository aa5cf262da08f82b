//! The state file: lock, read, replace in one step.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;

use super::document::Document;
use super::error::sibling;
use super::generations::{self, Loaded};
use super::lock::Lock;
use super::{EVENTS, LOCK, NEXT, Notice, PREVIOUS, RecordError};
use crate::disk::{self, Directory};
use crate::history::History;

/// How long a run waits for another one.
const PATIENCE: Duration = Duration::from_secs(30);
/// Room for what a message may add to the record: some bytes, and so many for each certificate.
const ROOM: u64 = 64 << 10;
const ROOM_EACH: u64 = 1 << 10;

/// The state of one policy file, locked. The lock ends when this is dropped.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    directory: Directory,
    document: Document,
    /// The file of the next generation with its room on the disk: what is found to be full is found before a
    /// message goes out and not after.
    next: Option<File>,
    _lock: Lock,
}

/// An open state: the file to save to, what it holds, and what a person should know of it.
#[derive(Debug)]
pub struct Opened {
    pub file: StateFile,
    pub history: History,
    pub notices: Vec<Notice>,
}

/// Reads the history that belongs to `policies` without the lock, and changes nothing. A missing file is an empty
/// history.
///
/// # Errors
/// Another policy file's state (unless `adopt`), a newer version's, or one that cannot be read.
pub fn read(
    path: &Path,
    policies: &Path,
    adopt: bool,
    now: OffsetDateTime,
) -> Result<(History, Vec<Notice>), RecordError> {
    let path = absolute(path)?;
    let mut loaded = generations::load(&path)?;
    let (_, history) = claim(&path, policies, adopt, &mut loaded, now)?;
    Ok((history, loaded.notices))
}

impl StateFile {
    /// Opens the state for writing: creates its directory if need be, waits up to 30 seconds for whoever has the
    /// lock, and sets damaged generations aside.
    ///
    /// # Errors
    /// As [`read`], a lock that stays taken, and a directory that cannot be written in.
    pub fn open(path: &Path, policies: &Path, adopt: bool, now: OffsetDateTime) -> Result<Opened, RecordError> {
        Self::open_within(PATIENCE, path, policies, adopt, now)
    }

    /// [`StateFile::open`] with another patience.
    ///
    /// # Errors
    /// As [`StateFile::open`].
    pub fn open_within(
        patience: Duration,
        path: &Path,
        policies: &Path,
        adopt: bool,
        now: OffsetDateTime,
    ) -> Result<Opened, RecordError> {
        let path = absolute(path)?;
        let directory = Directory::create(path.parent().unwrap_or(Path::new("/")))
            .map_err(|source| RecordError::Unwritable { path: path.clone(), source })?;
        generations::refuse_without_lock(&path)?;
        generations::refuse_other_draft(&path, &directory, &name(&path, NEXT))?;
        let lock = Lock::take(&path, &directory, patience, now)?;
        let mut loaded = generations::load(&path)?;
        let (document, history) = claim(&path, policies, adopt, &mut loaded, now)?;
        generations::set_aside(&mut loaded.notices, &directory, now)?;
        let file = Self { path, directory, document, next: None, _lock: lock };
        Ok(Opened { file, history, notices: loaded.notices })
    }

    /// The files that belong to the state at `path` and lie beside it.
    #[must_use]
    pub fn companions(path: &Path) -> [PathBuf; 4] {
        let previous = sibling(path, PREVIOUS);
        [sibling(&previous, NEXT), previous, sibling(path, NEXT), sibling(path, LOCK)]
    }

    /// Whether `path` has the name of a directory that lies beside a state.
    #[must_use]
    pub fn is_name_taken(path: &Path) -> bool {
        path.file_name().is_some_and(|name| name == EVENTS)
    }

    /// Makes sure that the record of one more message will find its room; saves `history` to that end, unless the
    /// last save has already made sure of it. To be called before the first message.
    ///
    /// # Errors
    /// As [`StateFile::save`].
    pub fn ensure_writable(&mut self, history: &History) -> Result<(), RecordError> {
        if self.next.is_some() { Ok(()) } else { self.save(history) }
    }

    /// Replaces the state in one step and keeps the generation before it; at every instant a whole one is there.
    /// When it returns, this one is on the disk.
    ///
    /// # Errors
    /// The disk is full or the directory cannot be written in. Nothing more may be sent then: either this history is
    /// not recorded, or there is no room for the next.
    pub fn save(&mut self, history: &History) -> Result<(), RecordError> {
        let bytes = self
            .document
            .render(history.as_recorded().as_ref().unwrap_or(history))
            .map_err(|source| RecordError::Unspeakable { path: self.path.clone(), source })?;
        let length = bytes.len() as u64;
        let room = ROOM + ROOM_EACH * history.certificates.len() as u64;
        self.replace(&bytes).and_then(|()| self.reserve(length + room)).map_err(|source| {
            // A part of a generation on a full disk helps nobody; the error that matters is the first one.
            let _ = self.directory.remove(self.named(NEXT));
            RecordError::Unwritable { path: self.path.clone(), source }
        })
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let next = self.named(NEXT);
        let mut file = match self.next.take() {
            Some(reserved) => reserved,
            None => self.directory.create_file(&next)?,
        };
        file.rewind()?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()?;
        self.keep_previous()?;
        self.directory.rename(&next, &self.directory, self.named(""))?;
        self.directory.sync()
    }

    /// Lets the last generation have a second name, so that it is there under one of them at every instant.
    fn keep_previous(&self) -> io::Result<()> {
        let (name, previous) = (self.named(""), self.named(PREVIOUS));
        let linked = sibling(Path::new(&previous), NEXT);
        match self.directory.remove(&linked) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        match self.directory.link(&name, &linked) {
            Ok(()) => self.directory.rename(&linked, &self.directory, &previous),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // No second names on this file system: for an instant, the previous generation is all there is.
            Err(_) => self.directory.rename(&name, &self.directory, &previous),
        }
    }

    fn reserve(&mut self, length: u64) -> io::Result<()> {
        let mut file = self.directory.create_file(self.named(NEXT))?;
        disk::reserve(&mut file, length)?;
        self.next = Some(file);
        Ok(())
    }

    /// The name of the file in its directory, with this suffix.
    fn named(&self, suffix: &str) -> OsString {
        name(&self.path, suffix)
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        if self.next.is_some() {
            // The next run would replace it.
            let _ = self.directory.remove(self.named(NEXT));
        }
    }
}

/// The document and the history to work with, once it is clear that they belong to `policies`.
fn claim(
    path: &Path,
    policies: &Path,
    adopt: bool,
    loaded: &mut Loaded,
    now: OffsetDateTime,
) -> Result<(Document, History), RecordError> {
    let policies = absolute(policies)?;
    let written = policies.to_string_lossy().into_owned();
    let Some((mut document, mut history)) = loaded.good.take() else {
        return Ok((Document::new(written), History::default()));
    };
    if document.policies != written {
        let same_file = fs::canonicalize(&document.policies)
            .is_ok_and(|recorded| fs::canonicalize(&policies).is_ok_and(|given| given == recorded));
        if !same_file && !adopt {
            let belongs_to = document.policies;
            return Err(RecordError::OtherPolicies { path: path.to_owned(), belongs_to, policies });
        }
        let from = std::mem::replace(&mut document.policies, written);
        if !same_file {
            loaded.notices.push(Notice::Adopted { path: path.to_owned(), from });
        }
    }
    if history.clamp_to_now(now) {
        loaded.notices.push(Notice::ClockJumped { path: path.to_owned() });
    }
    Ok((document, history))
}

fn name(path: &Path, suffix: &str) -> OsString {
    sibling(Path::new(path.file_name().unwrap_or_default()), suffix).into()
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf, RecordError> {
    let whole = std::path::absolute(path);
    match whole {
        Ok(whole) if whole.file_name().is_some() => Ok(whole),
        Ok(whole) => Err(RecordError::NotAFile { path: whole, what: "a directory" }),
        Err(source) => Err(RecordError::Unreadable { path: path.to_owned(), source }),
    }
}
