//! Challenges that are delegated by an alias, and what it leads to.

use serde_json::json;
use time::Duration;

use super::{findings, policy, world};
use crate::dated::{World, now};
use crate::support::certificates::{Authority, leaf};
use crate::support::dns::Server;

const CHALLENGE: &str = "_acme-challenge.www.example.com";

fn kinds(world: &World) -> Vec<String> {
    world.told().into_iter().map(|(kind, _)| kind).collect()
}

/// A server that has `example.com`, and a certificate for its `www` that is soon to be renewed.
fn delegated(target: &str) -> (Server, World) {
    let server = Server::start();
    server.has_zone("example.com");
    server.has_alias(CHALLENGE, target);
    let world = world(&server.address(), &["www.example.com"], 40);
    (server, world)
}

#[test]
fn an_alias_into_a_domain_that_is_gone_is_told_before_the_renewal_is_due() {
    let (server, world) = delegated("d420c923.acme.gone.net");
    let found = findings(&world);
    assert_eq!((found.len(), &found[0]["id"]), (1, &json!("renewal-blocked")), "{found:?}");
    let message = found[0]["message"].as_str().unwrap();
    let clause = format!("`{CHALLENGE}` leads to `d420c923.acme.gone.net`, and `.net` has no such domain");
    assert!(message.ends_with(&clause), "{message}");
    assert!(found[0]["until"].is_string(), "{found:?}");
    assert_eq!(kinds(&world), ["alert.anomaly"]);
    assert!(world.last_message().contains("its next renewal will fail"));
    server.falls_silent();
    assert_eq!(kinds(&world), [""; 0], "silence is no recovery");
    server.speaks();
    server.has_zone("gone.net");
    assert_eq!(kinds(&world), ["alert.recovery"]);
}

#[test]
fn a_target_without_a_record_before_there_is_something_to_prove_is_as_it_should_be() {
    // In a zone of its own, below a domain of another, in the zone of the domain, and with records.
    for zone in ["auth.acme-dns.io", "acme-dns.io", "d420c923.auth.acme-dns.io"] {
        let (server, world) = delegated("d420c923.auth.acme-dns.io");
        server.has_zone(zone);
        assert_eq!(findings(&world), [json!(null); 0], "{zone}");
    }
    let (_server, world) = delegated("www.example.com.challenges.example.com");
    assert_eq!(findings(&world), [json!(null); 0]);
}

#[test]
fn an_alias_that_leads_on_is_followed_to_its_end() {
    let (server, world) = delegated("www.acme.example.org");
    server.has_zone("example.org");
    server.has_alias("www.acme.example.org", "x.gone.co.uk");
    let found = findings(&world);
    assert!(found[0]["message"].as_str().unwrap().ends_with("and `.uk` has no such domain"), "{found:?}");
    server.has_zone("gone.co.uk");
    assert_eq!(findings(&world), [json!(null); 0]);
}

#[test]
fn a_zone_whose_servers_do_not_answer_is_told_when_two_runs_saw_it() {
    let (server, world) = delegated("x.acme.example.net");
    server.fails_for("acme.example.net");
    let found = findings(&world);
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.ends_with("leads to `x.acme.example.net`, and no server answers for that"), "{message}");
    assert_eq!(kinds(&world), [""; 0], "it may be a moment's");
    server.fails_no_more();
    server.has_zone("acme.example.net");
    assert_eq!(kinds(&world), [""; 0]);
    server.fails_for("acme.example.net");
    assert_eq!(kinds(&world), [""; 0]);
    assert_eq!(kinds(&world), ["alert.anomaly"]);
    server.fails_no_more();
    assert_eq!(kinds(&world), ["alert.recovery"]);
}

#[test]
fn certificates_of_any_authority_are_asked_about_and_wildcards_under_their_own_name() {
    let server = Server::start();
    server.has_zone("example.com");
    server.has_alias("_acme-challenge.example.com", "x.gone.org");
    let world = World::new();
    let wish = leaf(&["*.example.com"]).lives(now() - Duration::days(50), now() + Duration::days(40));
    world.put("www.pem", &Authority::root("Example Internal CA").issue(&wish).pem);
    policy(&world, &server.address(), "");
    let found = findings(&world);
    assert!(found[0]["message"].as_str().unwrap().contains("`_acme-challenge.example.com` leads to"), "{found:?}");
    assert!(server.asked().iter().all(|name| name != "com"), "CAA is asked for authorities that are known alone");
    policy(&world, &server.address(), "accept = [\"renewal-blocked\"]\n");
    assert_eq!(kinds(&world), [""; 0]);
}

#[test]
fn no_alias_and_no_answer_say_nothing() {
    let server = Server::start();
    let world = world(&server.address(), &["www.example.com"], 40);
    assert_eq!(findings(&world), [json!(null); 0]);
    assert!(server.asked().contains(&CHALLENGE.to_owned()));
    server.fails_for(CHALLENGE);
    assert_eq!(findings(&world), [json!(null); 0]);
}
