//! What a run asks of the disk, by its system calls.

use std::fs;

use certnotify::record::StateFile;
use time::OffsetDateTime;

use super::narrowed::{can_trace, line_of, traced};
use super::{Place, names};

const CALLS: [&str; 2] = ["-e", "trace=fsync,fdatasync,renameat,unlink,unlinkat"];
/// By its mark: the directory of the state, and not a file in it.
const DIRECTORY: [&str; 2] = ["fsync(", "/memory>)"];

fn log_of_run(place: &Place) -> String {
    let log = place.path("log");
    let ended = traced(place, &[&["-y", "-o", log.to_str().unwrap()], CALLS.as_slice()].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    fs::read_to_string(log).unwrap()
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn a_run_with_nothing_to_send_waits_for_the_disk_once() {
    if !can_trace() {
        return eprintln!("strace is not here: how often the disk is waited for was not tried");
    }
    let place = Place::new();
    let first = log_of_run(&place);
    assert!(line_of(&first, &DIRECTORY) < line_of(&first, &["unlinkat(", "state.json.journal"]), "{first}");
    let idle = log_of_run(&place);
    assert_eq!(idle.matches("sync(").count(), 1, "{idle}");
    assert!(
        line_of(&idle, &["fsync(", "state.json.next"]) < line_of(&idle, &["renameat(", "\"state.json\""]),
        "{idle}"
    );
}

#[test]
#[expect(clippy::print_stderr, reason = "what was not tried is said")]
fn a_report_that_waited_is_removed_once_the_state_that_has_it_is_on_the_disk() {
    if !can_trace() {
        return eprintln!("strace is not here: the order of what is on the disk was not tried");
    }
    let place = Place::new();
    assert_eq!(place.certnotify(&["run"]).code, Some(0));
    let (state, policies) = (place.path("memory/state.json"), place.path("policies.toml"));
    // Of a kind that no contact is told of: the run that takes it in sends nothing.
    let policy = fs::read_to_string(&policies).unwrap();
    fs::write(&policies, policy.replace("\"business\", ", "")).unwrap();
    let opened = StateFile::open(&state, &policies, false, OffsetDateTime::UNIX_EPOCH).unwrap();
    let ended = place.certnotify(&["event", "download", "--certificate", "www"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    drop(opened);
    let [report] = names(&place.path("memory/events")).try_into().unwrap();
    let log = log_of_run(&place);
    let (state, report) = (line_of(&log, &["renameat(", "\"state.json\""]), line_of(&log, &["unlinkat(", &report]));
    assert!(state < line_of(&log, &DIRECTORY) && line_of(&log, &DIRECTORY) < report, "{log}");
}
