//! Certificates whose key clients elsewhere are built to trust, or DNS names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{KeyPair, PublicKeyData as _};
use sha2::{Digest as _, Sha256};
use time::Duration;

use crate::dated::{World, now};
use crate::support::certificates::{Authority, Leaf, Wish, leaf};
use crate::support::unwrapped;

fn wish() -> Wish {
    leaf(&["app.example.com"]).lives(now() - Duration::days(10), now() + Duration::days(80))
}

fn key(pem: &str) -> [u8; 32] {
    Sha256::digest(KeyPair::from_pem(pem).unwrap().subject_public_key_info()).into()
}

fn pin(leaf: &Leaf) -> String {
    format!("sha256/{}", BASE64.encode(key(&leaf.key_pem)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn entry(more: &str) -> String {
    format!("[[certificates]]\nname = \"app\"\nfile = \"app.pem\"\n{more}\n")
}

/// The findings of `check` over the policy file, and its exit code.
fn found(world: &World) -> (i32, Vec<(String, String)>) {
    let ran = world.runs(&["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let findings = report["certificates"][0]["findings"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (ran.code, findings.map(|finding| (text(&finding["id"]), text(&finding["message"]))).collect())
}

#[test]
fn a_certificate_with_another_key_than_the_pinned_one_is_found_before_it_is_served() {
    let authority = Authority::root("Root");
    let (old, new) = (authority.issue(&wish()), authority.issue(&wish()));
    let world = World::new();
    world.watches(&entry(&format!("pins = [\"{}\", \"{}\"]", pin(&old), pin(&authority.issue(&wish())))));
    world.put("app.pem", &old.pem);
    assert_eq!(found(&world), (0, vec![]));

    world.put("app.pem", &new.pem);
    let (code, findings) = found(&world);
    assert_eq!((code, findings[0].0.as_str()), (1, "pin-mismatch"));
    assert!(findings[0].1.contains(&format!("its key `{}` is not among its pins", pin(&new))), "{findings:?}");

    // The same key in a new certificate is no other key.
    world.put("app.pem", &authority.issue_for(&wish(), &old.key_pem).pem);
    assert_eq!(found(&world), (0, vec![]));
}

#[test]
fn a_pinned_issuer_is_enough_where_it_is_in_the_chain() {
    let root = Authority::root("Root");
    let (pinned, other) = (root.intermediate("Pinned"), root.intermediate("Other"));
    let issuer = BASE64.encode(Sha256::digest(pinned.key().subject_public_key_info()));
    let world = World::new();
    world.watches(&entry(&format!("pins = \"sha256/{issuer}\"")));
    world.put("app.pem", &format!("{}{}", pinned.issue(&wish()).pem, pinned.pem));
    assert_eq!(found(&world), (0, vec![]));
    world.put("app.pem", &format!("{}{}", other.issue(&wish()).pem, other.pem));
    assert_eq!(found(&world).0, 1);
}

#[test]
fn tlsa_records_of_every_usage_are_compared() {
    let root = Authority::root("Root");
    let issuer = root.intermediate("Issuer");
    let own = issuer.issue(&wish());
    let digest = |bytes: &[u8]| hex(&Sha256::digest(bytes));
    let issuers_key = digest(&issuer.key().subject_public_key_info());
    let world = World::new();
    world.put("app.pem", &format!("{}{}", own.pem, issuer.pem));
    for (record, fits) in [
        (format!("3 1 1 {}", hex(&key(&own.key_pem))), true),
        (format!("1 0 1 {}", digest(&own.der)), true),
        (format!("3 0 0 {}", hex(&own.der)), true),
        (format!("2 1 1 {issuers_key}"), true),
        (format!("0 0 1 {}", digest(&issuer.der)), true),
        (format!("3 1 1 {issuers_key}"), false),
        (format!("2 1 1 {}", hex(&key(&own.key_pem))), false),
        (format!("3 1 1 {}", "00".repeat(32)), false),
    ] {
        world.watches(&entry(&format!("tlsa = [\"{record}\"]")));
        let (code, findings) = found(&world);
        assert_eq!(code == 0, fits, "{record}: {findings:?}");
        if !fits {
            let right = format!("`3 1 1 {}` would", hex(&key(&own.key_pem)));
            assert!(findings[0].0 == "pin-mismatch" && findings[0].1.contains(&right), "{findings:?}");
        }
    }
    world.watches(&entry(&format!("tlsa = [\"3 1 1 {}\", \"2 1 1 {issuers_key}\"]", "00".repeat(32))));
    assert_eq!(found(&world).0, 0, "one that fits is enough");
}

#[test]
fn a_renewal_with_an_unpinned_key_is_told_once_and_its_end_too() {
    let authority = Authority::root("Root");
    let old = authority.issue(&wish());
    let world = World::new();
    world.watches(&entry(&format!("pins = [\"{}\"]", pin(&old))));
    world.put("app.pem", &old.pem);
    assert_eq!(world.told(), []);
    let new = authority.issue(&wish().serial(&[7]));
    world.put("app.pem", &new.pem);
    let kinds: Vec<String> = world.told().into_iter().map(|(kind, _)| kind).collect();
    assert!(kinds.contains(&"alert.anomaly".to_owned()), "{kinds:?}");
    let message = unwrapped(world.last_message());
    assert!(message.contains("is not among its pins") && message.contains("before this one is served"), "{message}");
    assert!(!world.told().iter().any(|(kind, _)| kind == "alert.anomaly"));

    world.watches(&entry(&format!("pins = [\"{}\", \"{}\"]", pin(&old), pin(&new))));
    let kinds: Vec<String> = world.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["alert.recovery"]);
    assert_eq!(world.told(), []);
}

#[test]
fn what_is_no_pin_is_a_mistake_that_says_how_one_is_made() {
    let world = World::new();
    for (line, told) in [
        ("pins = [\"sha256/short\"]", "openssl x509"),
        ("pins = [\"sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=\"]", "openssl x509"),
        ("tlsa = [\"3 1 2 00\"]", "matching type 1"),
        ("tlsa = [\"www.example.com\"]", "3 1 1 HEX"),
    ] {
        let ran = world.watches(&entry(line)).runs(&["validate"]);
        assert!(ran.code == 3 && ran.stderr.contains(told), "{line}: {} {}", ran.code, ran.stderr);
    }
    let dated = "[[certificates]]\nname = \"x\"\nexpires = \"2027-05-01\"\ntlsa = \"3 1 1 00\"\n";
    assert_eq!(world.watches(dated).runs(&["validate"]).code, 3, "a date has no key");
}
