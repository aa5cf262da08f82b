//! A state that was cut, overwritten or written by another program: the generation before it is used, and no message is repeated.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use certnotify::record::{self, Notice};
use time::macros::datetime;

use super::{Place, names};

/// A place with two generations of the state, and both of them.
fn with_state() -> (Place, PathBuf, Vec<u8>) {
    let place = Place::new();
    for _ in 0..2 {
        assert_eq!(place.certnotify(&["run"]).code, Some(0));
    }
    let state = place.path("memory/state.json");
    let bytes = fs::read(&state).unwrap();
    assert!(place.path("memory/state.json.previous").is_file() && bytes.len() > 1000);
    (place, state, bytes)
}

/// The state is read as damaged, and the generation before it is used.
fn assert_previous_is_used(place: &Place, state: &Path, what: &str) {
    let now = datetime!(2200-01-01 0:00 UTC);
    let read = record::read(state, &place.path("policies.toml"), false, now);
    let (history, notices) = read.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(matches!(notices.first(), Some(Notice::Damaged { .. })), "{what}: {notices:?}");
    assert!(!history.deliveries.is_empty(), "{what}");
}

#[test]
fn a_state_that_is_cut_or_zeroed_at_any_byte_is_replaced_by_the_generation_before_it() {
    let (place, state, bytes) = with_state();
    // The last byte is the end of the last line, and no part of the JSON.
    for length in 0..bytes.len() - 1 {
        fs::write(&state, &bytes[..length]).unwrap();
        assert_previous_is_used(&place, &state, &format!("cut at {length}"));
        let zeroed = [&bytes[..length], &vec![0; bytes.len() - length]].concat();
        fs::write(&state, zeroed).unwrap();
        assert_previous_is_used(&place, &state, &format!("zeroed from {length}"));
    }
}

#[test]
fn a_state_of_wrong_types_is_replaced_by_the_generation_before_it() {
    let (place, state, bytes) = with_state();
    let written: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
    let wrong = [serde_json::json!(7), serde_json::json!([[]]), serde_json::json!("x")];
    for key in written.keys().filter(|key| written[*key].is_object()) {
        for value in &wrong {
            let mut changed = written.clone();
            changed.insert(key.clone(), value.clone());
            fs::write(&state, serde_json::to_vec(&changed).unwrap()).unwrap();
            assert_previous_is_used(&place, &state, &format!("{key} = {value}"));
        }
    }
    for damaged in ["[".repeat(1_000_000), format!("{{\"version\": 1, \"policies\": {}", "{\"a\":".repeat(500_000))] {
        fs::write(&state, damaged).unwrap();
        assert_previous_is_used(&place, &state, "deep");
    }
}

#[test]
fn a_state_in_which_a_key_stands_twice_is_replaced_by_the_generation_before_it_and_repeats_no_message() {
    let (place, state, bytes) = with_state();
    let text = String::from_utf8(bytes).unwrap();
    let before = "\"deliveries\": {\n    \"";
    let deliveries = text.find(before).unwrap() + before.len();
    let fingerprint = &text[deliveries..deliveries + 64];
    for (what, repeated) in [
        ("a list", text.replacen("  \"deliveries\": {", "  \"deliveries\": {},\n  \"deliveries\": {", 1)),
        ("a list, last", text.replacen("  \"happenings\": {", "  \"deliveries\": {},\n  \"happenings\": {", 1)),
        (
            "a fingerprint",
            text.replacen("\n  },\n  \"folders\"", &format!(",\n\"{fingerprint}\": {{}}}},\n\"folders\""), 1),
        ),
        ("a kind", text.replacen("{\"alert.expired\":", "{\"alert.expired\":{},\"alert.expired\":", 1)),
        ("a contact", text.replacen("{\"ops\":{\"inbox\":[", "{\"ops\":{},\"ops\":{\"inbox\":[", 1)),
        ("the version", text.replacen("\"version\": 1,", "\"version\": 1, \"version\": 1,", 1)),
    ] {
        assert_ne!(repeated, text, "{what}");
        fs::write(&state, repeated).unwrap();
        assert_previous_is_used(&place, &state, what);
        let ended = place.certnotify(&["run"]);
        assert_eq!(ended.code, Some(1), "{what}: {ended:?}");
        assert!(ended.stderr.contains("stands twice in one object"), "{what}: {ended:?}");
        assert_eq!(names(&place.path("memory/inbox/ops/new")).len(), 1, "{what}");
    }
}

#[test]
fn a_damaged_state_of_a_hundred_megabytes_repeats_no_message() {
    let (place, state, _) = with_state();
    fs::File::create(&state).unwrap().set_len(100 << 20).unwrap();
    let ended = place.certnotify(&["run"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(names(&place.path("memory/inbox/ops/new")).len(), 1);
    fs::File::create(&state).unwrap().set_len(100 << 30).unwrap();
    let ended = place.certnotify(&["run"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(state.metadata().unwrap().len(), 100 << 30, "it is left alone");
}

#[test]
fn a_state_that_is_no_file_is_refused_and_left_alone() {
    for kind in ["fifo", "link", "directory"] {
        let (place, state, _) = with_state();
        let aside = place.path("aside");
        fs::rename(&state, &aside).unwrap();
        match kind {
            "fifo" => assert!(std::process::Command::new("mkfifo").arg(&state).status().unwrap().success()),
            "link" => std::os::unix::fs::symlink(&aside, &state).unwrap(),
            _ => fs::create_dir(&state).unwrap(),
        }
        let before = state.symlink_metadata().unwrap().file_type();
        assert_eq!(place.certnotify(&["run"]).code, Some(3), "{kind}");
        assert_eq!(state.symlink_metadata().unwrap().file_type(), before, "{kind}");
        assert_eq!(names(&place.path("memory/inbox/ops/new")).len(), 1, "{kind}");
    }
}

#[test]
fn the_state_of_another_owner_is_used_and_then_belongs_to_the_owner_of_its_directory() {
    let (place, state, _) = with_state();
    if state.metadata().unwrap().uid() != 0 {
        return;
    }
    chown(&state, Some(4711), Some(4711)).unwrap();
    let ended = place.certnotify(&["run"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(names(&place.path("memory/inbox/ops/new")).len(), 1);
    assert_eq!(state.metadata().unwrap().uid(), 0);
}

#[test]
fn the_lock_of_a_holder_that_was_killed_is_free() {
    let (place, ..) = with_state();
    let lock = place.path("memory/state.json.lock");
    let mut holder = std::process::Command::new("flock")
        .args(["-x", "--no-fork"])
        .arg(&lock)
        .args(["sleep", "600"])
        .spawn()
        .unwrap();
    while fs::File::open(&lock).unwrap().try_lock().is_ok() {
        std::thread::yield_now();
    }
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(place.certnotify(&["run"]).code, Some(0));
}
