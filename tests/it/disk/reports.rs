//! The directory of reports: many names, other users, what was set aside.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::time::Duration;

use super::{Place, names};

fn with_report() -> Place {
    let place = Place::new();
    assert_eq!(place.certnotify(&["run"]).code, Some(0));
    let mut command = place.command(&["event", "notice", "--certificate", "www", "--message", "maintenance"]);
    let lock = fs::OpenOptions::new().read(true).write(true).open(place.path("memory/state.json.lock")).unwrap();
    lock.lock().unwrap();
    let output = command.args(["--state", "memory/state.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(names(&place.path("memory/events")).len(), 1);
    place
}

#[test]
fn no_number_of_names_hides_the_reports_behind_them() {
    let place = with_report();
    let events = place.path("memory/events");
    let of_another_state = fs::read_to_string(events.join(&names(&events)[0])).unwrap().replace("state.json", "x.json");
    for number in 0..21_000 {
        fs::write(events.join(format!("{number:05}.txt")), "").unwrap();
        if number % 1000 == 0 {
            fs::write(events.join(format!("00000000T000000Z-{number:05}.json")), &of_another_state).unwrap();
        }
    }
    let ended = place.certnotify(&["run"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let left = names(&events);
    assert_eq!(left.iter().filter(|name| name.starts_with("00000000T")).count(), 21);
    assert_eq!(left.len(), 21_021);
}

#[test]
fn the_report_of_another_user_is_not_taken_in() {
    let place = with_report();
    if place.path("").metadata().unwrap().uid() != 0 {
        return;
    }
    let events = place.path("memory/events");
    let name = names(&events).remove(0);
    chown(events.join(&name), Some(4711), None).unwrap();
    let before = names(&place.path("memory/inbox/ops/new"));
    let ended = place.certnotify(&["run"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("it belongs to another user (4711)"), "{ended:?}");
    assert_eq!(names(&events), [format!("{name}.damaged")]);
    assert_eq!(names(&place.path("memory/inbox/ops/new")), before);

    fs::rename(events.join(format!("{name}.damaged")), events.join(&name)).unwrap();
    chown(place.path("memory"), Some(4711), None).unwrap();
    assert_eq!(place.certnotify(&["run"]).code, Some(0));
    assert_eq!(names(&events), <[String; 0]>::default(), "the owner of the state may report");
}

#[test]
fn what_was_set_aside_is_kept_for_thirty_days_and_not_beyond_a_hundred() {
    let place = with_report();
    let events = place.path("memory/events");
    let now = place.path("memory/state.json").metadata().unwrap().modified().unwrap();
    let aged = |name: &str, days: u64| {
        let file = fs::File::create(events.join(name)).unwrap();
        file.set_modified(now - Duration::from_secs(days * 86_400)).unwrap();
    };
    aged("old.json.damaged", 31);
    aged("young.json.damaged", 29);
    aged(".left.new", 2);
    aged(".0123456789abcdef.certnotify-new", 2);
    aged(".being-written.certnotify-new", 0);
    aged("notes.damaged", 400);
    fs::create_dir(events.join("folder.json.damaged")).unwrap();
    assert_eq!(place.certnotify(&["run"]).code, Some(0));
    let expected = [".being-written.certnotify-new", "folder.json.damaged", "notes.damaged", "young.json.damaged"];
    assert_eq!(names(&events), expected);
    for number in 0..150 {
        aged(&format!("{number}.json.damaged"), 1);
    }
    assert_eq!(place.certnotify(&["run"]).code, Some(0));
    let left = names(&events);
    assert_eq!(left.iter().filter(|name| name.ends_with(".json.damaged")).count(), 100);
    assert!(!left.contains(&"young.json.damaged".to_owned()), "the oldest go first");
}
