//! The state file: lock, read, replace in one step; and the journal of what is recorded in between.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;

use super::document::Document;
use super::error::sibling;
use super::generations::{self, Beside, Loaded};
use super::journal::{self, Writer};
use super::lock::Lock;
use super::{EVENTS, JOURNAL, LOCK, NEXT, Notice, PREVIOUS, RecordError, own_file};
use crate::disk::Directory;
use crate::history::{Change, History, Recorder};

/// How long a run waits for another one.
const PATIENCE: Duration = Duration::from_secs(30);

/// The state of one policy file, locked. The lock ends when this is dropped.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    directory: Directory,
    document: Document,
    /// What is recorded after this generation: only once one was saved.
    journal: Option<Writer>,
    is_saved: bool,
    /// A file has the name of the journal, and all of it is in the history.
    has_journal: bool,
    lock: Lock,
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
    let mut loaded = generations::load_without_lock(&path)?;
    let (_, history) = claim(&path, policies, adopt, &mut loaded, now)?;
    Ok((history, loaded.notices))
}

impl StateFile {
    /// Opens the state for writing: creates its directory if need be, waits up to 30 seconds for the holder of the
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
        let (journal, is_saved, has_journal) = (None, false, false);
        let mut file = Self { path, directory, document, journal, is_saved, has_journal, lock };
        match loaded.journal {
            Beside::Nothing | Beside::Unusable => {}
            Beside::Replayed => file.has_journal = true,
            Beside::PartlyReplayed => file.save(&history)?,
            Beside::Folded => file.remove_journal().map_err(|source| file.unwritable(source))?,
        }
        generations::set_aside(&mut loaded.notices, &file.directory, now)?;
        Ok(Opened { file, history, notices: loaded.notices })
    }

    /// Whether another process had the state when it was opened.
    #[must_use]
    pub const fn has_waited(&self) -> bool {
        self.lock.has_waited
    }

    /// The files that belong to the state at `path` and lie beside it.
    #[must_use]
    pub fn companions(path: &Path) -> [PathBuf; 5] {
        let previous = sibling(path, PREVIOUS);
        [sibling(&previous, NEXT), previous, sibling(path, JOURNAL), sibling(path, NEXT), sibling(path, LOCK)]
    }

    /// Whether `path` has the name of a directory that lies beside a state.
    #[must_use]
    pub fn is_name_taken(path: &Path) -> bool {
        path.file_name().is_some_and(|name| name == EVENTS)
    }

    /// Saves `history` where a part of it is in the journal alone.
    ///
    /// # Errors
    /// As [`StateFile::save`].
    pub fn fold(&mut self, history: &History) -> Result<(), RecordError> {
        if self.journal.is_some() { self.save(history) } else { Ok(()) }
    }

    /// Replaces the state in one step and keeps the generation before it; at every instant a whole one is there.
    /// When it returns, this one is on the disk, and the journal of the one before is gone.
    ///
    /// # Errors
    /// The disk is full or the directory cannot be written in. Nothing more may be sent then: this history is not
    /// recorded.
    pub fn save(&mut self, history: &History) -> Result<(), RecordError> {
        self.replace(history)?;
        let settled = if self.has_journal { self.remove_journal() } else { self.directory.sync() };
        settled.map_err(|source| self.unwritable(source))
    }

    /// [`StateFile::save`] for what the next run would find out again: where nothing was sent since the last
    /// generation, a power cut may bring that one back.
    ///
    /// # Errors
    /// As [`StateFile::save`].
    pub fn save_soon(&mut self, history: &History) -> Result<(), RecordError> {
        if self.has_journal { self.save(history) } else { self.replace(history) }
    }

    /// When it returns, what was saved is on the disk.
    ///
    /// # Errors
    /// The disk fails.
    pub fn sync(&self) -> Result<(), RecordError> {
        self.directory.sync().map_err(|source| self.unwritable(source))
    }

    fn replace(&mut self, history: &History) -> Result<(), RecordError> {
        let recorded = history.as_recorded();
        let replaced = self.try_replace(recorded.as_ref().unwrap_or(history));
        if replaced.is_err() {
            // A part of a generation on a full disk is of no use; the error that matters is the first one.
            let _ = self.directory.remove(self.named(NEXT));
        }
        self.is_saved |= replaced.is_ok();
        replaced
    }

    fn try_replace(&self, history: &History) -> Result<(), RecordError> {
        let name = self.named(NEXT);
        let mut written = self.directory.create_file(&name).map_err(|source| self.unwritable(source))?;
        self.document.write(history, &mut written).map_err(|error| {
            if error.is_io() {
                self.unwritable(error.into())
            } else {
                RecordError::Unspeakable { path: self.path.clone(), source: error }
            }
        })?;
        let replaced = written.sync_all().and_then(|()| {
            self.keep_previous()?;
            self.directory.rename(&name, &self.directory, self.named(""))
        });
        replaced.map_err(|source| self.unwritable(source))
    }

    /// The state has all of it, and is on the disk before it goes.
    fn remove_journal(&mut self) -> io::Result<()> {
        self.directory.sync()?;
        self.journal = None;
        match self.directory.remove(self.named(JOURNAL)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.has_journal = false;
        Ok(())
    }

    /// The journal of the generation that was saved last, begun if need be.
    fn journal(&mut self, history: &History, bytes: u64) -> Result<&mut Writer, RecordError> {
        if !self.is_saved {
            self.save(history)?;
        }
        let writer = match self.journal.take() {
            Some(writer) => writer,
            None => self.begin_journal(bytes)?,
        };
        Ok(self.journal.insert(writer))
    }

    fn begin_journal(&mut self, bytes: u64) -> Result<Writer, RecordError> {
        let state = own_file::read(&self.path)?.unwrap_or_default();
        let generation = journal::identity(&state);
        let begun = Writer::begin(&self.directory, self.named(JOURNAL), &generation, bytes);
        if begun.is_err() {
            let _ = self.directory.remove(self.named(JOURNAL));
        }
        self.has_journal = begun.is_ok();
        begun.map_err(|source| self.unwritable(source))
    }

    fn unwritable(&self, source: io::Error) -> RecordError {
        RecordError::Unwritable { path: self.path.clone(), source }
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

    /// The name of the file in its directory, with this suffix.
    fn named(&self, suffix: &str) -> OsString {
        name(&self.path, suffix)
    }
}

impl Recorder<RecordError> for StateFile {
    fn save(&mut self, history: &History) -> Result<(), RecordError> {
        Self::save(self, history)
    }

    fn save_soon(&mut self, history: &History) -> Result<(), RecordError> {
        Self::save_soon(self, history)
    }

    fn make_room(&mut self, history: &History, bytes: u64) -> Result<(), RecordError> {
        let made = self.journal(history, bytes)?.make_room(bytes);
        made.map_err(|source| self.unwritable(source))
    }

    fn append(&mut self, history: &History, changes: &[Change]) -> Result<(), RecordError> {
        // The whole of it has the changes already.
        let Some(journal) = &mut self.journal else { return Self::save(self, history) };
        journal.append(changes).map_err(|source| self.unwritable(source))
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
