//! Metadata that a provider publishes by https, and copies of it in files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::Duration;

use crate::dated::{World, now};
use crate::support::certificates::{Leaf, leaf};
use crate::support::web::{Reply, Web};

const ENTITY: &str = "https://idp.example.org/saml";
const SIGNING: &str = "idp/idp.example.org/saml/signing";

fn document(entity: &str, keys: &[(&str, &Leaf)]) -> String {
    let descriptor = |(usage, leaf): &(&str, &Leaf)| {
        format!(
            "<md:KeyDescriptor use=\"{usage}\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
             <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
            STANDARD.encode(&leaf.der)
        )
    };
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{entity}\"><md:IDPSSODescriptor>{}\
         </md:IDPSSODescriptor></md:EntityDescriptor>",
        keys.iter().map(descriptor).collect::<Vec<_>>().concat()
    )
}

fn key(name: &str, days: i64) -> Leaf {
    leaf(&[name]).lives(now() - Duration::days(10), now() + Duration::days(days)).self_signed()
}

fn rows(world: &World) -> Vec<Value> {
    world.json(&["check", "--format", "json"])["certificates"].as_array().unwrap().clone()
}

fn findings(row: &Value) -> Vec<&str> {
    row["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

fn watches(world: &World, web: &Web, more: &str) {
    let address = web.url("/metadata?tenant=hunter2");
    world.watches(&format!("[[certificates]]\nname = \"idp\"\nmetadata = \"{address}\"\nrenewal = \"manual\"\n{more}"));
}

fn publishes(web: &Web, text: &str) {
    web.reply("/metadata?tenant=hunter2", Reply::Bytes(text.as_bytes().to_vec()));
}

fn kinds(world: &World) -> Vec<String> {
    world.told().into_iter().map(|(kind, _)| kind).collect()
}

#[test]
fn what_a_provider_publishes_is_watched_as_a_file_is() {
    let web = Web::start();
    let world = World::new();
    let (old, new) = (key("old", 10), key("new", 700));
    publishes(&web, &document(ENTITY, &[("signing", &old), ("encryption", &new)]));
    watches(&world, &web, "");
    let rows = rows(&world);
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, [SIGNING, "idp/idp.example.org/saml/encryption"]);
    assert!(!rows[0]["source"].to_string().contains("hunter2"), "{}", rows[0]);
    assert_eq!(kinds(&world), ["business.expiration"]);
    assert!(!std::fs::read_to_string(world.path("state.json")).unwrap().contains("hunter2"));
    publishes(&web, &document(ENTITY, &[("signing", &key("old", 800)), ("encryption", &new)]));
    assert_eq!(kinds(&world), ["business.hosting"], "the next key in its place is the renewal");
}

#[test]
fn a_next_key_takes_no_name_from_the_current_one_wherever_it_is_announced() {
    for is_first in [true, false] {
        let web = Web::start();
        let world = World::new();
        let (current, next) = (key("current", 10), key("next", 700));
        publishes(&web, &document(ENTITY, &[("signing", &current)]));
        watches(&world, &web, "");
        assert_eq!(kinds(&world), ["business.expiration"]);
        let mut both = [("signing", &current), ("signing", &next)];
        if is_first {
            both.reverse();
        }
        publishes(&web, &document(ENTITY, &both));
        assert_eq!(kinds(&world), [""; 0], "first: {is_first}");
        let rows = rows(&world);
        assert_eq!(
            (&rows[0]["name"], &rows[0]["dns_names"]),
            (&json!(SIGNING), &json!(["current"])),
            "first: {is_first}"
        );
        publishes(&web, &document(ENTITY, &[("signing", &next)]));
        assert_eq!(kinds(&world), [""; 0]);
        assert_eq!(kinds(&world), ["business.deletion"], "it has other names: first: {is_first}");
    }
}

#[test]
fn a_provider_that_is_silent_or_says_something_else_is_not_seen_and_its_last_dates_count() {
    let web = Web::start();
    let world = World::new();
    publishes(&web, &document(ENTITY, &[("signing", &key("a", 10))]));
    watches(&world, &web, "frequency = \"1d\"\n");
    assert_eq!(kinds(&world), ["business.expiration"]);
    for reply in [Reply::Status(500, "X: y"), Reply::CutOff, Reply::Status(302, "Location: http://192.0.2.1/x")] {
        web.reply("/metadata?tenant=hunter2", reply);
        let ran = world.runs(&["check", "--format", "json"]);
        assert_eq!(ran.code, 3, "{}", ran.stdout);
        assert!(!(ran.stdout + &ran.stderr).contains("hunter2"));
    }
    world.runs(&["run"]);
    assert_eq!(kinds(&world), ["alert.anomaly"]);
    assert!(world.runs(&["plan", "--days", "2"]).stdout.contains("idp"));
}

#[test]
fn the_authority_of_the_server_judges_no_key_that_is_published() {
    let web = Web::start();
    let world = World::new();
    let signing = key("signing", 700);
    std::fs::write(world.path("ca.pem"), key("Private CA", 700).pem).unwrap();
    std::fs::write(world.path("copy.xml"), document(ENTITY, &[("signing", &signing)])).unwrap();
    publishes(&web, &document(ENTITY, &[("signing", &signing)]));
    for more in ["ca-file = \"ca.pem\"\n", "ca-file = \"ca.pem\"\nfile = \"copy.xml\"\n"] {
        watches(&world, &web, more);
        let rows = rows(&world);
        assert_eq!((rows.len(), findings(&rows[0])), (1, Vec::new()), "{more}: {rows:?}");
    }
}

#[test]
fn a_copy_that_lacks_the_next_key_is_found_until_it_has_it() {
    let web = Web::start();
    let world = World::new();
    let (current, next, gone) = (key("current", 300), key("next", 900), key("gone", -1));
    world.put("idp.xml", &document(ENTITY, &[("signing", &current)]));
    let both = [("signing", &current), ("signing", &next), ("encryption", &gone)];
    publishes(&web, &document(ENTITY, &[("signing", &current)]));
    watches(&world, &web, "file = \"idp.xml\"\n");
    let complete = rows(&world);
    assert_eq!((complete.len(), findings(&complete[0])), (1, vec![]), "{complete:?}");
    publishes(&web, &document(ENTITY, &both));
    let lacking = rows(&world);
    assert_eq!((lacking.len(), findings(&lacking[0])), (1, vec!["copy-outdated"]), "{lacking:?}");
    let message = lacking[0]["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("for signing that this copy lacks: SHA-256") && !message.contains("more"), "{message}");
    assert_eq!(kinds(&world), ["alert.anomaly"]);
    let alert = world.last_message();
    assert!(alert.contains("its provider publishes another certificate"), "{alert}");
    // Not to see the provider is no recovery.
    web.reply("/metadata?tenant=hunter2", Reply::Status(500, "X: y"));
    assert_eq!(kinds(&world), [""; 0]);
    publishes(&web, &document(ENTITY, &both));
    world.put("idp.xml", &document(ENTITY, &both));
    assert!(kinds(&world).contains(&"alert.recovery".to_owned()));
}

#[test]
fn a_copy_is_compared_with_its_own_entity_in_a_federation() {
    let web = Web::start();
    let world = World::new();
    let (own, other) = (key("own", 300), key("other", 300));
    let federation = format!(
        "{}{}",
        document(ENTITY, &[("signing", &own)]),
        document("https://other.example", &[("signing", &other)])
    );
    publishes(&web, &federation);
    world.put("idp.xml", &document(ENTITY, &[("signing", &own)]));
    watches(&world, &web, "file = \"idp.xml\"\n");
    assert_eq!(findings(&rows(&world)[0]), [""; 0]);
    // A bare certificate says of no entity.
    world.put("idp.pem", &other.pem);
    watches(&world, &web, "file = \"idp.pem\"\n");
    assert_eq!(findings(&rows(&world)[0]), [""; 0]);
    publishes(&web, &document(ENTITY, &[("signing", &own)]));
    assert_eq!(findings(&rows(&world)[0]), ["copy-outdated"]);
}

#[test]
fn an_address_of_metadata_is_https_or_of_this_machine_and_no_endpoint() {
    let world = World::new();
    for (lines, said) in [
        ("metadata = \"http://idp.example/metadata\"\n", "is not fetched by plain http"),
        ("metadata = \"idp.example/metadata\"\n", "it begins with https://"),
        ("metadata = \"https://user:hunter2@idp.example/\"\n", "a login stands in the address"),
        ("metadata = \"https:///x\"\n", "names no host"),
        ("metadata = \"https://idp.example/\"\nendpoint = \"idp.example\"\n", "has both `metadata` and `endpoint`"),
        ("metadata = \"https://idp.example/\"\ntrust = false\n", "is for endpoints"),
        ("metadata = \"https://idp.example/\"\ncommand-source = [\"true\"]\n", "is not for a program"),
        ("metadata = \"https://idp.example/\"\ndomain = \"idp.example\"\n", "`metadata` means nothing to a domain"),
    ] {
        world.watches(&format!("[[certificates]]\n{lines}"));
        let ran = world.runs(&["validate"]);
        let text = ran.stdout + &ran.stderr;
        assert_eq!(ran.code, 3, "{lines}: {text}");
        assert!(text.contains(said) && !text.contains("hunter2"), "{lines}: {text}");
    }
    world.watches("[[certificates]]\nmetadata = \"https://idp.example/metadata?app=1\"\n");
    assert_eq!(world.runs(&["validate"]).code, 0);
}

#[test]
fn hostile_metadata_ends_in_a_finding() {
    let web = Web::start();
    let world = World::new();
    watches(&world, &web, "");
    for text in ["", "\u{1b}[2J", "<md:EntityDescriptor", "{\"a\": 1}"] {
        publishes(&web, text);
        let ran = world.runs(&["check", "--format", "json"]);
        assert_eq!(ran.code, 3, "{text:?}: {}", ran.stdout);
        assert!(!ran.stdout.contains('\u{1b}'));
    }
    let report = world.json(&["check", "--format", "json"]);
    assert_eq!(report["certificates"][0]["findings"][0]["severity"], json!("unknown"));
}

#[test]
fn keys_that_are_published_in_another_order_are_no_news() {
    let web = Web::start();
    let world = World::new();
    let (current, next) = (key("current", 10), key("next", 700));
    let set = |keys: &[&Leaf]| {
        let of = |leaf: &&Leaf| json!({ "kty": "EC", "x5c": [STANDARD.encode(&leaf.der)] });
        json!({ "keys": keys.iter().map(of).collect::<Vec<_>>() }).to_string()
    };
    publishes(&web, &set(&[&current]));
    watches(&world, &web, "events = [\"business\", \"alerts\", \"service-changes\"]\n");
    assert_eq!(kinds(&world), ["business.expiration"]);
    for keys in [[&current, &next], [&next, &current], [&current, &next], [&current, &next]] {
        publishes(&web, &set(&keys));
        assert_eq!(kinds(&world), [""; 0]);
        assert_eq!(rows(&world).len(), 2);
    }
}
