//! Answers of authorities kept between runs: a folder of bounded size, the oldest out first. It is a convenience:
//! whatever is wrong with it, the question is asked again, and what it holds is checked like what comes by wire.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use crate::certificate::Fingerprint;
use crate::disk::{Directory, DirectoryPath, Draft};

/// Of all answers together, in bytes.
const LARGEST: u64 = 128 * 1024 * 1024;
/// An answer this old is asked for again, for as long as it may hold.
const FRESH: Duration = Duration::hours(6);
const ENDING: &str = "answer";

/// A folder of answers, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cache<'a>(pub Option<&'a Path>);

/// An answer as it was kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub bytes: Vec<u8>,
    pub is_fresh: bool,
}

impl Cache<'_> {
    /// The folder, and the name of the file in it. The folder lies in the directory of the state.
    fn place(self, question: &str) -> Option<(DirectoryPath, String)> {
        let folder = self.0?;
        let name = Fingerprint::new(Sha256::digest(question).into());
        Some((DirectoryPath::below(folder.parent()?, folder), format!("{name}.{ENDING}")))
    }

    pub(super) fn load(self, question: &str, now: OffsetDateTime) -> Option<Kept> {
        let (folder, name) = self.place(question)?;
        let file = folder.open().ok()?.open_file(name).ok()??;
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).ok()?;
        let end_of_line = bytes.iter().position(|byte| *byte == b'\n')?;
        let asked = std::str::from_utf8(&bytes[..end_of_line]).ok()?.parse().ok()?;
        let age = now - OffsetDateTime::from_unix_timestamp(asked).ok()?;
        bytes.drain(..=end_of_line);
        Some(Kept { bytes, is_fresh: !age.is_negative() && age < FRESH })
    }

    pub(super) fn store(self, question: &str, bytes: &[u8], now: OffsetDateTime) {
        let Some((folder, name)) = self.place(question) else { return };
        if bytes.len() as u64 <= LARGEST / 2 {
            // A disk that is full or read-only is no reason to lose the answer.
            let _ = folder.create().and_then(|folder| write(&folder, &name, bytes, now));
        }
    }
}

fn write(folder: &Directory, name: &str, bytes: &[u8], now: OffsetDateTime) -> io::Result<()> {
    make_room(folder, bytes.len() as u64)?;
    let mut draft = Draft::new(folder)?;
    writeln!(draft.file(), "{}", now.unix_timestamp())?;
    draft.file().write_all(bytes)?;
    draft.replace(name)
}

/// Removes the oldest answers until `more` bytes fit.
fn make_room(folder: &Directory, more: u64) -> io::Result<()> {
    let mut answers: Vec<(i64, u64, OsString)> = Vec::new();
    for name in folder.names()? {
        let name = name?;
        let is_answer = Path::new(&name).extension().is_some_and(|ending| ending == ENDING) || Draft::is_name(&name);
        if let Some(found) = folder.look_at(&name)?.filter(|found| found.is_file && is_answer) {
            answers.push((found.modified, found.length, name));
        }
    }
    answers.sort();
    let mut total: u64 = answers.iter().map(|(_, length, _)| length).sum();
    for (_, length, name) in answers {
        if total.saturating_add(more) <= LARGEST {
            break;
        }
        folder.remove(name)?;
        total -= length;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::path::PathBuf;
    use std::time::SystemTime;

    use time::macros::datetime;

    use super::*;

    impl Cache<'_> {
        fn path(self, question: &str) -> Option<PathBuf> {
            let (folder, name) = self.place(question)?;
            Some(folder.path().join(name))
        }
    }

    const NOW: OffsetDateTime = datetime!(2026-11-21 07:07 UTC);

    #[test]
    fn an_answer_is_fresh_for_six_hours_and_only_under_its_own_question() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        let cache = Cache(Some(&path));
        cache.store("http://a/1.crl", b"one\n", NOW);
        let fresh = |now| cache.load("http://a/1.crl", now).map(|kept| (kept.bytes, kept.is_fresh));
        assert_eq!(fresh(NOW + Duration::hours(5)), Some((b"one\n".to_vec(), true)));
        assert_eq!(fresh(NOW + Duration::hours(6)), Some((b"one\n".to_vec(), false)));
        assert_eq!(fresh(NOW - Duration::hours(1)), Some((b"one\n".to_vec(), false)), "a clock that jumped");
        assert!(cache.load("http://a/2.crl", NOW).is_none());
        Cache(None).store("http://a/1.crl", b"two", NOW);
        assert!(Cache(None).load("http://a/1.crl", NOW).is_none());
    }

    #[test]
    fn the_oldest_answers_make_room_for_new_ones() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache(Some(folder.path()));
        for (age, question) in ["oldest", "older", "old"].into_iter().enumerate() {
            cache.store(question, b"", NOW);
            let file = OpenOptions::new().write(true).open(cache.path(question).unwrap()).unwrap();
            // A file with a hole: long, and of no cost.
            file.set_len(LARGEST / 3).unwrap();
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000 + age as u64);
            file.set_modified(at).unwrap();
        }
        cache.store("new", &vec![0; 1 << 20], NOW);
        let left = ["oldest", "older", "old", "new"].map(|question| cache.path(question).unwrap().exists());
        assert_eq!(left, [false, true, true, true]);
    }

    #[test]
    fn a_broken_cache_is_no_answer_and_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache(Some(folder.path()));
        for broken in [&b""[..], b"no number\nbytes", b"99999999999999999999\nbytes", b"\xff\n"] {
            fs::write(cache.path("question").unwrap(), broken).unwrap();
            assert!(cache.load("question", NOW).is_none());
        }
        fs::write(folder.path().join("file"), "").unwrap();
        let nowhere = folder.path().join("file/cache");
        Cache(Some(&nowhere)).store("question", b"answer", NOW);
    }
}
