//! Which of the two generations of the state is good.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::macros::format_description;

use super::document::{self, Document, DocumentError, Origin};
use super::error::sibling;
use super::{Instead, LOCK, Notice, PREVIOUS, RecordError, lock};
use crate::disk::{self, Directory, NotRegular};
use crate::history::History;

/// No state of any fleet is larger.
const LIMIT: u64 = 1 << 30;

/// The newest good generation, and what was wrong with the others.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub good: Option<(Document, History)>,
    pub notices: Vec<Notice>,
}

enum Generation {
    Absent,
    Good(Box<(Document, History)>),
    Damaged(Damage),
}

struct Damage {
    cause: String,
    origin: Origin,
}

/// Reads the state at `path` or, where it is damaged or gone, the generation before it. Changes nothing. A file that is
/// no state, and was none before it was damaged, is refused: it may be any other file that was named by mistake.
pub(super) fn load(path: &Path) -> Result<Loaded, RecordError> {
    let mut loaded = Loaded::default();
    let current = generation(path)?;
    if let Generation::Good(good) = current {
        loaded.good = Some(*good);
        return Ok(loaded);
    }
    let previous = sibling(path, PREVIOUS);
    let before = generation(&previous)?;
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
        Generation::Good(good) => loaded.good = Some(*good),
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

fn generation(path: &Path) -> Result<Generation, RecordError> {
    let unreadable = |source| RecordError::Unreadable { path: path.to_owned(), source };
    let file = match disk::open(path) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(Generation::Absent),
        Err(NotRegular::Io(source)) => return Err(unreadable(source)),
        Err(NotRegular::Other(what)) => return Err(RecordError::NotAFile { path: path.to_owned(), what }),
    };
    let bytes = disk::read(file, LIMIT).map_err(unreadable)?;
    match Document::parse(&bytes) {
        Ok(good) => Ok(Generation::Good(Box::new(good))),
        Err(DocumentError::Newer(version)) => Err(RecordError::Newer { path: path.to_owned(), version }),
        Err(error) => Ok(Generation::Damaged(Damage { cause: error.to_string(), origin: document::origin(&bytes) })),
    }
}

/// The next generation is written under a name that nothing else has: no file there, or what an interrupted run left.
pub(super) fn refuse_other_draft(path: &Path, directory: &Directory, name: &OsStr) -> Result<(), RecordError> {
    let Ok(Some(file)) = directory.open_file(name) else { return Ok(()) };
    let mut beginning = Vec::new();
    let read = file.take(64).read_to_end(&mut beginning);
    read.map_err(|source| RecordError::Unreadable { path: path.with_file_name(name), source })?;
    if document::may_begin_state(&beginning) {
        return Ok(());
    }
    let cause = "it has the name of the next generation of the state".to_owned();
    Err(RecordError::NotAState { path: path.with_file_name(name), cause })
}

/// Gives every damaged generation another name, and says which.
pub(super) fn set_aside(notices: &mut [Notice], directory: &Directory, now: OffsetDateTime) -> Result<(), RecordError> {
    for notice in notices {
        if let Notice::Damaged { path, set_aside, .. } = notice {
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
