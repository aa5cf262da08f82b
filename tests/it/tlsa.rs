//! TLSA records that are looked up: what DNS has, what it has not, and what it does not say.

use rcgen::{KeyPair, PublicKeyData as _};
use sha2::{Digest as _, Sha256};
use time::Duration;

use crate::dated::{World, now};
use crate::support::certificates::{Authority, Leaf, Wish, leaf};
use crate::support::dns::Server;
use crate::support::tls_server;
use crate::support::unwrapped;

fn wish() -> Wish {
    leaf(&["www.example.com"]).lives(now() - Duration::days(10), now() + Duration::days(80))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The digits of the SHA-256 of its key.
fn key(leaf: &Leaf) -> String {
    hex(&Sha256::digest(KeyPair::from_pem(&leaf.key_pem).unwrap().subject_public_key_info()))
}

/// A policy whose one entry has these lines, and asks this server.
fn watches(world: &World, server: &str, entry: &str) {
    world.writes(&format!(
        "[settings]\nresolver = \"{server}\"\n[contacts.ops]\nemail = \"ops@example.com\"\n\
         [policies.default]\nchannels = [\"inbox\"]\nevents = [\"business\", \"alerts\"]\n\
         [[certificates]]\nname = \"www\"\n{entry}\n"
    ));
}

/// The findings of `check` over the policy file, and its exit code.
fn found(world: &World) -> (i32, Vec<(String, String)>) {
    let ran = world.runs(&["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let findings = report["certificates"][0]["findings"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (ran.code, findings.map(|finding| (text(&finding["id"]), text(&finding["message"]))).collect())
}

fn kinds(world: &World) -> Vec<String> {
    world.told().into_iter().map(|(kind, _)| kind).collect()
}

#[test]
fn an_endpoint_is_held_to_the_records_of_its_name_and_port() {
    let dns = Server::start();
    let own = Authority::root("Root").issue(&wish());
    let port = tls_server::serve(&own, &[]).port();
    let name = format!("_{port}._tcp.www.example.com");
    let right = format!("3 1 1 {}", key(&own));
    let world = World::new();
    watches(
        &world,
        &dns.address(),
        &format!("endpoint = \"WWW.example.com:{port}\"\nconnect = \"127.0.0.1\"\ntrust = false\ntlsa = true"),
    );
    for (records, code, id) in [
        (vec![right.as_str()], 0, ""),
        (vec!["3 1 1 00", right.as_str(), "9 1 1 00"], 0, ""),
        (vec![&*format!("3 1 1 {}", "00".repeat(32))], 1, "pin-mismatch"),
        (vec![&*format!("2 1 1 {}", key(&own))], 1, "pin-mismatch"),
        (vec![&*format!("3 1 2 {}", "00".repeat(64))], 3, "tlsa-unknown"),
        (vec![&*format!("3 1 2 {}", "00".repeat(64)), right.as_str()], 0, ""),
        (vec!["4 1 1 00", "3 1 1 00", "3 7 1 00"], 3, "tlsa-unknown"),
        (vec![], 1, "tlsa-missing"),
    ] {
        dns.has_tlsa(&name, &records);
        let (exit, findings) = found(&world);
        let ids: Vec<&str> = findings.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!((exit, ids.join(" ")), (code, id.to_owned()), "{records:?}: {findings:?}");
        if matches!(id, "pin-mismatch" | "tlsa-missing") {
            assert!(findings[0].1.contains(&name) && findings[0].1.contains(&right), "{findings:?}");
        }
    }
    dns.lacks(&name);
    assert_eq!(found(&world).1[0].0, "tlsa-missing", "no name is no record");
    assert!(dns.asked().contains(&name));
}

#[test]
fn a_renewed_file_is_held_to_what_dns_has_for_where_it_goes() {
    let dns = Server::start();
    let authority = Authority::root("Root");
    let (old, new) = (authority.issue(&wish()), authority.issue(&wish().serial(&[7])));
    let world = World::new();
    let closed = tls_server::closed().port();
    watches(
        &world,
        &dns.address(),
        &format!(
            "file = \"www.pem\"\ntlsa = true\ndeploys-to = [\"smtp://mail.example.com:{closed}\", \"www.example.com\"]\n\
             accept = [\"not-deployed\"]"
        ),
    );
    let fits_old = format!("3 1 1 {}", key(&old));
    let mail = format!("_{closed}._tcp.mail.example.com");
    dns.has_tlsa(&mail, &[&fits_old]);
    dns.has_tlsa("_443._tcp.www.example.com", &[&fits_old, &format!("3 1 1 {}", key(&new))]);
    world.put("www.pem", &old.pem);
    assert_eq!(kinds(&world), [""; 0]);
    world.put("www.pem", &new.pem);
    let told = kinds(&world);
    assert!(told.contains(&"alert.anomaly".to_owned()), "{told:?}");
    let message = unwrapped(world.last_message());
    assert!(message.contains(&format!("no TLSA record at `{mail}` fits")), "{message}");
    assert!(!message.contains("_443._tcp"), "the other fits: {message}");
    // Silence is no all-clear, and no news of another key.
    dns.falls_silent();
    assert_eq!(kinds(&world), [""; 0]);
    dns.speaks();
    dns.has_tlsa(&mail, &[&fits_old, &format!("3 1 1 {}", key(&new))]);
    assert_eq!(kinds(&world), ["alert.recovery"]);
}

#[test]
fn no_answer_is_told_as_unknown_after_two_runs_and_never_as_a_change() {
    let dns = Server::start();
    let own = Authority::root("Root").issue(&wish());
    let port = tls_server::serve(&own, &[]).port();
    let name = format!("_{port}._tcp.www.example.com");
    let world = World::new();
    watches(
        &world,
        &dns.address(),
        &format!("endpoint = \"www.example.com:{port}\"\nconnect = \"127.0.0.1\"\ntrust = false\ntlsa = true"),
    );
    dns.has_tlsa(&name, &[&format!("3 1 1 {}", key(&own))]);
    assert_eq!(kinds(&world), [""; 0]);
    dns.fails_for("www.example.com");
    let (code, findings) = found(&world);
    assert_eq!((code, findings.len(), findings[0].0.as_str()), (3, 1, "tlsa-unknown"), "{findings:?}");
    assert!(findings[0].1.contains("answers SERVFAIL") && findings[0].1.contains(&name), "{findings:?}");
    assert_eq!(kinds(&world), [""; 0], "once may be a moment");
    assert_eq!(kinds(&world), ["alert.anomaly"]);
    assert_eq!(kinds(&world), [""; 0]);
}

#[test]
fn where_the_host_is_an_alias_its_target_counts_too() {
    let dns = Server::start();
    let own = Authority::root("Root").issue(&wish());
    let port = tls_server::serve(&own, &[]).port();
    let world = World::new();
    let lines = format!("endpoint = \"www.example.com:{port}\"\nconnect = \"127.0.0.1\"\ntrust = false\ntlsa = true");
    watches(&world, &dns.address(), &lines);
    dns.has_alias("www.example.com", "a.example.net");
    dns.has_alias("a.example.net", "b.example.net");
    dns.has_tlsa(&format!("_{port}._tcp.b.example.net"), &[&format!("3 1 1 {}", key(&own))]);
    assert_eq!(found(&world), (0, vec![]));
    // The name of the record may be one, and a circle ends.
    dns.lacks("a.example.net");
    dns.has_alias(&format!("_{port}._tcp.www.example.com"), &format!("_{port}._tcp.b.example.net"));
    assert_eq!(found(&world), (0, vec![]));
    dns.lacks(&format!("_{port}._tcp.www.example.com"));
    dns.has_alias("a.example.net", "www.example.com");
    assert_eq!(found(&world).1[0].0, "tlsa-missing");
    watches(&world, &dns.address(), &format!("{lines}\nserver-name = \"b.example.net\"\naccept = [\"name-mismatch\"]"));
    assert_eq!(found(&world).0, 0, "clients ask by the name of the handshake");
}

#[test]
fn an_entry_without_an_endpoint_is_refused_and_an_address_is_warned_of() {
    let world = World::new();
    world.put("www.pem", &Authority::root("Root").issue(&wish()).pem);
    watches(&world, "127.0.0.1:1", "file = \"www.pem\"\ntlsa = true");
    let ran = world.runs(&["validate"]);
    assert!(ran.code == 3 && ran.stderr.contains("add deploys-to"), "{} {}", ran.code, ran.stderr);
    for lines in ["file = \"www.pem\"\ntlsa = false", "endpoint = \"www.example.com\"\ntlsa = true"] {
        watches(&world, "127.0.0.1:1", lines);
        let ran = world.runs(&["validate"]);
        assert_eq!(ran.code, 0, "{lines}: {}", ran.stderr);
    }
    let port = tls_server::serve(&Authority::root("Root").issue(&wish()), &[]).port();
    let lines = format!("endpoint = \"127.0.0.1:{port}\"\ntrust = false\naccept = [\"name-mismatch\"]\ntlsa = true");
    watches(&world, "127.0.0.1:1", &lines);
    let ran = world.runs(&["validate"]);
    assert!((ran.stdout + &ran.stderr).contains("has no name under which DNS could have TLSA records"));
    let (code, findings) = found(&world);
    assert_eq!((code, findings[0].0.as_str()), (3, "tlsa-unknown"), "{findings:?}");
    watches(&world, "127.0.0.1:1", "file = \"www.pem\"\ntlsa = [true]");
    assert_eq!(world.runs(&["validate"]).code, 3);
}
