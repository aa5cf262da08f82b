//! One file of the state, read whole.

use std::path::Path;

use super::RecordError;
use crate::disk::{self, NotRegular};

/// No run writes as much: a state of a million certificates has less than a tenth of it.
const LIMIT: u64 = 16 << 30;

/// The bytes of a file that belongs to the state; `None` where there is nothing.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, RecordError> {
    let unreadable = |source| RecordError::Unreadable { path: path.to_owned(), source };
    match disk::open(path) {
        Ok(Some(file)) => disk::read(file, LIMIT).map(Some).map_err(unreadable),
        Ok(None) => Ok(None),
        Err(NotRegular::Io(source)) => Err(unreadable(source)),
        Err(NotRegular::Other(what)) => Err(RecordError::NotAFile { path: path.to_owned(), what }),
    }
}
