//! What a file deploys to is watched like any endpoint: what is served there may expire.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use certnotify::certificate::Certificate;
use certnotify::event::EventKind;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, Leaf, NOW, leaf};
use crate::support::scenario::{Look, Scenario};
use crate::support::tls_server::serve;
use crate::support::world::certificate;

fn days(days: i64) -> Duration {
    Duration::days(days)
}

fn issued(age: i64, left: i64) -> Leaf {
    Authority::root("Root").issue(&leaf(&["127.0.0.1"]).lives(NOW - days(age), NOW + days(left)))
}

/// The exit code and the findings of a file that is meant for an endpoint.
fn check(file: &Leaf, endpoint: SocketAddr, extra: &str) -> (i32, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("www.pem"), &file.pem).unwrap();
    let policy = format!(
        "[contacts.ops]\nemail = \"ops@example.com\"\n[[certificates]]\nfile = \"www.pem\"\n\
         deploys-to = \"{endpoint}\"\nrenewal = \"manual\"\n{extra}"
    );
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    let at = NOW.format(&Rfc3339).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.current_dir(folder.path()).env_clear().env("TZ", "UTC");
    let output = command.args(["-p", "policies.toml", "check", "--format", "json", "--at", &at]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["certificates"][0]["findings"].as_array().unwrap().iter();
    let line = |finding: &Value| {
        format!("{}: {}", finding["severity"].as_str().unwrap(), finding["message"].as_str().unwrap())
    };
    (output.status.code().unwrap(), findings.map(line).collect())
}

#[test]
fn an_expired_one_that_is_still_served_is_critical() {
    let address = serve(&issued(92, -2), &[]);
    let (code, said) = check(&issued(20, 70), address, "");
    assert_eq!(code, 2);
    assert!(said.contains(&format!("critical: served at {address}, another one expired 2 days ago")), "{said:?}");
    assert_eq!(check(&issued(20, 70), address, "accept = [\"not-deployed\"]\n").0, 0);
}

#[test]
fn one_that_is_served_and_ends_soon_is_told_like_that_of_any_endpoint() {
    let address = serve(&issued(86, 4), &[]);
    let (code, said) = check(&issued(20, 70), address, "");
    assert_eq!(code, 2);
    assert!(said.contains(&format!("critical: served at {address}, another one expires in 4 days")), "{said:?}");
}

const WATCH: &str = r#"
    [contacts.ops]
    email = "ops@example.com"
    [policies.default]
    channels = ["email"]
    events = ["business.expiration", "alert.expired"]
    [[certificates]]
    name = "www"
    file = "/etc/ssl/www.pem"
    renewal = "manual"
    deploys-to = ["www.example:443"]
"#;

fn new() -> Certificate {
    certificate("www.example", NOW, NOW + days(365))
}

fn old() -> Certificate {
    certificate("www.example", NOW - days(360), NOW + days(5))
}

fn sent(story: &mut Scenario, now: OffsetDateTime) -> Vec<EventKind> {
    story.run(now);
    story.sent.iter().flat_map(|message| &message.reminders).map(|(key, _)| key.kind).collect()
}

#[test]
fn it_is_reminded_of_before_its_end_and_told_when_it_has_expired() {
    let mut story = Scenario::new(WATCH);
    story.looks("www", &[Look::file("/etc/ssl/www.pem", &new()).served_as("www.example:443", Some(&old()))]);
    assert_eq!(sent(&mut story, NOW), [EventKind::Expiration]);
    assert_eq!(sent(&mut story, NOW + days(4)), []);
    assert_eq!(sent(&mut story, NOW + days(6)), [EventKind::Expired]);
    story.looks("www", &[Look::file("/etc/ssl/www.pem", &new()).served_as("www.example:443", Some(&new()))]);
    assert_eq!((7..60).flat_map(|day| sent(&mut story, NOW + days(day))).count(), 0);
}

#[test]
fn an_endpoint_that_does_not_answer_is_watched_by_what_it_served_last() {
    let mut story = Scenario::new(WATCH);
    let file = || Look::file("/etc/ssl/www.pem", &new());
    story.looks("www", &[file().served_as("www.example:443", Some(&old()))]);
    assert_eq!(sent(&mut story, NOW - days(1)), [EventKind::Expiration]);
    story.looks("www", &[file().served_as("www.example:443", None)]);
    assert_eq!(sent(&mut story, NOW + days(6)), [EventKind::Expired]);
}

#[test]
fn another_key_algorithm_that_is_served_is_no_failure_until_its_renewal_is_late() {
    let events = "events = [\"hosting-failure\"]\n    frequency = \"once\"";
    let toml = WATCH.replace("events = [\"business.expiration\", \"alert.expired\"]", events);
    let mut rsa = certificate("www.example", NOW - days(30), NOW + days(60));
    rsa.key.algorithm = "RSA".into();
    let mut story = Scenario::new(&toml);
    story.looks("www", &[Look::file("/etc/ssl/www.pem", &new()).served_as("www.example:443", Some(&rsa))]);
    assert_eq!((20..34).flat_map(|day| sent(&mut story, NOW + days(day))).count(), 0);
    assert_eq!(sent(&mut story, NOW + days(35)), [EventKind::HostingFailure]);
}
