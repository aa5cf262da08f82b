//! Symbolic links below the directory of the state lead nowhere.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown, symlink};
use std::path::Path;

use super::{Place, names};

/// Places below the state directory, and what makes the program write there.
const PLACES: [(&str, &[&str]); 7] = [
    ("inbox", &["run"]),
    ("inbox/ops", &["run"]),
    ("inbox/ops/new", &["run"]),
    ("inbox/ops/tmp", &["run"]),
    ("inbox/ops/cur", &["run"]),
    ("events", &["event", "renewed", "--certificate", "www", "--message", "done"]),
    ("events", &["run"]),
];

#[test]
fn no_link_below_the_directory_of_the_state_is_followed() {
    for (link, arguments) in PLACES {
        let place = Place::new();
        let elsewhere = place.path("elsewhere");
        fs::create_dir_all(&elsewhere).unwrap();
        let link_path = place.path("memory").join(link);
        fs::create_dir_all(link_path.parent().unwrap()).unwrap();
        symlink(&elsewhere, &link_path).unwrap();
        let ended = place.certnotify(arguments);
        assert_ne!(ended.code, Some(0), "{link}: {ended:?}");
        assert!(ended.stderr.contains("a symbolic link"), "{link}: {ended:?}");
        assert_eq!(names(&elsewhere), <[String; 0]>::default(), "{link}");
        assert!(link_path.is_symlink(), "{link}");
    }
}

#[test]
fn a_link_that_leads_nowhere_makes_nothing() {
    let place = Place::new();
    fs::create_dir_all(place.path("memory/inbox/ops")).unwrap();
    symlink(place.path("nowhere"), place.path("memory/inbox/ops/new")).unwrap();
    let ended = place.certnotify(&["run"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(!place.path("nowhere").exists());
}

#[test]
fn a_link_to_the_directory_of_the_state_is_followed() {
    let place = Place::new();
    symlink(place.path("memory"), place.path("link")).unwrap();
    let ended = place.certnotify_on(Path::new("link/state.json"), &["run"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(names(&place.path("memory/inbox/ops/new")).len(), 1);
}

#[test]
fn an_inbox_elsewhere_may_be_a_link_and_nothing_below_it() {
    let place = Place::with("inbox = \"post\"");
    fs::create_dir(place.path("real")).unwrap();
    symlink(place.path("real"), place.path("post")).unwrap();
    let ended = place.certnotify(&["run"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(names(&place.path("real/ops/new")).len(), 1);

    let place = Place::with("inbox = \"post\"");
    fs::create_dir_all(place.path("post/ops")).unwrap();
    fs::create_dir(place.path("elsewhere")).unwrap();
    symlink(place.path("elsewhere"), place.path("post/ops/new")).unwrap();
    assert_eq!(place.certnotify(&["run"]).code, Some(1));
    assert_eq!(names(&place.path("elsewhere")), <[String; 0]>::default());
}

#[test]
fn marking_a_message_as_read_moves_no_file_through_a_link() {
    let place = Place::new();
    assert_eq!(place.certnotify(&["run"]).code, Some(0));
    let elsewhere = place.path("elsewhere");
    fs::rename(place.path("memory/inbox/ops/new"), &elsewhere).unwrap();
    symlink(&elsewhere, place.path("memory/inbox/ops/new")).unwrap();
    let ended = place.certnotify(&["inbox", "ops", "read", "1"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(names(&elsewhere).len(), 1);
    assert!(!place.certnotify(&["inbox", "ops", "show", "1"]).stdout.contains("www"));
}

#[test]
fn everything_that_root_writes_belongs_to_the_owner_of_the_state_and_nothing_else_does() {
    let place = Place::new();
    let memory = place.path("memory");
    let is_root = memory.metadata().unwrap().uid() == 0;
    let owner =
        if is_root { (4711, 4712) } else { (memory.metadata().unwrap().uid(), memory.metadata().unwrap().gid()) };
    chown(&memory, Some(owner.0), Some(owner.1)).unwrap();
    let others = place.path("others");
    fs::write(&others, "of another user").unwrap();
    let before = others.metadata().unwrap().uid();
    fs::create_dir(memory.join("events")).unwrap();
    chown(memory.join("events"), Some(owner.0), Some(owner.1)).unwrap();
    symlink(&others, memory.join("events/20260101T000000Z-0.json")).unwrap();
    place.certnotify(&["event", "renewed", "--certificate", "www"]);
    place.certnotify(&["run"]);
    let mut folders = vec![memory.clone()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let found = path.symlink_metadata().unwrap();
            if !found.is_symlink() {
                assert_eq!((found.uid(), found.gid()), owner, "{}", path.display());
                files += 1;
            }
            if found.is_dir() {
                folders.push(path);
            }
        }
    }
    assert!(files > 5, "{files}");
    assert_eq!(others.metadata().unwrap().uid(), before);
}
