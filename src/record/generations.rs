//! Which of the two generations of the state is good, and what the journal adds to it.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::macros::format_description;

use super::document::{Document, DocumentError};
use super::error::sibling;
use super::journal::{self, Found, Journal};
use super::origin::{self, Origin};
use super::{Instead, JOURNAL, LOCK, Notice, PREVIOUS, RecordError, lock, own_file};
use crate::disk::{self, Directory};
use crate::history::History;

/// The newest good generation, and what was wrong with the others.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub good: Option<(Document, History)>,
    /// What its journal is known by, where there is a journal.
    identity: Option<String>,
    pub notices: Vec<Notice>,
    pub journal: Beside,
}

/// What lies beside the state under the name of its journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Beside {
    #[default]
    Nothing,
    /// What it says is part of the history now.
    Replayed,
    /// The state has all of it already.
    Folded,
    /// As [`Beside::Replayed`], but not all of it can be read.
    PartlyReplayed,
    /// It is of no use.
    Unusable,
}

impl Beside {
    const fn is_whole(self) -> bool {
        !matches!(self, Self::PartlyReplayed | Self::Unusable)
    }
}

enum Generation {
    Absent,
    Good(Box<Good>),
    Damaged(Damage),
}

struct Good {
    state: (Document, History),
    identity: Option<String>,
}

struct Damage {
    cause: String,
    origin: Origin,
}

/// Reads the state at `path` or, where it is damaged or gone, the generation before it. Changes nothing. A file that is
/// no state, and was none before it was damaged, is refused: it may be any other file that was named by mistake.
pub(super) fn load(path: &Path) -> Result<Loaded, RecordError> {
    // First: what is folded in meanwhile is found to be.
    let journal = journal::read(path)?;
    let is_asked = matches!(journal, Found::Journal(_));
    let mut loaded = load_generations(path, is_asked)?;
    replay(path, journal, &mut loaded)?;
    Ok(loaded)
}

/// [`load`] without the lock: a run that is at work may put a new generation between the journal and the state.
pub(super) fn load_without_lock(path: &Path) -> Result<Loaded, RecordError> {
    const TRIES: usize = 3;
    let mut loaded = load(path)?;
    for _ in 1..TRIES {
        if loaded.journal.is_whole() {
            break;
        }
        loaded = load(path)?;
    }
    Ok(loaded)
}

/// Takes what the journal says into the history, if it belongs to this very generation.
fn replay(path: &Path, found: Found, loaded: &mut Loaded) -> Result<(), RecordError> {
    let beside = sibling(path, JOURNAL);
    let Journal { generation, steps, damage } = match found {
        Found::Nothing => return Ok(()),
        Found::Journal(journal) => journal,
        Found::NoJournal(cause) if loaded.good.is_some() || has_lock(path) => {
            loaded.note_journal(Beside::Unusable, beside, format!("it is damaged: {cause}"));
            return Ok(());
        }
        Found::NoJournal(cause) => {
            let cause = format!("it has the name of the journal of the state, and {cause}");
            return Err(RecordError::NotAState { path: beside, cause });
        }
    };
    let is_of_it = loaded.identity.as_ref() == Some(&generation);
    if let Some((_, history)) = loaded.good.as_mut().filter(|_| is_of_it) {
        steps.iter().flatten().for_each(|change| history.apply(change));
        loaded.journal = Beside::Replayed;
        if let Some(cause) = damage {
            let cause = format!("it is damaged, the rest of it is used: {cause}");
            loaded.note_journal(Beside::PartlyReplayed, beside, cause);
        }
    } else if (steps.is_empty() && damage.is_none()) || (loaded.good.is_some() && is_of_previous(path, &generation)) {
        loaded.journal = Beside::Folded;
    } else {
        let cause = "it belongs to another generation of the state and is not used".to_owned();
        loaded.note_journal(Beside::Unusable, beside, cause);
    }
    Ok(())
}

/// Whether a journal belongs to the generation before: then the state, which came after it, has all of it.
fn is_of_previous(path: &Path, generation: &str) -> bool {
    let bytes = own_file::read(&sibling(path, PREVIOUS)).ok().flatten();
    bytes.is_some_and(|bytes| journal::identity(&bytes) == generation)
}

impl Loaded {
    fn note_journal(&mut self, journal: Beside, path: PathBuf, cause: String) {
        self.journal = journal;
        self.notices.push(Notice::Journal { path, cause, set_aside: None });
    }
}

fn load_generations(path: &Path, is_identity_asked: bool) -> Result<Loaded, RecordError> {
    let mut loaded = Loaded::default();
    let current = generation(path, is_identity_asked)?;
    if let Generation::Good(good) = current {
        (loaded.good, loaded.identity) = (Some(good.state), good.identity);
        return Ok(loaded);
    }
    let previous = sibling(path, PREVIOUS);
    let before = generation(&previous, is_identity_asked)?;
    let has_lock = has_lock(path);
    let is_before_good = matches!(before, Generation::Good(_));
    for (path, generation) in [(path, &current), (&previous, &before)] {
        if let Generation::Damaged(damage) = generation {
            refuse_foreign(path, damage, is_before_good, has_lock)?;
        }
    }
    let instead = if is_before_good { Instead::PreviousGeneration } else { Instead::Nothing };
    let damaged = |path: &Path, cause| Notice::Damaged { path: path.to_owned(), cause, instead, set_aside: None };
    match current {
        Generation::Damaged(damage) => loaded.notices.push(damaged(path, damage.cause)),
        _ if is_before_good => loaded.notices.push(Notice::Missing { path: path.to_owned() }),
        _ => {}
    }
    match before {
        Generation::Good(good) => (loaded.good, loaded.identity) = (Some(good.state), good.identity),
        Generation::Damaged(damage) => loaded.notices.push(damaged(&previous, damage.cause)),
        Generation::Absent => {}
    }
    Ok(loaded)
}

/// A damaged state is known by what is left of it, by a good generation beside it, or, where nothing speaks against it,
/// by the lock beside it.
fn refuse_foreign(path: &Path, damage: &Damage, is_other_good: bool, has_lock: bool) -> Result<(), RecordError> {
    let is_state = match damage.origin {
        Origin::State => true,
        Origin::Unknown => is_other_good || has_lock,
        Origin::OtherProgram => is_other_good,
    };
    if is_state {
        return Ok(());
    }
    Err(RecordError::NotAState { path: path.to_owned(), cause: damage.cause.clone() })
}

/// [`load`] before anything is made beside a file that may be no state.
pub(super) fn refuse_without_lock(path: &Path) -> Result<(), RecordError> {
    if has_lock(path) { Ok(()) } else { load(path).map(drop) }
}

fn has_lock(path: &Path) -> bool {
    matches!(disk::open(&sibling(path, LOCK)), Ok(Some(file)) if lock::is_lock(&file))
}

fn generation(path: &Path, is_identity_asked: bool) -> Result<Generation, RecordError> {
    let Some(bytes) = own_file::read(path)? else { return Ok(Generation::Absent) };
    match Document::parse(&bytes) {
        Ok(state) => {
            let identity = is_identity_asked.then(|| journal::identity(&bytes));
            Ok(Generation::Good(Box::new(Good { state, identity })))
        }
        Err(DocumentError::Newer(version)) => Err(RecordError::Newer { path: path.to_owned(), version }),
        Err(error) => Ok(Generation::Damaged(Damage { cause: error.to_string(), origin: origin::of(&bytes) })),
    }
}

/// The next generation is written under a name that nothing else has: no file there, or what an interrupted run left.
pub(super) fn refuse_other_draft(path: &Path, directory: &Directory, name: &OsStr) -> Result<(), RecordError> {
    let Ok(Some(file)) = directory.open_file(name) else { return Ok(()) };
    let mut beginning = Vec::new();
    let read = file.take(64).read_to_end(&mut beginning);
    read.map_err(|source| RecordError::Unreadable { path: path.with_file_name(name), source })?;
    if origin::may_begin_state(&beginning) {
        return Ok(());
    }
    let cause = "it has the name of the next generation of the state".to_owned();
    Err(RecordError::NotAState { path: path.with_file_name(name), cause })
}

/// Gives every damaged file another name, and says which.
pub(super) fn set_aside(notices: &mut [Notice], directory: &Directory, now: OffsetDateTime) -> Result<(), RecordError> {
    for notice in notices {
        if let Notice::Damaged { path, set_aside, .. } | Notice::Journal { path, set_aside, .. } = notice {
            let aside = unused_name(path, now);
            let (name, new) = (path.file_name().unwrap_or_default(), aside.file_name().unwrap_or_default());
            let renamed = directory.rename(name, directory, new);
            renamed.map_err(|source| RecordError::Unwritable { path: path.clone(), source })?;
            *set_aside = Some(aside);
        }
    }
    Ok(())
}

fn unused_name(path: &Path, now: OffsetDateTime) -> PathBuf {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let moment = now.to_utc().format(format).unwrap_or_default();
    let name = sibling(path, &format!(".damaged-{moment}"));
    let others = (2..).map(|number| sibling(&name, &format!("-{number}")));
    let mut names = std::iter::once(name.clone()).chain(others);
    names.find(|name| name.symlink_metadata().is_err()).unwrap_or(name)
}
