//! What a plan shows of what waits, what is held and what a look sees, and what a run says of it in JSON.

use std::fs;

use certnotify::event::{EventKind, Report};
use certnotify::record::Spool;
use serde_json::Value;
use time::macros::datetime;

use super::super::support::certificates;
use super::command::{Place, ended};
use super::{named, report};

/// Long before the end of the certificate, outside a window that opens at nine.
const AT: &str = "2026-11-22T08:00:00Z";
const WINDOW: &str = "timezone = \"UTC\"\nwindow = \"09:00-20:00\"";

fn json(place: &Place, arguments: &[&str]) -> Value {
    let output = place.certnotify(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A report that no run has taken in yet.
fn waiting(place: &Place, kind: EventKind, name: &str) {
    let reported = Report { at: datetime!(2026-11-22 07:00 UTC), ..report(kind, named(name)) };
    Spool::beside(&place.state()).unwrap().add(&reported).unwrap();
}

#[test]
fn a_report_that_waits_is_planned_for_the_opening_of_the_window_and_stays_where_it_is() {
    let place = Place::new(WINDOW);
    waiting(&place, EventKind::Revocation, "www");
    let file = fs::read_dir(place.state().with_file_name("events")).unwrap().next().unwrap().unwrap().path();
    let before = fs::read(&file).unwrap();
    let text = ended(&place.certnotify(&["plan", "--at", AT]), 0);
    let row = text.lines().find(|line| line.contains("revoked")).unwrap_or_else(|| panic!("{text}"));
    assert!(row.starts_with("Sun 2026-11-22 09:00 UTC  ops"), "{text}");
    assert!(row.contains("held by the window 09:00-20:00"), "{text}");

    let plan = json(&place, &["plan", "--at", AT, "--format", "json"]);
    let message = &plan["messages"][0];
    assert_eq!(message["send_at"], "2026-11-22T09:00:00Z", "{plan}");
    assert_eq!(message["held_until"], "2026-11-22T09:00:00Z");
    assert_eq!(message["reminders"][0]["certificate"], "www");
    assert_eq!(message["reminders"][0]["kind"], "business.revocation");
    assert_eq!(message["reminders"][0]["class"], "reported");
    assert_eq!(fs::read(&file).unwrap(), before, "a plan changes nothing");
    assert!(!place.state().exists(), "a plan changes nothing");
}

#[test]
fn plan_of_a_name_says_which_news_wait_for_whom_and_nothing_of_another_certificate() {
    let place = Place::new(WINDOW);
    waiting(&place, EventKind::Revocation, "www");
    waiting(&place, EventKind::Deletion, "elsewhere");
    let text = ended(&place.certnotify(&["plan", "www", "--at", AT]), 0);
    let occurrences: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with("news")).collect();
    assert_eq!(occurrences.len(), 1, "{text}");
    assert!(occurrences[0].contains("revoked; Sun 2026-11-22 09:00 UTC, held to ops"), "{text}");
    let text = ended(&place.certnotify(&["plan", "www", "--at", "2026-11-22T10:00:00Z"]), 0);
    assert!(text.contains("revoked; now to ops"), "{text}");
}

#[test]
fn a_damaged_report_is_left_alone_by_a_plan_and_said() {
    let place = Place::new(WINDOW);
    let events = place.state().with_file_name("events");
    fs::create_dir_all(&events).unwrap();
    fs::write(events.join("20261122T070000Z-0.json"), "{\"version\": 1, \"sta").unwrap();
    let said = ended(&place.certnotify(&["plan", "--at", AT]), 1);
    assert!(said.contains("it is damaged"), "{said}");
    assert!(events.join("20261122T070000Z-0.json").exists());
}

#[test]
fn what_the_look_of_a_plan_sees_happen_is_planned() {
    let place = Place::new("");
    ended(&place.certnotify(&["run"]), 0);
    let renewed = certificates::leaf(&["www.example.com"])
        .lives(datetime!(2026-01-01 0:00 UTC), datetime!(2099-01-01 0:00 UTC))
        .self_signed()
        .pem;
    fs::write(place.folder().join("www.pem"), renewed).unwrap();
    let state = fs::read(place.state()).unwrap();
    let text = ended(&place.certnotify(&["plan"]), 0);
    assert!(text.contains("renewed: now until 2099-01-01"), "{text}");
    let dry = ended(&place.certnotify(&["run", "--dry-run"]), 0);
    assert!(dry.contains("certificate renewed until 2099-01-01"), "{dry}");
    assert_eq!(fs::read(place.state()).unwrap(), state, "a plan changes nothing");

    let run = json(&place, &["run", "--format", "json"]);
    let told = &run["messages"][0];
    assert_eq!((&told["outcome"], &told["channel"]), (&"delivered".into(), &"inbox".into()), "{run}");
    let occurrences = &told["reminders"][0];
    assert_eq!(occurrences["kind"], "business.hosting", "{run}");
    assert_eq!((&occurrences["class"], &occurrences["certificate"]), (&"observed".into(), &"www".into()));
    assert_eq!(occurrences["why"], "renewed: now until 2099-01-01");
    assert_eq!(occurrences["fingerprint_sha256"].as_str().unwrap().len(), 64);
    let text = ended(&place.certnotify(&["run"]), 0);
    assert!(text.contains("nothing is due"), "told once: {text}");
}

#[test]
fn news_that_a_window_holds_is_held_in_the_json_of_a_run_too() {
    let place = Place::new(&super::command::shut_window());
    ended(&place.certnotify(&["run"]), 0);
    ended(&place.certnotify(&["event", "renewed", "--certificate", "www", "--by", "certbot"]), 0);
    let run = json(&place, &["run", "--format", "json"]);
    let held = &run["messages"][0];
    assert_eq!(held["outcome"], "held", "{run}");
    assert_eq!(held["send_at"], held["held_until"]);
    assert_eq!(held["reminders"][0]["class"], "reported");
    let without = json(&place, &["run", "--format", "json"]);
    assert_eq!(without["messages"].as_array().unwrap().len(), 1, "it waits for the window: {without}");
}
