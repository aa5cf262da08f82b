//! The journal beside the state: what each message of a run changed, a line for each, until it is folded into the JSON.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::sibling;
use super::{JOURNAL, RecordError, own_file};
use crate::certificate::Fingerprint;
use crate::disk::{self, Directory};
use crate::history::Change;

/// The version that this program writes.
const VERSION: u64 = 1;
/// The room that is made at a time, beyond what is asked for.
const CHUNK: u64 = 64 << 10;

/// What a generation of the state is known by: a hash of its file. No other generation takes its journal.
pub(super) fn identity(state: &[u8]) -> String {
    Fingerprint::new(Sha256::digest(state).into()).to_string()
}

/// The first line: to which generation of the state the others belong.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    version: u64,
    generation: std::borrow::Cow<'a, str>,
}

/// What a journal says.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) generation: String,
    pub(super) steps: Vec<Vec<Change>>,
    /// Why some of its lines cannot be read.
    pub(super) damage: Option<String>,
}

/// What stands where the journal is.
#[derive(Debug)]
pub(super) enum Found {
    /// No journal, or one that was never begun.
    Nothing,
    Journal(Journal),
    /// Its first line is not that of a journal.
    NoJournal(String),
}

/// Reads the journal of the state at `path`.
pub(super) fn read(path: &Path) -> Result<Found, RecordError> {
    let path = sibling(path, JOURNAL);
    let Some(bytes) = own_file::read(&path)? else { return Ok(Found::Nothing) };
    match parse(&bytes) {
        Parsed::Newer(version) => Err(RecordError::Newer { path, version }),
        Parsed::Found(found) => Ok(found),
    }
}

#[derive(Debug)]
enum Parsed {
    Found(Found),
    Newer(u64),
}

fn parse(bytes: &[u8]) -> Parsed {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let Some((_, first)) = lines.next() else { return Parsed::Found(Found::Nothing) };
    let head = match line::<Head<'_>>(first) {
        Line::Whole(head) => head,
        Line::Torn if may_begin(first) => return Parsed::Found(Found::Nothing),
        Line::Torn => return Parsed::Found(Found::NoJournal("it does not begin as a journal".to_owned())),
        Line::Damaged(error) => return Parsed::Found(Found::NoJournal(error.to_string())),
    };
    match head.version {
        VERSION => {}
        0 => return Parsed::Found(Found::NoJournal("it has no version".to_owned())),
        version => return Parsed::Newer(version),
    }
    let mut journal = Journal { generation: head.generation.into_owned(), steps: Vec::new(), damage: None };
    for (number, text) in lines {
        match line(text) {
            Line::Whole(changes) => journal.steps.push(changes),
            // What was being written when the run ended: its message is told once more.
            Line::Torn => {}
            Line::Damaged(error) => {
                let line = number.saturating_add(1);
                journal.damage.get_or_insert_with(|| format!("line {line}: {error}"));
            }
        }
    }
    Parsed::Found(Found::Journal(journal))
}

enum Line<T> {
    Whole(T),
    /// It has no end, or a part of it never came to the disk.
    Torn,
    Damaged(serde_json::Error),
}

fn line<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Line<T> {
    let Some(text) = text.strip_suffix(b"\n") else { return Line::Torn };
    match serde_json::from_slice(text) {
        Ok(whole) => Line::Whole(whole),
        Err(_) if text.contains(&0) => Line::Torn,
        Err(error) => Line::Damaged(error),
    }
}

/// Whether bytes may be the first of a journal that was being begun; what was reserved is zero.
fn may_begin(bytes: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\"version\":1,\"generation\":\"";
    let written = &bytes[..bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len())];
    written.starts_with(BEGINNING) || BEGINNING.starts_with(written)
}

/// A journal that is written.
#[derive(Debug)]
pub(super) struct Writer {
    file: File,
    written: u64,
    /// So many bytes have their place on the disk.
    room: u64,
}

impl Writer {
    /// Begins the journal of a generation, in place of any other; when this returns, it is on the disk under its name.
    pub(super) fn begin(
        directory: &Directory,
        name: impl AsRef<std::ffi::OsStr>,
        generation: &str,
        bytes: u64,
    ) -> io::Result<Self> {
        let file = directory.create_file(name)?;
        let mut writer = Self { file, written: 0, room: 0 };
        writer.make_room(bytes)?;
        writer.write(&Head { version: VERSION, generation: generation.into() })?;
        writer.file.sync_all()?;
        directory.sync()?;
        Ok(writer)
    }

    /// Makes sure that so many bytes more can be written.
    pub(super) fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        let needed = self.written.saturating_add(bytes);
        if needed > self.room {
            let room = needed.saturating_add(CHUNK).saturating_add(self.room);
            disk::reserve(&self.file, self.room, room)?;
            self.room = room;
        }
        Ok(())
    }

    /// When it returns, the changes are on the disk.
    pub(super) fn append(&mut self, changes: &[Change]) -> io::Result<()> {
        self.write(&changes)?;
        self.file.sync_data()
    }

    fn write<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.write_all_at(&bytes, self.written)?;
        self.written = self.written.saturating_add(bytes.len() as u64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "{\"version\":1,\"generation\":\"5f\"}\n";
    const STEP: &str = "[{\"unanswered\":{\"key\":\"a\",\"at\":\"2026-11-22T08:07:12Z\",\"runs\":1}}]\n";

    fn steps(text: &str) -> (usize, bool) {
        match parse(text.as_bytes()) {
            Parsed::Found(Found::Journal(journal)) => (journal.steps.len(), journal.damage.is_some()),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn a_last_line_that_was_being_written_is_passed_over_and_any_other_is_damage() {
        let torn = &STEP[..STEP.len() / 2];
        let holed = STEP.replace("2026", "\0\0\0\0");
        assert_eq!(steps(HEAD), (0, false));
        for (rest, expected) in [
            (format!("{STEP}{STEP}"), (2, false)),
            (format!("{STEP}{torn}"), (1, false)),
            (format!("{STEP}{holed}"), (1, false)),
            (format!("{STEP}\0\0\0"), (1, false)),
            (format!("{STEP}{torn}\n{STEP}"), (2, true)),
            (format!("{STEP}rubbish\n"), (1, true)),
        ] {
            assert_eq!(steps(&format!("{HEAD}{rest}")), expected, "{rest:?}");
        }
    }

    #[test]
    fn a_journal_that_was_being_begun_is_none_and_what_begins_otherwise_is_no_journal() {
        for begun in ["", "\0\0\0", "{\"ver", "{\"version\":1,\"generation\":\"5", "{\"version\":1\0\0\0"] {
            assert!(matches!(parse(begun.as_bytes()), Parsed::Found(Found::Nothing)), "{begun:?}");
        }
        for other in ["precious", "precious\n", "{}\n", "{\"version\":0,\"generation\":\"5f\"}\n", "\n"] {
            assert!(matches!(parse(other.as_bytes()), Parsed::Found(Found::NoJournal(_))), "{other:?}");
        }
        let newer = HEAD.replace("1,", "2,");
        assert!(matches!(parse(newer.as_bytes()), Parsed::Newer(2)));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0_usize..300, bytes in proptest::collection::vec(any::<u8>(), 0..50)) {
            let mut text = format!("{HEAD}{STEP}{STEP}").into_bytes();
            let at = at.min(text.len());
            text.splice(at..at, bytes);
            let _ = parse(&text);
        }
    }
}
