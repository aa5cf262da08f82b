//! The state under `kill -9`: at every instant a whole generation is there, and nothing that was saved is lost.

mod whole_runs;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use certnotify::history::{Change, History, Moment, Recorder as _, Unanswered};
use certnotify::record::StateFile;
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-22 08:07:12 UTC);
/// Where the child of these tests keeps its state; without it, it has nothing to do.
const STATE: &str = "CERTNOTIFY_TEST_CRASH_STATE";
/// How many generations the child saves before it ends.
const SAVES: &str = "CERTNOTIFY_TEST_CRASH_SAVES";
/// How many of them it records in the journal before it saves a whole one.
const IN_JOURNAL: &str = "CERTNOTIFY_TEST_CRASH_IN_JOURNAL";

/// Generation `number` of a growing history.
fn generation(number: usize) -> History {
    let unanswered = (0..number).map(|past| (format!("{past:08}"), Moment(NOW))).collect();
    History { unanswered, ..History::default() }
}

/// Saves one generation after another, beginning after the last that is there, and says so of each.
fn save_on_and_on(state: &Path, saves: usize, in_journal: usize, said: impl Fn(usize)) {
    let mut opened = StateFile::open(state, Path::new("/policies.toml"), false, NOW).unwrap();
    assert_eq!(opened.notices, []);
    let begun = opened.history.unanswered.len();
    for number in begun + 1..=begun + saves {
        if number % (in_journal + 1) == 0 {
            opened.file.save(&generation(number)).unwrap();
        } else {
            let change = Unanswered { key: format!("{:08}", number - 1), at: Moment(NOW), runs: 1 };
            opened.file.make_room(&generation(number - 1), 1000).unwrap();
            opened.file.append(&generation(number), &[Change::Unanswered(change)]).unwrap();
        }
        said(number);
    }
}

/// Not a test of its own: what the child runs. The others fail where this does not save.
#[test]
#[expect(clippy::print_stderr, reason = "the parent listens")]
fn the_child_saves_until_it_is_killed() {
    if let (Some(state), Ok(saves), Ok(in_journal)) =
        (std::env::var_os(STATE), std::env::var(SAVES), std::env::var(IN_JOURNAL))
    {
        let said = |number| eprintln!("saved {number}");
        save_on_and_on(Path::new(&state), saves.parse().unwrap(), in_journal.parse().unwrap(), said);
    }
}

/// This program again, as the child, run by `words` if there are any.
fn child(words: &[String], state: &Path, saves: usize, in_journal: usize) -> Command {
    let me = std::env::current_exe().unwrap().into_os_string();
    let mut line = words.iter().map(Into::into).chain([me]);
    let mut command = Command::new(line.next().unwrap());
    command
        .args(line)
        .args(["--exact", "crash::the_child_saves_until_it_is_killed", "--nocapture", "--test-threads=1"])
        .env(STATE, state)
        .env(SAVES, saves.to_string())
        .env(IN_JOURNAL, in_journal.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// The last generation that the child said it had saved.
fn last_saved(words: impl Iterator<Item = String>) -> usize {
    words.filter_map(|line| line.strip_prefix("saved ")?.parse().ok()).last().unwrap_or(0)
}

/// Every generation on the disk is whole, and the last of them is what was said to be saved, or the one in flight.
fn holds_what_was_saved(state: &Path, begun: usize, saved: usize, in_journal: usize) -> usize {
    let previous = PathBuf::from(format!("{}.previous", state.display()));
    for path in [state, &previous] {
        if let Ok(bytes) = fs::read(path) {
            serde_json::from_slice::<Value>(&bytes).unwrap_or_else(|damage| panic!("{}: {damage}", path.display()));
        }
    }
    let opened = StateFile::open(state, Path::new("/policies.toml"), false, NOW).unwrap();
    assert_eq!(opened.notices, []);
    let found = opened.history.unanswered.len();
    assert_eq!(opened.history, generation(found));
    let said = begun.max(saved);
    assert!(found == said || found == said + 1, "{said} were saved, and {found} are there");
    assert!(found < 2 || in_journal > 0 || previous.exists());
    found
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_saved() {
    kill_at_any_moment(0);
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_recorded_in_the_journal() {
    kill_at_any_moment(3);
}

fn kill_at_any_moment(in_journal: usize) {
    let place = TempDir::new().unwrap();
    let state = place.path().join("state.json");
    let mut found = 0;
    for round in 0..40 {
        let mut child = child(&[], &state, 1_000_000, in_journal).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        // A few more saves each time, and then wherever the child has got to.
        let mut saved = last_saved(lines.by_ref().take(1 + round % 7));
        child.kill().unwrap();
        child.wait().unwrap();
        saved = saved.max(last_saved(lines));
        assert!(saved > found, "the child saved nothing");
        found = holds_what_was_saved(&state, found, saved, in_journal);
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn a_kill_before_any_system_call_loses_nothing_that_was_saved() {
    if Command::new("strace").args(["-o", "/dev/null", "true"]).output().is_ok_and(|tried| tried.status.success()) {
        kill_before_every_system_call(0);
        kill_before_every_system_call(2);
    } else {
        let reason = "not asked for: strace is not here, or may not trace; the kills at random stand alone";
        eprintln!("{reason}");
    }
}

/// Every call that a save is made of, and whatever else touches files.
const CALLS: [&str; 17] = [
    "openat", "close", "write", "pwrite64", "lseek", "fallocate", "ftruncate", "fsync", "fdatasync", "link", "linkat",
    "rename", "renameat", "unlink", "unlinkat", "statx", "flock",
];

/// The thread that saves begins its count anew after those of the program's start: so that none of its calls is passed
/// over, it saves more often than those are.
const ENOUGH_SAVES: usize = 5;

fn kill_before_every_system_call(in_journal: usize) {
    let mut kills = 0;
    for call in CALLS {
        for number in 1.. {
            let place = TempDir::new().unwrap();
            let state = place.path().join("state.json");
            save_on_and_on(&state, 1, in_journal, |_| ());
            // The question mark: not every machine has every call.
            let inject = format!("inject=?{call}:signal=SIGKILL:when={number}");
            let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject].map(str::to_owned);
            let outcome = child(&strace, &state, ENOUGH_SAVES, in_journal).output().unwrap();
            let saved = last_saved(outcome.stderr.lines().map_while(Result::ok));
            holds_what_was_saved(&state, 1, saved, in_journal);
            if outcome.status.success() {
                assert_eq!(saved, 1 + ENOUGH_SAVES, "{}", String::from_utf8_lossy(&outcome.stderr));
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 60, "only {kills} kills");
}
