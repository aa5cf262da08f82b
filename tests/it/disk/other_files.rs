//! A file that is no state is never taken for one: it is refused, and everything stays as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Place, names};

const REFUSED: [&[&str]; 6] = [
    &["run"],
    &["plan"],
    &["history"],
    &["snooze", "--list"],
    &["event", "renewed", "--certificate", "www"],
    &["run", "--adopt"],
];

/// Every regular file below the directory, with its contents.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for name in names(directory) {
        let path = directory.join(&name);
        if path.is_dir() {
            all.insert(format!("{name}/"), Vec::new());
            all.extend(contents(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            all.insert(name, fs::read(&path).unwrap());
        }
    }
    all
}

/// Lays `bytes` at `name`; every command refuses it as the state and leaves all files as they were.
fn assert_refused(place: &Place, name: &str, arguments: &[&[&str]]) {
    let before = contents(&place.path(""));
    for arguments in arguments {
        let ended = place.certnotify_on(Path::new(name), arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{name} {arguments:?}: {ended:?}");
        assert!(ended.stderr.contains("help: "), "{name} {arguments:?}: {ended:?}");
        assert!(contents(&place.path("")) == before, "{name} {arguments:?}: {:?}", contents(&place.path("")).keys());
    }
}

#[test]
fn a_file_of_any_other_kind_is_refused_and_left_alone() {
    let deep = "[".repeat(100_000);
    let files: [(&str, &[u8]); 12] = [
        ("empty", b""),
        ("zeros", &[0; 4096]),
        ("own.toml", b"[settings]\ntimezone = \"UTC\"\n"),
        ("package.json", b"{\"name\": \"x\", \"version\": \"1.0.0\"}"),
        ("rules.json", b"{\"version\": 1, \"policies\": [{\"effect\": \"allow\"}]}"),
        ("list.json", b"[1, 2]"),
        ("null.json", b"null"),
        ("deep.json", deep.as_bytes()),
        ("key.pem", b"-----BEGIN PRIVATE KEY-----\n"),
        ("binary", &[0xff, 0xfe, 0, 1]),
        ("cut.json", b"{\n  \"vers"),
        ("newer.json", b"{\"version\": 2, \"policies\": \"/p.toml\", \"news\": []}"),
    ];
    let place = Place::new();
    for (name, bytes) in files {
        fs::write(place.path(name), bytes).unwrap();
        assert_refused(&place, name, &REFUSED[..1]);
    }
    assert_refused(&place, "own.toml", &REFUSED);
    assert_refused(&place, "package.json", &REFUSED);
}

#[test]
fn the_policy_file_the_certificates_and_what_lies_beside_a_state_are_refused() {
    let place = Place::new();
    for name in ["policies.toml", "./memory/../policies.toml", "www.pem", "memory", "memory/events", "memory/inbox"] {
        assert_refused(&place, name, &REFUSED);
    }
    std::os::unix::fs::symlink("policies.toml", place.path("link")).unwrap();
    assert_refused(&place, "link", &REFUSED[..1]);
    assert_eq!(names(&place.path("memory")), <[String; 0]>::default());
}

#[test]
fn a_policy_file_that_has_the_name_of_a_companion_of_the_state_survives() {
    for suffix in [".lock", ".previous", ".next", ".previous.next"] {
        let place = Place::new();
        let policies = format!("state{suffix}");
        fs::rename(place.path("policies.toml"), place.path(&policies)).unwrap();
        let before = fs::read(place.path(&policies)).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_certnotify"))
            .env_clear()
            .current_dir(place.path(""))
            .args(["run", "--state", "state", "-p", &policies])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{suffix}: {output:?}");
        assert_eq!(fs::read(place.path(&policies)).unwrap(), before);
        assert!(!place.path("state").exists());
    }
}

#[test]
fn files_that_have_the_names_of_companions_and_are_none_are_refused() {
    for suffix in [".lock", ".previous", ".next"] {
        let place = Place::new();
        let name = format!("memory/state.json{suffix}");
        fs::write(place.path(&name), "notes of another user\n").unwrap();
        assert_refused(&place, "memory/state.json", &REFUSED[..1]);
    }
}

#[test]
fn the_setting_of_the_state_is_held_to_the_same() {
    for state in ["policies.toml", "www.pem", "memory/inbox"] {
        let place = Place::with(&format!("state = \"{state}\"\ninbox = \"memory/inbox\""));
        let before = contents(&place.path(""));
        let output = place.command(&["run"]).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{state}: {output:?}");
        assert!(contents(&place.path("")) == before, "{state}");
    }
}

#[test]
fn a_state_in_a_directory_that_is_missing_is_made_there() {
    let place = Place::new();
    let ended = place.certnotify_on(Path::new("a/b/c.json"), &["run"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(place.path("a/b/c.json").is_file());
    let ended = place.certnotify_on(Path::new("www.pem/state.json"), &["run"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
}

#[test]
fn a_damaged_state_is_set_aside_where_a_good_generation_or_its_own_beginning_speaks_for_it() {
    let place = Place::new();
    place.certnotify(&["run"]);
    place.certnotify(&["run"]);
    let state = place.path("memory/state.json");
    let good = fs::read(&state).unwrap();
    fs::remove_file(place.path("memory/state.json.lock")).unwrap();
    for damaged in [&good[..good.len() / 2], &good[..3], b"", b"words"] {
        fs::write(&state, damaged).unwrap();
        let ended = place.certnotify(&["run"]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("the generation before it is used"), "{ended:?}");
        assert_eq!(names(&place.path("memory/inbox/ops/new")).len(), 1, "it is told once");
        place.certnotify(&["run"]);
    }
    for suffix in ["", ".previous", ".lock"] {
        let _ = fs::remove_file(place.path(&format!("memory/state.json{suffix}")));
    }
    fs::write(&state, &good[..good.len() / 2]).unwrap();
    let ended = place.certnotify(&["run"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("the memory starts empty"), "{ended:?}");
}
