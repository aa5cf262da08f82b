//! Whether the next renewal will work, some days before it is due: by the CAA records of the names, by where their challenges
//! are delegated, and by when the authority wants it.

mod challenges;
mod validation;
mod windows;

use serde_json::{Value, json};
use time::Duration;

use crate::dated::{World, now};
use crate::support::certificates::{Authority, leaf};
use crate::support::dns::Server;

/// A world with a certificate of Let's Encrypt for `names`, of 90 days, with so many left.
fn world(server: &str, names: &[&str], left: i64) -> World {
    let world = World::new();
    let issuer = Authority::root("Let's Encrypt");
    let wish = leaf(names).lives(now() - Duration::days(90 - left), now() + Duration::days(left));
    world.put("www.pem", &issuer.issue(&wish).pem);
    policy(&world, server, "");
    world
}

fn policy(world: &World, server: &str, more: &str) {
    world.writes(&format!(
        "[settings]\nresolver = \"{server}\"\n[contacts.ops]\nemail = \"ops@example.com\"\n\
         [policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
         [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\nrenewal = \"auto\"\n{more}"
    ));
}

fn findings(world: &World) -> Vec<Value> {
    world.json(&["check", "--format", "json"])["certificates"][0]["findings"].as_array().unwrap().clone()
}

#[test]
fn records_that_permit_another_authority_are_told_before_the_renewal_is_due() {
    let server = Server::start();
    server.has("example.com", &[(0, "issue", "digicert.com")]);
    let world = world(&server.address(), &["www.example.com", "example.com"], 40);
    let found = findings(&world);
    assert_eq!((found.len(), &found[0]["id"]), (1, &json!("renewal-blocked")), "{found:?}");
    let message = found[0]["message"].as_str().unwrap();
    assert!(
        message.contains("the CAA records of `example.com` permit `digicert.com`, and not `letsencrypt.org`"),
        "{message}"
    );
    assert!(found[0]["until"].is_string(), "{found:?}");
    let kinds = |world: &World| world.told().into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds(&world), ["alert.anomaly"]);
    let alert = world.last_message();
    assert!(alert.contains("its next renewal will fail"), "{alert}");
    assert_eq!(kinds(&world), [""; 0]);
    server.falls_silent();
    assert_eq!(kinds(&world), [""; 0], "silence is no recovery");
    server.speaks();
    server
        .has("example.com", &[(0, "issue", "letsencrypt.org; validationmethods=dns-01"), (0, "issue", "digicert.com")]);
    assert_eq!(kinds(&world), ["alert.recovery"]);
    assert_eq!(findings(&world), Vec::<Value>::new());
}

#[test]
fn nothing_is_asked_long_before_the_renewal_or_of_what_a_person_renews() {
    let server = Server::start();
    server.has("example.com", &[(0, "issue", ";")]);
    let early = world(&server.address(), &["www.example.com"], 80);
    assert_eq!(findings(&early), Vec::<Value>::new());
    let manual = world(&server.address(), &["www.example.com"], 40);
    policy(&manual, &server.address(), "");
    let text = std::fs::read_to_string(manual.path("policies.toml")).unwrap();
    manual.writes(&text.replace("\"auto\"", "\"manual\""));
    assert_eq!(findings(&manual), Vec::<Value>::new());
    assert_eq!(server.asked(), [""; 0]);
}

#[test]
fn only_definite_answers_are_said() {
    let server = Server::start();
    let world = world(&server.address(), &["www.example.com"], 40);
    // No records at all, and names that do not exist: every authority is permitted.
    assert_eq!(findings(&world), Vec::<Value>::new());
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|name| *name == "com").count(), 1, "{asked:?}");
    server.fails_for("example.com");
    server.has("com", &[(0, "issue", ";")]);
    assert_eq!(findings(&world), Vec::<Value>::new(), "what stands above counts only where nothing stands below");
    server.falls_silent();
    let ran = world.runs(&["run"]);
    assert!(ran.code == 0 && !ran.stderr.contains("CAA") && !ran.stderr.contains("www"), "{}", ran.stderr);
    policy(&world, "127.0.0.1:1", "");
    assert_eq!(world.runs(&["run"]).code, 0);
}

#[test]
fn a_wildcard_has_records_of_its_own_and_a_long_answer_comes_by_tcp() {
    let server = Server::start();
    server.has("example.com", &[(0, "issue", "letsencrypt.org"), (0, "issuewild", ";")]);
    assert_eq!(findings(&world(&server.address(), &["*.example.com"], 40))[0]["id"], "renewal-blocked");
    assert_eq!(findings(&world(&server.address(), &["www.example.com"], 40)), Vec::<Value>::new());
    let many: Vec<String> = (0..200).map(|nth| format!("authority-{nth}.example")).collect();
    let many: Vec<(u8, &str, &str)> = many.iter().map(|name| (0, "issue", name.as_str())).collect();
    server.has("example.net", &many);
    let found = findings(&world(&server.address(), &["example.net"], 40));
    assert!(found[0]["message"].as_str().unwrap().contains("authority-0.example"), "{found:?}");
}

#[test]
fn a_critical_property_and_hostile_text_are_only_words() {
    let server = Server::start();
    server.has("example.com", &[(128, "tbs", "x"), (0, "issue", "letsencrypt.org")]);
    let found = findings(&world(&server.address(), &["example.com"], 40));
    assert!(found[0]["message"].as_str().unwrap().contains("the critical property `tbs`"), "{found:?}");
    server.has("example.org", &[(0, "issue", "\u{1b}[2J\u{202e}@here")]);
    let world = world(&server.address(), &["example.org"], 40);
    let ran = world.runs(&["check"]);
    assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{}", ran.stdout);
    world.told();
    assert!(!world.last_message().contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn a_resolver_is_an_address() {
    let world = World::new();
    world.put("www.pem", "");
    for wrong in ["dns.example", "192.0.2.1:0", "https://dns.example/", "192.0.2"] {
        policy(&world, wrong, "");
        let ran = world.runs(&["validate"]);
        assert_eq!(ran.code, 3, "{wrong}");
        assert!((ran.stdout + &ran.stderr).contains("is no address of a DNS server"), "{wrong}");
    }
    for right in ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:53"] {
        policy(&world, right, "");
        assert_eq!(world.runs(&["validate"]).code, 0, "{right}");
    }
}
