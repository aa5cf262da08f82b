//! Renewed on this machine, and the server that uses the file was started before.

use std::fs::File;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::time::SystemTime;

use certnotify::cause::ServerUnknown;
use certnotify::observation::{Listener, Loading, PortListener};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::dated::{World, now};
use crate::events::{NOW, day, with_left};
use crate::support::certificates::leaf;
use crate::support::scenario::{Look, Scenario};

/// A world whose file changed at this time and is loaded by a server on this port.
fn world(changed: OffsetDateTime, ports: &str) -> World {
    let world = World::new();
    let wish = leaf(&["www.example.com"]).lives(now() - Duration::days(30), now() + Duration::days(60));
    world.watches(&format!("[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\nlistens-on = {ports}\n"));
    world.put("www.pem", &wish.self_signed().pem);
    File::open(world.path("www.pem")).unwrap().set_modified(SystemTime::from(changed)).unwrap();
    world
}

/// The findings at this time after now, and the exit code.
fn found(world: &World, after: Duration) -> (i32, Vec<(String, String)>) {
    let at = (now() + after).format(&Rfc3339).unwrap();
    let ran = world.runs(&["check", "--at", &at, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let findings = report["certificates"][0]["findings"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (ran.code, findings.map(|finding| (text(&finding["id"]), text(&finding["message"]))).collect())
}

/// A process of its own that holds a port, as its standard input: what other tests start in this one would hold it too.
struct Server(Child);

impl Server {
    fn new(script: &str) -> (Server, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let shell = Command::new("sh").args(["-c", script]).stdin(OwnedFd::from(listener)).spawn().unwrap();
        (Server(shell), port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = (self.0.kill(), self.0.wait());
    }
}

const WAITS: &str = "exec sleep 600";

#[test]
fn a_server_that_was_started_before_the_file_changed_is_found_an_hour_later() {
    let (server, port) = Server::new(WAITS);
    let world = world(now() + Duration::minutes(5), &port);
    let (code, findings) = found(&world, Duration::hours(2));
    assert_eq!((code, findings.len(), findings[0].0.as_str()), (1, 1, "not-reloaded"), "{findings:?}");
    let process = format!("sleep (process {}) on port {port} runs since ", server.0.id());
    assert!(findings[0].1.contains(&process), "{findings:?}");
    assert_eq!(found(&world, Duration::minutes(50)), (0, vec![]), "a hook has time");
}

#[test]
fn a_program_that_a_server_starts_is_not_taken_for_the_server() {
    // Each of them begins with the server's descriptors, and is gone before the next.
    let (server, port) = Server::new("while :; do sleep 0.09; done");
    let process = format!("sh (process {}) on port {port} runs since ", server.0.id());
    let world = world(now() + Duration::minutes(5), &port);
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    // On a busy machine one of them may stay for longer.
    let is_server = |_: &i32| found(&world, Duration::hours(2)).1[0].1.contains(&process);
    assert!((0..3).filter(is_server).count() >= 2);
}

#[test]
fn a_server_that_was_started_after_it_has_loaded_it() {
    let (_server, port) = Server::new(WAITS);
    let world = world(now() - Duration::days(3), &format!("[{port}]"));
    assert_eq!(found(&world, Duration::hours(2)), (0, vec![]));
}

#[test]
fn a_run_sees_the_processes_of_others_as_a_check_does() {
    let (_server, port) = Server::new(WAITS);
    let world = world(now() - Duration::days(3), &port);
    for _ in 0..3 {
        let ran = world.runs(&["run"]);
        assert_eq!((ran.code, ran.stdout.contains("nothing is due")), (0, true), "{}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_port_on_which_nothing_listens_is_not_silent() {
    let (server, port) = Server::new(WAITS);
    drop(server);
    let (code, findings) = found(&world(now() - Duration::days(3), &port), Duration::ZERO);
    assert_eq!(findings, [("loading-unknown".to_owned(), format!("port {port}: nothing listens there"))]);
    assert_eq!(code, 3, "unknown");
}

const WATCH: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    [policies.default]
    channels = ["email"]
    events = ["alerts"]
    [[certificates]]
    name = "www"
    file = "/etc/ssl/www.pem"
    listens-on = 443
"#;

/// A look at the file a day after it changed: a server that began so many days before that, or none to be seen.
fn seen(before: Option<i64>) -> Look {
    let changed = NOW - Duration::DAY;
    let server = |days| Listener { program: "nginx".to_owned(), process: 812, since: changed - Duration::days(days) };
    let seen = before.map(|days| Some(server(days))).ok_or(ServerUnknown::NothingListens);
    let listeners = vec![PortListener { port: 443, seen }];
    Look::file("/etc/ssl/www.pem", &with_left("www.example.com", 150)).loading(Loading { changed, listeners })
}

#[test]
fn a_server_that_is_not_loaded_is_told_once_and_a_reload_ends_it() {
    let mut story = Scenario::new(WATCH);
    story.looks("www", &[seen(Some(20))]);
    assert_eq!(story.occurrences(NOW), ["alert.anomaly ops"]);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    // While it is not seen, nothing is known of it: no all-clear.
    story.looks("www", &[seen(None)]);
    assert_eq!(story.occurrences(day(2)), [""; 0]);
    story.looks("www", &[seen(Some(-1))]);
    assert_eq!(story.occurrences(day(3)), ["alert.recovery ops"]);
}

#[test]
fn what_was_told_under_the_name_that_the_finding_had_before_is_not_told_again_and_ends() {
    let mut story = Scenario::new(WATCH);
    story.looks("www", &[seen(Some(20))]);
    assert_eq!(story.occurrences(NOW), ["alert.anomaly ops"]);
    let state = serde_json::to_string(&story.history).unwrap();
    assert!(state.contains("not-reloaded"), "{state}");
    story.history = serde_json::from_str(&state.replace("not-reloaded", "not-loaded")).unwrap();
    assert_eq!(story.occurrences(day(1)), [""; 0]);
    assert_eq!(story.occurrences(day(3)), [""; 0]);
    story.looks("www", &[seen(Some(-1))]);
    assert_eq!(story.occurrences(day(4)), ["alert.recovery ops"]);
}

#[test]
fn a_server_that_is_down_for_a_moment_is_no_news_and_one_that_stays_away_is() {
    let mut story = Scenario::new(WATCH);
    for number in 0..6 {
        story.looks("www", &[seen((number % 2 == 0).then_some(-1))]);
        assert_eq!(story.occurrences(day(number)), [""; 0], "{number}");
    }
    story.looks("www", &[seen(None)]);
    assert_eq!(story.occurrences(day(6)), ["alert.anomaly ops"]);
}

#[test]
fn what_is_asked_no_more_ends_without_a_word() {
    let mut story = Scenario::new(WATCH);
    story.looks("www", &[seen(Some(20))]).occurrences(NOW);
    story.rewritten(&WATCH.replace("listens-on = 443", ""));
    story.looks("www", &[Look::file("/etc/ssl/www.pem", &with_left("www.example.com", 150))]);
    assert_eq!(story.occurrences(day(1)), [""; 0]);
}

#[test]
fn what_is_no_port_is_a_mistake() {
    let world = World::new();
    for ports in ["0", "65536", "\"https\"", "[443, true]"] {
        let entry = format!("[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\nlistens-on = {ports}\n");
        assert_eq!(world.watches(&entry).runs(&["validate"]).code, 3, "{ports}");
    }
}
