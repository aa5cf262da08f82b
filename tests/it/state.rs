//! The state file: what it keeps, whom it belongs to, and what it stands.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use certnotify::history::{History, Recorder as _};
use certnotify::record::{self, Instead, Notice, Opened, RecordError, StateFile};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

use super::memory::history;

const NOW: OffsetDateTime = datetime!(2026-11-22 08:07:12 UTC);
const POLICIES: &str = "/etc/certnotify/policies.toml";
/// Bytes.
const ROOM: u64 = 64 * 1024;

/// A directory with a state in it, or none yet.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("state.json")
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.directory.path().join(format!("state.json{suffix}"))
    }

    fn try_open(&self) -> Result<Opened, RecordError> {
        StateFile::open_within(Duration::ZERO, &self.state(), Path::new(POLICIES), false, NOW)
    }

    fn open(&self) -> Opened {
        self.try_open().unwrap()
    }

    fn read(&self) -> Result<(History, Vec<Notice>), RecordError> {
        record::read(&self.state(), Path::new(POLICIES), false, NOW)
    }

    /// Saves one history after another and closes the state.
    fn holding(self, histories: &[&History]) -> Self {
        let mut opened = self.open();
        for history in histories {
            opened.file.save(history).unwrap();
        }
        self
    }

    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn what_was_saved_is_what_is_read() {
    let place = Place::new().holding(&[&history(3), &history(2)]);
    let opened = place.open();
    assert_eq!((opened.history, opened.notices), (history(2), Vec::new()));
    assert_eq!(place.read().unwrap(), (history(2), Vec::new()));
}

#[test]
fn a_state_that_was_never_written_is_an_empty_history() {
    let place = Place::new();
    assert_eq!(place.read().unwrap(), (History::default(), Vec::new()));
    assert!(place.files().is_empty(), "reading left something: {:?}", place.files());
}

#[test]
fn only_its_owner_reads_the_state_and_a_missing_directory_is_made() {
    let place = Place::new();
    let path = place.directory.path().join("a/b/state.json");
    let mut opened = StateFile::open(&path, Path::new(POLICIES), false, NOW).unwrap();
    opened.file.save(&history(1)).unwrap();
    opened.file.save(&history(0)).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(path.parent().unwrap()), mode(&place.directory.path().join("a"))), (0o700, 0o700));
    for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn the_generation_before_is_kept() {
    let place = Place::new().holding(&[&history(3), &history(2)]);
    fs::rename(place.beside(".previous"), place.state()).unwrap();
    assert_eq!(place.read().unwrap().0, history(3));
}

#[test]
fn nothing_but_the_two_generations_and_the_lock_is_left_behind() {
    let place = Place::new().holding(&[&history(3), &history(2)]);
    assert_eq!(place.files(), ["state.json", "state.json.lock", "state.json.previous"]);
}

#[test]
fn the_second_at_the_same_time_is_told_who_is_at_work() {
    let place = Place::new();
    let first = place.open();
    let refusal = place.try_open().unwrap_err();
    let me = format!("process {}", std::process::id());
    assert!(matches!(&refusal, RecordError::Busy { holder, .. } if holder.contains(&me)), "{refusal}");
    assert!(refusal.to_string().contains("since 2026-11-22T08:07:12Z"), "{refusal}");
    drop(first);
    place.open();
}

#[test]
fn the_second_waits_for_the_first() {
    let place = Place::new();
    let mut first = place.open();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| StateFile::open(&place.state(), Path::new(POLICIES), false, NOW).unwrap());
        first.file.save(&history(1)).unwrap();
        // The other one has tried by then.
        std::thread::sleep(Duration::from_millis(300));
        assert!(!first.file.has_waited());
        drop(first);
        let second = second.join().unwrap();
        assert_eq!((second.history, second.file.has_waited()), (history(1), true));
    });
}

#[test]
fn a_lock_file_that_was_removed_locks_all_the_same() {
    let place = Place::new();
    let first = place.open();
    fs::remove_file(place.beside(".lock")).unwrap();
    drop(first);
    let _second = place.open();
    assert!(matches!(place.try_open(), Err(RecordError::Busy { .. })));
}

#[test]
fn a_trial_policy_does_not_disturb_the_real_memory() {
    let place = Place::new().holding(&[&history(1)]);
    let before = fs::read(place.state()).unwrap();
    let trial = Path::new("/home/alice/policies.toml");
    let refusal = StateFile::open(&place.state(), trial, false, NOW).unwrap_err();
    assert!(matches!(refusal, RecordError::OtherPolicies { .. }) && refusal.help().contains("--adopt"));
    assert!(record::read(&place.state(), trial, false, NOW).is_err());
    assert_eq!(fs::read(place.state()).unwrap(), before);

    let mut adopted = StateFile::open(&place.state(), trial, true, NOW).unwrap();
    assert_eq!(adopted.history, history(1));
    assert!(matches!(&adopted.notices[..], [Notice::Adopted { from, .. }] if from == POLICIES));
    adopted.file.save(&adopted.history).unwrap();
    drop(adopted);
    assert!(matches!(place.try_open(), Err(RecordError::OtherPolicies { .. })));
}

#[test]
fn two_ways_to_write_the_same_policy_file_share_a_state() {
    let place = Place::new();
    let real = place.directory.path().join("policies.toml");
    let link = place.directory.path().join("link.toml");
    fs::write(&real, "").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    StateFile::open(&place.state(), &real, false, NOW).unwrap().file.save(&history(1)).unwrap();
    let opened = StateFile::open(&place.state(), &link, false, NOW).unwrap();
    assert_eq!((opened.history, opened.notices), (history(1), Vec::new()));
}

#[test]
fn a_damaged_state_is_set_aside_and_the_generation_before_it_is_used() {
    for damage in ["", "{\"version\": 1, \"poli", "\0\0\0\0", "{\"version\": 1, \"policies\": \"/p\", \"places\": []}"]
    {
        let place = Place::new().holding(&[&history(3), &history(2)]);
        fs::write(place.state(), damage).unwrap();
        let files = place.files();
        let (read, notices) = place.read().unwrap();
        assert_eq!((read, notices.len()), (history(3), 1));
        assert_eq!(place.files(), files, "reading changed something");

        let mut opened = place.open();
        assert_eq!(opened.history, history(3));
        let [notice @ Notice::Damaged { set_aside: Some(aside), instead: Instead::PreviousGeneration, .. }] =
            &opened.notices[..]
        else {
            panic!("{:?}", opened.notices)
        };
        assert!(notice.is_problem() && notice.help().contains("state.json.damaged-20261122T080712Z"));
        assert_eq!(fs::read_to_string(aside).unwrap(), damage);
        opened.file.save(&opened.history).unwrap();
        drop(opened);
        assert_eq!(place.read().unwrap(), (history(3), Vec::new()));
    }
}

#[test]
fn with_both_generations_damaged_the_memory_starts_empty_and_both_are_kept() {
    let place = Place::new().holding(&[&history(3), &history(2)]);
    fs::write(place.state(), "{").unwrap();
    fs::write(place.beside(".previous"), "}").unwrap();
    // A name that is taken is not written over.
    fs::write(place.beside(".damaged-20261122T080712Z"), "older").unwrap();
    let opened = place.open();
    assert_eq!(opened.history, History::default());
    assert_eq!(opened.notices.len(), 2);
    assert!(opened.notices[0].to_string().contains("the memory starts empty"), "{}", opened.notices[0]);
    drop(opened);
    assert_eq!(
        place.files(),
        [
            "state.json.damaged-20261122T080712Z",
            "state.json.damaged-20261122T080712Z-2",
            "state.json.lock",
            "state.json.previous.damaged-20261122T080712Z"
        ]
    );
}

#[test]
fn a_state_that_is_gone_is_not_taken_for_a_first_run() {
    let place = Place::new().holding(&[&history(3), &history(2)]);
    fs::remove_file(place.state()).unwrap();
    let opened = place.open();
    assert_eq!(opened.history, history(3));
    assert!(matches!(&opened.notices[..], [notice @ Notice::Missing { .. }] if notice.is_problem()));
}

#[test]
fn the_state_of_a_later_version_is_left_alone() {
    let later = "{ \"version\": 2, \"policies\": \"/p\" }";
    for newer in ["", ".previous"] {
        let place = Place::new();
        fs::write(place.state(), "damaged").unwrap();
        fs::write(place.beside(newer), later).unwrap();
        assert!(matches!(place.try_open(), Err(RecordError::Newer { version: 2, .. })));
        assert!(matches!(place.read(), Err(RecordError::Newer { version: 2, .. })));
        assert_eq!(fs::read_to_string(place.beside(newer)).unwrap(), later);
        assert!(!place.files().iter().any(|name| name.contains("damaged")));
    }
}

#[test]
fn what_is_no_file_is_refused_at_once_and_left_alone() {
    let place = Place::new();
    let target = place.directory.path().join("elsewhere");
    fs::write(&target, "precious").unwrap();
    std::os::unix::fs::symlink(&target, place.state()).unwrap();
    assert!(matches!(place.try_open(), Err(RecordError::NotAFile { what: "a symbolic link", .. })));
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");

    fs::remove_file(place.state()).unwrap();
    fs::create_dir(place.state()).unwrap();
    assert!(matches!(place.try_open(), Err(RecordError::NotAFile { what: "a directory", .. })));

    fs::remove_dir(place.state()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(place.state()).status().unwrap().success());
    assert!(matches!(place.try_open(), Err(RecordError::NotAFile { .. })));
    assert!(matches!(place.read(), Err(RecordError::NotAFile { .. })));
    assert!(matches!(record::read(Path::new("/"), Path::new(POLICIES), false, NOW), Err(RecordError::NotAFile { .. })));
}

#[test]
fn no_file_elsewhere_is_written_through_the_lock() {
    for is_symbolic in [true, false] {
        let place = Place::new();
        let target = place.directory.path().join("elsewhere");
        fs::write(&target, "precious").unwrap();
        if is_symbolic {
            std::os::unix::fs::symlink(&target, place.beside(".lock")).unwrap();
        } else {
            fs::hard_link(&target, place.beside(".lock")).unwrap();
        }
        assert!(matches!(place.try_open(), Err(RecordError::Unwritable { .. })));
        assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    }
}

#[test]
fn a_directory_that_cannot_be_written_in_is_found_at_once() {
    let nowhere = Path::new("/proc/certnotify/state.json");
    let refusal = StateFile::open(nowhere, Path::new(POLICIES), false, NOW).unwrap_err();
    assert!(matches!(refusal, RecordError::Unwritable { .. }), "{refusal}");
    let below_a_file = Path::new("/proc/version/state.json");
    assert!(StateFile::open(below_a_file, Path::new(POLICIES), false, NOW).is_err());
}

#[test]
fn the_record_of_the_next_message_has_its_room_before_the_message_goes_out() {
    let place = Place::new();
    let mut opened = place.open();
    opened.file.make_room(&history(1), ROOM).unwrap();
    let reserved = place.beside(".journal").metadata().unwrap();
    assert!(reserved.blocks() * 512 >= ROOM, "{} blocks", reserved.blocks());
    let written = place.state().metadata().unwrap().ino();
    opened.file.make_room(&history(1), ROOM).unwrap();
    assert_eq!(place.state().metadata().unwrap().ino(), written, "it was sure already");
    assert_eq!(place.beside(".journal").metadata().unwrap().ino(), reserved.ino(), "it was there already");
    opened.file.save(&history(0)).unwrap();
    assert!(!place.beside(".journal").exists(), "all is in the state");
}

#[test]
fn a_disk_without_room_for_the_record_is_found_before_the_message_goes_out() {
    // A child with a limit on the size of files stands for a full disk.
    let place = Place::new();
    let me = std::env::current_exe().unwrap();
    let outcome = std::process::Command::new("bash")
        .args([
            "-c",
            "ulimit -f 40; trap '' XFSZ; exec \"$0\" --exact state::the_child_has_no_room",
            me.to_str().unwrap(),
        ])
        .env(FULL, place.state())
        .output()
        .unwrap();
    assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stdout));
    assert_eq!(place.read().unwrap().0, history(1), "what was recorded before is still there");
    assert_eq!(place.files(), ["state.json", "state.json.lock"]);
}

/// Where the child with the limit keeps its state; without it, it has nothing to do.
const FULL: &str = "CERTNOTIFY_TEST_FULL_STATE";

#[test]
fn the_child_has_no_room() {
    if let Some(state) = std::env::var_os(FULL) {
        let mut opened = StateFile::open(Path::new(&state), Path::new(POLICIES), false, NOW).unwrap();
        let refusal = opened.file.make_room(&history(1), ROOM).unwrap_err();
        assert!(matches!(refusal, RecordError::Unwritable { .. }), "{refusal}");
    }
}

#[test]
fn what_root_writes_belongs_to_the_owner_of_the_directory() {
    let place = Place::new();
    let me = place.directory.path().metadata().unwrap();
    let is_root = me.uid() == 0;
    let owner = if is_root { (4711, 4712) } else { (me.uid(), me.gid()) };
    std::os::unix::fs::chown(place.directory.path(), Some(owner.0), Some(owner.1)).unwrap();
    let path = place.directory.path().join("below/state.json");
    let mut opened = StateFile::open(&path, Path::new(POLICIES), false, NOW).unwrap();
    opened.file.save(&history(1)).unwrap();
    opened.file.save(&history(0)).unwrap();
    let below = path.parent().unwrap();
    let written = fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path()).chain([below.to_owned()]);
    for path in written {
        let found = path.metadata().unwrap();
        assert_eq!((found.uid(), found.gid()), owner, "{}", path.display());
    }
}

#[test]
fn a_clock_that_jumped_is_told_once_and_a_run_that_waited_is_no_jump() {
    let place = Place::new().holding(&[&history(-1)]);
    let mut opened = place.open();
    assert!(matches!(&opened.notices[..], [notice @ Notice::ClockJumped { .. }] if !notice.is_problem()));
    assert_eq!(opened.history.last_run, Some(NOW));
    opened.file.save(&opened.history).unwrap();
    drop(opened);
    assert!(place.open().notices.is_empty());

    let waited = History { last_run: Some(NOW + time::Duration::seconds(29)), ..History::default() };
    let place = Place::new().holding(&[&waited]);
    let opened = place.open();
    assert_eq!((opened.history.last_run, opened.notices), (Some(NOW), Vec::new()));
}

#[test]
fn a_terminal_is_safe_from_what_a_state_file_says() {
    let place = Place::new();
    fs::write(place.state(), r#"{"version": 1, "policies": "/p\u001b]0;pwned\u0007"}"#).unwrap();
    let refusal = place.try_open().unwrap_err().to_string();
    assert!(refusal.contains("/p") && !refusal.contains(['\u{1b}', '\u{7}']), "{refusal:?}");
}
