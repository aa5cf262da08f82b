//! Entries that are a domain: the end of its registration, asked of a registry by RDAP.

mod answers;
mod registry;
mod words;

use std::process::Command;

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::dated::{World, now};
use crate::support::certificates::{Authority, leaf};
use registry::{Reply, Server};

/// What a registry says of a domain that ends at `end`.
fn registered(domain: &str, end: &str) -> Value {
    json!({
        "objectClassName": "domain",
        "handle": "2336799_DOMAIN_COM-VRSN",
        "ldhName": domain.to_uppercase(),
        "status": ["client transfer prohibited"],
        "events": [
            { "eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z" },
            { "eventAction": "expiration", "eventDate": end },
            { "eventAction": "last changed", "eventDate": "2026-08-14T07:01:34Z" }
        ],
        "entities": [{ "objectClassName": "entity", "roles": ["registrar"] }]
    })
}

fn in_days(days: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp((now() + Duration::days(days)).unix_timestamp()).unwrap();
    at.format(&Rfc3339).unwrap()
}

/// A policy for all events by the inbox, with a registry for every domain.
fn policy(server: &str, rest: &str) -> String {
    format!(
        "[settings]\ntimezone = \"UTC\"\nrdap-servers = {{ \"*\" = \"{server}\" }}\n[contacts.ops]\nemail = \"ops@example.com\"\n\
         [policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n{rest}"
    )
}

fn entry(domain: &str) -> String {
    format!("[[certificates]]\ndomain = \"{domain}\"\n")
}

/// A world that watches `example.com`, which ends in so many days.
fn watching(server: &Server, days: i64) -> World {
    let world = World::new();
    server.says("example.com", &registered("example.com", &in_days(days)));
    world.writes(&policy(&server.url(), &entry("example.com")));
    world
}

fn kinds(world: &World) -> Vec<String> {
    world.told().into_iter().map(|(kind, _)| kind).collect()
}

/// From now on the memory is so old that its registries may be asked again.
fn a_day_passes(world: &World) {
    let path = world.path("state.json");
    let mut state: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    for (_, record) in state["registrations"].as_object_mut().unwrap() {
        record["ask-again"] = json!("2026-01-01T00:00:00Z");
    }
    std::fs::write(&path, serde_json::to_string_pretty(&state).unwrap()).unwrap();
}

#[test]
fn check_knows_the_end_of_a_registration_and_nothing_else() {
    let server = Server::start();
    let world = watching(&server, 20);
    server.says("example.com", &registered("example.com", "2027-08-13T04:00:00Z"));
    let report = world.json(&["check", "--at", "2027-08-01T00:00:00Z", "--format", "json"]);
    let row = &report["certificates"][0];
    assert_eq!((&row["name"], &row["not_after"]), (&json!("example.com"), &json!("2027-08-13T04:00:00Z")));
    assert_eq!((&row["status"], &row["days_left"]), (&json!("warning"), &json!(12)));
    assert_eq!(row["source"], "domain = \"example.com\"");
    for unknown in ["subject", "issuer", "serial", "not_before", "lifetime_days", "fingerprint_sha256", "error"] {
        assert!(row.get(unknown).is_some_and(Value::is_null), "{unknown}: {row}");
    }
    assert_eq!(server.asked(), ["example.com"]);
    let code = |at: &str| world.runs(&["check", "--at", at]).code;
    assert_eq!((code("2027-06-01"), code("2027-08-10"), code("2027-08-14")), (0, 2, 2));
    for format in ["csv", "html", "prometheus", "junit", "sarif", "nagios", "markdown", "table"] {
        let report = world.runs(&["check", "-v", "--at", "2027-08-01T00:00:00Z", "--format", format]).stdout;
        assert!(report.contains("example.com") && !report.contains("1970"), "{format}: {report}");
    }
}

#[test]
fn a_registry_is_asked_once_a_day_however_often_runs_look() {
    let server = Server::start();
    let world = watching(&server, 20);
    assert_eq!(kinds(&world), ["business.expiration"]);
    assert_eq!(kinds(&world), [""; 0]);
    assert_eq!(world.runs(&["plan"]).code, 0);
    assert_eq!(world.runs(&["check"]).code, 1);
    assert_eq!(server.asked(), ["example.com"], "the state knows it");
    a_day_passes(&world);
    assert_eq!(kinds(&world), [""; 0]);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_later_end_is_the_renewal_of_the_registration_and_said_once() {
    let server = Server::start();
    let world = watching(&server, 10);
    assert_eq!(kinds(&world), ["business.expiration"]);
    let reminder = world.last_message();
    assert!(reminder.contains("example.com: registration expires"), "{reminder}");
    assert!(reminder.contains("To do: renew the registration at its registrar."), "{reminder}");
    assert!(!reminder.to_lowercase().contains("certificate") && !reminder.contains("policy file"), "{reminder}");
    server.says("example.com", &registered("example.com", &in_days(375)));
    a_day_passes(&world);
    assert_eq!(kinds(&world), ["business.hosting"]);
    let closing = world.last_message();
    assert!(closing.contains("example.com: registration renewed until"), "{closing}");
    assert!(closing.contains("The date before was") && !closing.to_lowercase().contains("certificate"), "{closing}");
    assert_eq!(kinds(&world), [""; 0]);
}

#[test]
fn an_earlier_end_is_said_and_counts() {
    let server = Server::start();
    let world = watching(&server, 400);
    assert_eq!(kinds(&world), [""; 0]);
    server.says("example.com", &registered("example.com", &in_days(5)));
    a_day_passes(&world);
    assert_eq!(kinds(&world), ["business.expiration", "business.hosting"]);
    assert!(world.last_message().contains("The registration of example.com ends earlier now"));
}

#[test]
fn what_cannot_be_known_is_an_alert_and_the_last_known_end_is_watched_on() {
    let server = Server::start();
    let world = watching(&server, 40);
    world.writes(&policy(&server.url(), &format!("{}deadline = \"60d\"\nfrequency = \"1d\"\n", entry("example.com"))));
    assert_eq!(kinds(&world), ["business.expiration"]);
    server.replies("example.com", Reply::status(500));
    a_day_passes(&world);
    let first = world.runs(&["run"]);
    assert_eq!(first.code, 1, "{}", first.stderr);
    assert!(!world.last_message().contains("is not known"), "one failure may be a moment's");
    let ran = world.runs(&["check", "--format", "json"]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert_eq!(kinds(&world), ["alert.anomaly"]);
    let alert = world.last_message();
    assert!(alert.contains("when the registration ends is not known"), "{alert}");
    let words: Vec<&str> = alert.split_whitespace().collect();
    assert!(words.join(" ").contains("it answered HTTP 500"), "{alert}");
    let asked = server.asked().len();
    assert_eq!(kinds(&world), [""; 0]);
    assert_eq!(server.asked().len(), asked, "a silent registry is left alone for an hour");
    let plan = world.runs(&["plan", "example.com"]).stdout;
    assert!(plan.contains("days left") && plan.contains("last 20"), "{plan}");
    server.says("example.com", &registered("example.com", &in_days(40)));
    a_day_passes(&world);
    assert!(kinds(&world).contains(&"alert.recovery".to_owned()));
}

#[test]
fn a_registration_that_is_lost_is_told_as_lost_and_not_as_unknown() {
    let mut ended = registered("example.com", &in_days(400));
    ended["status"] = serde_json::json!(["redemption period"]);
    for (reply, title, to_do) in [
        (None, "example.com: not registered", "see at its registrar whether it is still yours"),
        (Some(&ended), "example.com: its registration is being deleted", "have it restored at its registrar now"),
    ] {
        let server = Server::start();
        let world = watching(&server, 400);
        assert_eq!(kinds(&world), [""; 0]);
        match reply {
            Some(reply) => server.says("example.com", reply),
            None => server.replies("example.com", Reply::status(404)),
        }
        a_day_passes(&world);
        world.runs(&["run"]);
        assert_eq!(kinds(&world), ["alert.anomaly"]);
        let alert = world.last_message();
        assert!(alert.contains(title) && !alert.contains("is not known"), "{alert}");
        let words: Vec<&str> = alert.split_whitespace().collect();
        assert!(words.join(" ").contains(to_do), "{alert}");
    }
}

#[test]
fn an_international_domain_is_asked_in_a_labels_and_shown_as_it_is_read() {
    let server = Server::start();
    let world = World::new();
    server.says("xn--bcher-kva.example", &registered("xn--bcher-kva.example", &in_days(10)));
    for written in ["bücher.example", "BÜCHER.example.", "xn--bcher-kva.example"] {
        world.writes(&policy(&server.url(), &format!("{}name = \"shop\"\n", entry(written))));
        let ran = world.runs(&["check"]);
        assert_eq!(ran.code, 1, "{written}: {}{}", ran.stdout, ran.stderr);
    }
    assert_eq!(kinds(&world), ["business.expiration"]);
    assert!(world.last_message().contains("bücher.example"));
    assert!(server.asked().iter().all(|domain| domain == "xn--bcher-kva.example"));
    world.writes(&policy(&server.url(), &format!("{}name = \"shop\"\n", entry("bücher.example"))));
    assert_eq!(kinds(&world), [""; 0], "written in another way it is the same registration");
}

#[test]
fn it_has_everything_that_a_date_has() {
    let server = Server::start();
    let world = watching(&server, 5);
    let policy = policy(
        &server.url(),
        "[contacts.boss]\nemail = \"boss@example.com\"\n[[certificates]]\ndomain = [\"example.com\", \"example.org\"]\nname = \"ours\"\n\
         owner = \"legal\"\nnote = \"card of finance\"\nescalation = [{ within = \"7d\", contacts = [\"boss\"] }]\n",
    );
    server.says("example.org", &registered("example.org", &in_days(300)));
    world.writes(&policy.replace("[contacts.ops]", "default-contact = \"ops\"\npublish = \"feeds\"\n[contacts.ops]"));
    let report = world.json(&["run", "--format", "json"]);
    let to: Vec<&str> =
        report["messages"].as_array().unwrap().iter().filter_map(|message| message["contact"].as_str()).collect();
    assert_eq!(to.len(), 2, "{report}");
    let message = world.last_message();
    assert!(message.contains("legal") && message.contains("card of finance"), "{message}");
    let calendar = std::fs::read_to_string(world.path("feeds/expiry.ics")).unwrap();
    assert!(calendar.contains("ours/example.com: registration expires"), "{calendar}");
    assert!(calendar.contains("ours/example.org: registration expires"), "{calendar}");
    assert_eq!(world.runs(&["snooze", "ours/example.com", "--until", &in_days(3)]).code, 0);
}

#[test]
fn a_domain_and_the_host_of_the_same_name_may_both_be_watched() {
    let server = Server::start();
    let world = watching(&server, 5);
    let both =
        format!("{}[[certificates]]\nendpoint = \"example.com\"\nconnect = \"127.0.0.1:9\"\n", entry("example.com"));
    world.writes(&policy(&server.url(), &both));
    assert_eq!(world.runs(&["validate"]).code, 0, "{}", world.runs(&["validate"]).stderr);
    assert_eq!(kinds(&world), ["business.expiration"]);
    let message = world.last_message();
    assert!(message.contains("example.com: registration expires"), "{message}");
    let plan = world.runs(&["plan", "domain example.com"]).stdout;
    assert!(plan.contains("domain = \"example.com\""), "{plan}");
    world.writes(&policy(&server.url(), &entry("example.com")));
    assert_eq!(kinds(&world), [""; 0], "another name of an entry is no event");
}

#[test]
fn a_registry_by_https_proves_who_it_is() {
    let authority = Authority::root("Private CA");
    let certificate = authority.issue(&leaf(&["localhost"]));
    let server = Server::start_tls(&certificate);
    let world = watching(&server, 10);
    world.put("ca.pem", &authority.pem);
    let check = |roots: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("TZ", "UTC").env("SSL_CERT_FILE", world.path(roots)).current_dir(world.path("."));
        let output = command.args(["-p", "policies.toml", "check", "-v"]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = check("ca.pem");
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(server.asked(), ["example.com"]);
    world.put("other.pem", &Authority::root("Another CA").pem);
    let (code, said) = check("other.pem");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("certificate"), "{said}");
    assert_eq!(server.asked(), ["example.com"], "nothing was asked of a server that did not prove who it is");
}

#[test]
fn a_registry_that_fails_for_one_domain_is_asked_about_the_others() {
    let all = ["a.example", "b.example", "c.example", "d.example", "e.example"];
    for reply in [Reply::status(500), Reply::status(403), Reply::body("no RDAP")] {
        // Whichever is asked first.
        for failing in all {
            let (server, world) = (Server::start(), World::new());
            for domain in all {
                server.says(domain, &registered(domain, &in_days(200)));
            }
            server.replies(failing, reply.clone());
            let domains = all.map(|domain| format!("\"{domain}\"")).join(", ");
            let entries = format!("[[certificates]]\nname = \"all\"\ndomain = [{domains}]\n");
            world.writes(&policy(&server.url(), &entries));
            let ran = world.runs(&["check"]);
            assert_eq!(server.asked().len(), all.len());
            assert!(ran.stdout.contains("unknown: 1 unknown, 4 ok of 5"), "{}", ran.stdout);
            assert!(ran.stdout.contains(&format!("all/{failing}: a later run asks again")), "{}", ran.stdout);
        }
    }
}

#[test]
fn a_registry_that_fails_three_times_in_a_row_is_not_asked_about_the_others() {
    let (server, world) = (Server::start(), World::new());
    server.replies_to_all(Reply::status(500));
    let domains: Vec<String> = (0..200).map(|nth| format!("\"d{nth}.example\"")).collect();
    let entries = format!("[[certificates]]\nname = \"all\"\ndomain = [{}]\n", domains.join(", "));
    world.writes(&policy(&server.url(), &entries));
    world.runs(&["run"]);
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn many_domains_of_a_silent_registry_cost_one_question() {
    let server = Server::start();
    let world = World::new();
    let domains: Vec<String> = (0..200).map(|nth| format!("\"d{nth}.example\"")).collect();
    let entries = format!("[[certificates]]\nname = \"all\"\ndomain = [{}]\n", domains.join(", "));
    server.replies_to_all(Reply::Hangup);
    world.writes(&policy(&server.url(), &entries));
    let ran = world.runs(&["run"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(server.asked().len(), 1);
    assert!(ran.stderr.lines().count() < 10, "{}", ran.stderr);
}
