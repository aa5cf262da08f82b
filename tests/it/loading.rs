//! Renewed on this machine, and the server that uses the file was started before.

use std::fs::File;
use std::net::TcpListener;
use std::time::SystemTime;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::dated::{World, now};
use crate::support::certificates::leaf;

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

/// A port on which this process listens.
fn own_port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    (listener, port)
}

#[test]
fn a_server_that_was_started_before_the_file_changed_is_found_an_hour_later() {
    let (_listener, port) = own_port();
    let world = world(now() + Duration::minutes(5), &port);
    let (code, findings) = found(&world, Duration::hours(2));
    assert_eq!((code, findings.len(), findings[0].0.as_str()), (1, 1, "not-loaded"), "{findings:?}");
    let process = format!("(process {}) on port {port} runs since ", std::process::id());
    assert!(findings[0].1.contains(&process), "{findings:?}");
    assert_eq!(found(&world, Duration::minutes(50)), (0, vec![]), "a hook has time");
}

#[test]
fn a_server_that_was_started_after_it_has_loaded_it() {
    let (_listener, port) = own_port();
    let world = world(now() - Duration::days(3), &format!("[{port}]"));
    assert_eq!(found(&world, Duration::hours(2)), (0, vec![]));
}

#[test]
fn a_port_on_which_nothing_listens_is_not_silent() {
    let (listener, port) = own_port();
    drop(listener);
    let (code, findings) = found(&world(now() - Duration::days(3), &port), Duration::ZERO);
    assert_eq!(findings, [("loading-unknown".to_owned(), format!("port {port}: nothing listens there"))]);
    assert_eq!(code, 3, "unknown");
}

#[test]
fn what_is_no_port_is_a_mistake() {
    let world = World::new();
    for ports in ["0", "65536", "\"https\"", "[443, true]"] {
        let entry = format!("[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\nlistens-on = {ports}\n");
        assert_eq!(world.watches(&entry).runs(&["validate"]).code, 3, "{ports}");
    }
}
