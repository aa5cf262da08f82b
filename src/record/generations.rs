//! Which of the two generations of the state is good.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::macros::format_description;

use super::document::{Document, DocumentError};
use super::error::sibling;
use super::{Instead, Notice, PREVIOUS, RecordError};
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
    Damaged(String),
}

/// Reads the state at `path` or, where it is damaged or gone, the generation before it. Changes nothing.
pub(super) fn load(path: &Path) -> Result<Loaded, RecordError> {
    let mut loaded = Loaded::default();
    let current = generation(path)?;
    if let Generation::Good(good) = current {
        loaded.good = Some(*good);
        return Ok(loaded);
    }
    let previous = sibling(path, PREVIOUS);
    let before = generation(&previous)?;
    let instead = if matches!(before, Generation::Good(_)) { Instead::PreviousGeneration } else { Instead::Nothing };
    let damaged = |path: &Path, cause| Notice::Damaged { path: path.to_owned(), cause, instead, set_aside: None };
    match current {
        Generation::Damaged(cause) => loaded.notices.push(damaged(path, cause)),
        _ if instead == Instead::PreviousGeneration => loaded.notices.push(Notice::Missing { path: path.to_owned() }),
        _ => {}
    }
    match before {
        Generation::Good(good) => loaded.good = Some(*good),
        Generation::Damaged(cause) => loaded.notices.push(damaged(&previous, cause)),
        Generation::Absent => {}
    }
    Ok(loaded)
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
        Err(damage) => Ok(Generation::Damaged(damage.to_string())),
    }
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
