//! What a registry may answer instead of an end.

use serde_json::{Value, json};

use super::registry::{Reply, Server};
use super::{a_day_passes, entry, in_days, kinds, policy, registered, watching};
use crate::dated::World;

/// The finding of a check, and what the first run says.
fn said(server: &Server, domain: &str) -> (String, String) {
    let world = World::new();
    world.writes(&policy(&server.url(), &entry(domain)));
    let report = world.json(&["check", "--format", "json"]);
    let row = &report["certificates"][0];
    assert_eq!((&row["status"], &row["not_after"]), (&json!("unknown"), &Value::Null), "{row}");
    assert_eq!(row["findings"][0]["id"], "registration-unknown", "{row}");
    let ran = world.runs(&["run"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    (row["error"].as_str().unwrap().to_owned(), ran.stderr)
}

#[test]
fn each_way_not_to_know_is_said_with_what_to_do() {
    let server = Server::start();
    let mut ended = registered("ended.example", "2040-01-01T00:00:00Z");
    ended["status"] = json!(["client hold", "Redemption Period"]);
    server.says("ended.example", &ended);
    server.says("silent.example", &json!({ "objectClassName": "domain", "ldhName": "silent.example", "events": [] }));
    server.says("odd.example", &registered("odd.example", "soon"));
    server.says("other.example", &registered("example.net", "2040-01-01T00:00:00Z"));
    for (domain, error, help) in [
        ("gone.example", "it is not registered", "see at its registrar"),
        ("ended.example", "it is in \"redemption period\"", "have it restored at its registrar"),
        ("silent.example", "does not say when the registration ends", "expires = \"YYYY-MM-DD\""),
        ("odd.example", "gave an end that is no date", "/rdap/domain/odd.example"),
        ("other.example", "answered about another domain", "/rdap/domain/other.example"),
    ] {
        let (why, stderr) = said(&server, domain);
        assert!(why.contains(error), "{domain}: {why}");
        assert!(stderr.contains(help), "{domain}: {stderr}");
    }
}

#[test]
fn a_host_that_is_written_for_its_domain_leads_to_the_domain() {
    let server = Server::start();
    server.says("example.com", &registered("example.com", "2040-01-01T00:00:00Z"));
    for domain in ["shop.example.com", "a.b.c.example.com"] {
        let (why, stderr) = said(&server, domain);
        assert!(why.contains("it is a host of the registered domain `example.com`"), "{why}");
        assert!(stderr.contains("write domain = \"example.com\""), "{stderr}");
    }
    // A registry may answer with what is registered.
    server.says("shop.example.com", &registered("example.com", "2040-01-01T00:00:00Z"));
    assert!(said(&server, "shop.example.com").0.contains("a host of the registered domain `example.com`"));
    let asked = server.asked();
    assert!(!asked.contains(&"com".to_owned()), "{asked:?}");
}

#[test]
fn a_top_level_domain_without_rdap_is_said_by_validate_and_by_each_run() {
    let world = World::new();
    world.writes(&format!(
        "[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\n{}",
        entry("example.de")
    ));
    let ran = world.runs(&["validate"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!((ran.stdout + &ran.stderr).contains("IANA lists no registry of `.de`"));
    let first = world.runs(&["run"]);
    assert_eq!(first.code, 1);
    assert!(first.stderr.contains("rdap-servers = { de = \"https://…\" }"), "{}", first.stderr);
    assert_eq!(kinds(&world), ["alert.anomaly"]);
}

#[test]
fn hostile_answers_are_no_dates_and_say_nothing_of_their_own() {
    let server = Server::start();
    let hostile = "\u{1b}[2J\u{202e}@here";
    let object = |events: Value| json!({ "objectClassName": "domain", "ldhName": "x.example", "events": events });
    let end = |date: Value| object(json!([{ "eventAction": "expiration", "eventDate": date }]));
    let bodies = [
        String::new(),
        "[".repeat(100_000),
        "{".repeat(100_000),
        "null".to_owned(),
        format!("\"{hostile}\""),
        json!({ "errorCode": 200, "title": hostile }).to_string(),
        json!({ "objectClassName": hostile, "ldhName": "x.example" }).to_string(),
        registered(hostile, "2040-01-01T00:00:00Z").to_string(),
        object(json!(hostile)).to_string(),
        object(json!([null, 1, [], { "eventAction": 1 }])).to_string(),
        end(json!(hostile)).to_string(),
        end(json!(1_786_593_600)).to_string(),
        end(json!("9999-12-31T23:59:59Z")).to_string(),
        end(json!("-0001-01-01T00:00:00Z")).to_string(),
        end(json!("2040-01-01T00:00:00+99:99")).to_string(),
        format!("{}{}", registered("x.example", "2040-01-01T00:00:00Z"), " ".repeat(600 * 1024)),
    ];
    for body in bodies {
        server.replies("x.example", Reply::body(body.clone()));
        let (why, stderr) = said(&server, "x.example");
        for text in [&why, &stderr] {
            assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("@here"), "{body:.60}: {text}");
        }
    }
}

#[test]
fn redirects_are_followed_to_https_and_to_the_same_server_and_not_for_ever() {
    let server = Server::start();
    server.says("example.com", &registered("example.com", "2040-01-01T00:00:00Z"));
    server.replies("moved.example", Reply::with(302, "Location: /rdap/domain/there.example"));
    server.says("there.example", &registered("moved.example", "2040-01-01T00:00:00Z"));
    let world = World::new();
    world.writes(&policy(&server.url(), &entry("moved.example")));
    assert_eq!(world.json(&["check", "--format", "json"])["certificates"][0]["not_after"], "2040-01-01T00:00:00Z");
    for (location, why) in [
        ("/rdap/domain/loop.example".to_owned(), "leads from one address to the next"),
        ("http://192.0.2.1/domain/x".to_owned(), "only https is"),
        ("https://user:secret@127.0.0.1/x".to_owned(), "only https is"),
        ("https://10.1.2.3/domain/x".to_owned(), "it has an address that is not of the Internet"),
        ("https://169.254.169.254/latest".to_owned(), "it has an address that is not of the Internet"),
        ("file:///etc/passwd".to_owned(), "it leads to no address"),
        (String::new(), "it leads to no address"),
    ] {
        server.replies("loop.example", Reply::with(307, &format!("Location: {location}")));
        let (error, _) = said(&server, "loop.example");
        assert!(error.contains(why) && !error.contains("secret"), "{location}: {error}");
    }
}

#[test]
fn a_busy_registry_is_left_alone_as_long_as_it_says_and_what_is_known_holds() {
    let server = Server::start();
    let world = watching(&server, 100);
    assert_eq!(kinds(&world), [""; 0]);
    a_day_passes(&world);
    server.replies("example.com", Reply::with(429, "Retry-After: 7200"));
    let ran = world.runs(&["run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let state: Value = serde_json::from_str(&std::fs::read_to_string(world.path("state.json")).unwrap()).unwrap();
    let again = state["registrations"]["example.com"]["ask-again"].as_str().unwrap();
    let hours = (time::OffsetDateTime::parse(again, &time::format_description::well_known::Rfc3339).unwrap()
        - crate::dated::now())
    .whole_minutes();
    assert!((118..=120).contains(&hours), "{again}");
    assert_eq!(server.asked().len(), 2);
    assert_eq!(world.runs(&["run"]).code, 0);
    assert_eq!(server.asked().len(), 2);
    // Of a domain that was never known it is a failure.
    let (why, _) = said(&server, "example.com");
    assert!(why.contains("its registry wants no question now"), "{why}");
}

#[test]
fn a_registry_that_is_busy_is_not_asked_for_the_others() {
    let server = Server::start();
    server.replies_to_all(Reply::with(503, "Retry-After: 60"));
    let world = World::new();
    let domains = ["a.example", "b.example", "c.example"].map(|domain| format!("\"{domain}\"")).join(", ");
    world.writes(&policy(&server.url(), &format!("[[certificates]]\ndomain = [{domains}]\n")));
    assert_eq!(world.runs(&["run"]).code, 1);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn another_server_in_the_policy_is_asked_at_once() {
    let (silent, server) = (Server::start(), Server::start());
    silent.replies_to_all(Reply::Hangup);
    let world = watching(&silent, 0);
    silent.replies("example.com", Reply::status(404));
    world.runs(&["run"]);
    server.says("example.com", &registered("example.com", &in_days(10)));
    world.writes(&policy(&server.url(), &entry("example.com")));
    assert_eq!(kinds(&world), ["business.expiration"]);
}
