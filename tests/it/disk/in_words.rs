//! What the system refuses is said in plain words, with the next thing to do.

use std::fs;
use std::path::Path;

use super::Place;

#[test]
fn what_the_system_refuses_is_said_without_its_number_and_with_what_to_do() {
    let place = Place::new();
    fs::write(place.path("memory/events"), "no folder").unwrap();
    fs::write(place.path("memory/inbox"), "no folder").unwrap();
    let policy = fs::read_to_string(place.path("policies.toml")).unwrap();
    let lark = "lark = { webhook = { file = \"none\" } }\n[policies.default]";
    let policy = policy.replace("[policies.default]", lark).replace("[\"inbox\"]", "[\"inbox\", \"lark\"]");
    fs::write(place.path("policies.toml"), policy).unwrap();
    for (arguments, said) in [
        ("run", "/memory/events: "),
        ("run", "/memory/inbox` cannot be written: "),
        ("run", "/none` cannot be read: no such file or directory\n"),
        ("inbox ops", "/memory/inbox/ops: it cannot be read: "),
        ("event notice", "/memory/events: "),
        ("event notice", "  help: make room, or let this user write in that directory; then report it again\n"),
        ("check www.pem --password-file none", "`none` cannot be read: no such file or directory\n"),
    ] {
        let ended = place.certnotify(&arguments.split(' ').collect::<Vec<_>>());
        assert!(ended.stderr.contains(said) && !ended.stderr.contains("os error"), "{arguments}: {}", ended.stderr);
    }
    let ended = place.certnotify_on(Path::new("/proc/none/state.json"), &["run"]);
    assert!(ended.stderr.contains(": nothing can be recorded: no such file or directory\n"), "{}", ended.stderr);
}

#[test]
fn the_command_that_shows_all_history_can_be_pasted() {
    let place = Place::new();
    let policy = fs::read_to_string(place.path("policies.toml")).unwrap();
    fs::write(place.path("policies.toml"), policy + "[contacts.anna]\nemail = \"anna@example.com\"\n").unwrap();
    assert_eq!(place.certnotify(&["run"]).code, Some(0));
    let ended = place.certnotify(&["history", "--contact", "anna"]);
    assert!(ended.stdout.contains("Everything that was: certnotify --"), "{}", ended.stdout);
}
