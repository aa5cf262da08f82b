//! Looking at live endpoints: look first, judge after, and never longer than the deadline.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use rcgen::KeyUsagePurpose;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration as Span, OffsetDateTime};

use crate::support::certificates::{Authority, Leaf, NOW, leaf};
use crate::support::tls_server::{self, Peer, peer, serve, serve_by_name, serve_members, serve_on_ipv6};

/// A root that the machine of the test trusts, and one certificate of it.
struct House {
    folder: tempfile::TempDir,
    root: Authority,
}

impl House {
    fn new() -> Self {
        let root = Authority::root("House Root");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("roots.pem"), &root.pem).unwrap();
        Self { folder, root }
    }

    /// A leaf for the address at which the tests serve.
    fn leaf(&self) -> Leaf {
        self.root.issue(&leaf(&["127.0.0.1", "localhost"]))
    }

    fn check(&self, arguments: &[&str]) -> Value {
        check(&self.folder.path().join("roots.pem"), arguments)
    }

    fn look(&self, address: SocketAddr) -> Look {
        Look::new(&self.check(&[&address.to_string()]))
    }
}

fn check(roots: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
        .args(["check", "--format", "json", "--timeout", "5s", "--at", &NOW.format(&Rfc3339).unwrap()])
        .args(arguments)
        .env("SSL_CERT_FILE", roots)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The one certificate of a report.
#[derive(Debug)]
struct Look {
    item: Value,
    findings: Vec<String>,
}

impl Look {
    fn new(report: &Value) -> Self {
        let items = report["certificates"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{report:#}");
        Self::at(report, 0)
    }

    fn at(report: &Value, index: usize) -> Self {
        let item = report["certificates"][index].clone();
        let findings = item["findings"].as_array().unwrap();
        let findings = findings.iter().map(|finding| finding["id"].as_str().unwrap().to_owned()).collect();
        Self { item, findings }
    }

    fn shows(&self, leaf: &Leaf) -> &Self {
        assert_eq!(self.item["fingerprint_sha256"], fingerprint(&leaf.der), "{:#}", self.item);
        self
    }

    fn finds(&self, findings: &[&str]) -> &Self {
        assert_eq!(self.findings, findings, "{:#}", self.item);
        self
    }

    fn says(&self, part: &str) -> &Self {
        let text = self.item.to_string();
        assert!(text.contains(part), "{part} in {text}");
        self
    }
}

fn fingerprint(der: &[u8]) -> String {
    let (parsed, _) = certnotify::certificate::read_der(der).unwrap();
    parsed.certificate.fingerprint.to_string()
}

fn far() -> OffsetDateTime {
    NOW + Span::days(700)
}

#[test]
fn a_healthy_endpoint_is_fine_and_all_its_facts_are_there() {
    let house = House::new();
    let intermediate = house.root.intermediate("House Issuer");
    let leaf = intermediate.issue(&leaf(&["127.0.0.1", "www.example.com"]));
    let look = house.look(serve(&leaf, &[&intermediate]));
    look.shows(&leaf).finds(&[]);
    assert_eq!(look.item["status"], "ok");
    assert_eq!(look.item["issuer"], "CN=House Issuer");
    assert_eq!(look.item["dns_names"], serde_json::json!(["www.example.com"]));
    assert_eq!(look.item["ip_addresses"], serde_json::json!(["127.0.0.1"]));
    assert_eq!(look.item["days_left"], 70);
    assert_eq!(look.item["lifetime_days"], 90);
    assert_eq!(look.item["serial"], "4ab1c0");
    assert_eq!(look.item["key"], serde_json::json!({ "algorithm": "EC", "bits": 256 }));
    assert_eq!(look.item["chain"][0]["subject"], "CN=House Issuer");
    assert_eq!(look.item["error"], Value::Null);
}

#[test]
fn an_expired_endpoint_still_gives_up_its_certificate_and_is_judged_for_its_date_alone() {
    let house = House::new();
    let leaf = house.root.issue(&leaf(&["127.0.0.1"]).left(Span::days(-12)));
    house.look(serve(&leaf, &[])).shows(&leaf).finds(&["expired"]).says("expired 12 days ago");
}

#[test]
fn an_endpoint_whose_certificate_is_not_yet_valid_is_judged_for_its_date_alone() {
    let house = House::new();
    let leaf = house.root.issue(&leaf(&["127.0.0.1"]).lives(NOW + Span::days(2), NOW + Span::days(90)));
    house.look(serve(&leaf, &[])).shows(&leaf).finds(&["not-yet-valid"]);
}

#[test]
fn a_self_signed_a_foreign_and_a_misnamed_certificate_are_told_apart() {
    let house = House::new();
    let own = leaf(&["127.0.0.1"]).self_signed();
    house.look(serve(&own, &[])).shows(&own).finds(&["self-signed"]);

    let stranger = Authority::root("Stranger");
    let foreign = stranger.issue(&leaf(&["127.0.0.1"]));
    house.look(serve(&foreign, &[])).shows(&foreign).finds(&["untrusted"]).says("CN=Stranger");
    house.look(serve(&foreign, &[&stranger])).shows(&foreign).finds(&["untrusted"]).says("its root");

    let misnamed = house.root.issue(&leaf(&["other.example.com"]));
    house.look(serve(&misnamed, &[])).shows(&misnamed).finds(&["name-mismatch"]).says("it is for other.example.com");
}

#[test]
fn an_ipv4_address_in_the_form_of_ipv6_is_the_one_in_the_certificate() {
    let house = House::new();
    let leaf = house.root.issue(&leaf(&["127.0.0.1"]));
    let mapped = format!("[::ffff:127.0.0.1]:{}", serve(&leaf, &[]).port());
    Look::new(&house.check(&[&mapped])).shows(&leaf).finds(&[]);
}

#[test]
fn a_self_signed_certificate_that_is_itself_trusted_is_fine() {
    let own = leaf(&["127.0.0.1"]).self_signed();
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("own.pem");
    std::fs::write(&roots, &own.pem).unwrap();
    let address = serve(&own, &[]).to_string();
    Look::new(&check(Path::new("/dev/null"), &["--ca-file", roots.to_str().unwrap(), &address])).shows(&own).finds(&[]);
}

#[test]
fn a_missing_intermediate_is_an_incomplete_chain() {
    let house = House::new();
    let intermediate = house.root.intermediate("House Issuer");
    let leaf = intermediate.issue(&leaf(&["127.0.0.1"]));
    let roots = house.folder.path().join("roots.pem");
    let address = serve(&leaf, &[]).to_string();
    let report = house.check(&["--ca-file", roots.to_str().unwrap(), &address]);
    Look::new(&report).shows(&leaf).finds(&["chain-incomplete"]).says("CN=House Issuer");
}

#[test]
fn an_issuer_that_may_not_sign_certificates_vouches_for_none() {
    let house = House::new();
    for (usages, found) in
        [(&[KeyUsagePurpose::CrlSign][..], &["untrusted"][..]), (&[KeyUsagePurpose::KeyCertSign], &[])]
    {
        let issuer = house.root.intermediate_for("House Issuer", usages);
        let leaf = issuer.issue(&leaf(&["127.0.0.1"]));
        house.look(serve(&leaf, &[&issuer])).shows(&leaf).finds(found);
    }
}

#[test]
fn issuers_in_the_wrong_order_are_a_warning_and_change_no_trust() {
    let house = House::new();
    let first = house.root.intermediate("First");
    let second = first.intermediate("Second");
    let leaf = second.issue(&leaf(&["127.0.0.1"]));
    house.look(serve(&leaf, &[&first, &second])).shows(&leaf).finds(&["chain-misordered"]);
    house.look(serve(&leaf, &[&second, &first])).shows(&leaf).finds(&[]);
}

#[test]
fn an_issuer_that_ends_soon_is_a_warning_and_one_that_has_ended_is_no_trust() {
    let house = House::new();
    let soon = house.root.intermediate_until("Soon", NOW + Span::days(10));
    let leaf_of_soon = soon.issue(&leaf(&["127.0.0.1"]));
    house
        .look(serve(&leaf_of_soon, &[&soon]))
        .finds(&["expires-soon", "chain-expires-soon"])
        .says("expires in 10 days");

    let gone = house.root.intermediate_until("Gone", NOW - Span::days(3));
    let leaf_of_gone = gone.issue(&leaf(&["127.0.0.1"]));
    house
        .look(serve(&leaf_of_gone, &[&gone]))
        .finds(&["expired", "untrusted", "chain-expires-soon"])
        .says("has expired");
}

#[test]
fn without_trust_only_names_and_dates_are_judged() {
    let house = House::new();
    let own = leaf(&["other.example.com"]).left(Span::days(3)).self_signed();
    let report = house.check(&["--no-trust", &serve(&own, &[]).to_string()]);
    Look::new(&report).shows(&own).finds(&["expires-soon", "name-mismatch"]);
}

#[test]
fn the_name_in_the_handshake_chooses_the_certificate() {
    let house = House::new();
    let shop = house.root.issue(&leaf(&["shop.example.com"]));
    let mail = house.root.issue(&leaf(&["mail.example.com"]));
    let address = serve_by_name(&[("shop.example.com", &shop), ("mail.example.com", &mail)]).to_string();
    let (_, port) = address.rsplit_once(':').unwrap();

    Look::new(&house.check(&["--server-name", "mail.example.com", &address])).shows(&mail).finds(&[]);
    let named = format!("shop.example.com:{port}");
    Look::new(&house.check(&["--connect", "127.0.0.1", &named])).shows(&shop).finds(&[]);
    Look::new(&house.check(&["--connect", &address, "shop.example.com"])).shows(&shop).finds(&[]);
    Look::new(&house.check(&["--server-name", "other.example.com", &address])).finds(&["unreachable"]);
}

#[test]
fn an_endpoint_is_reached_over_ipv6() {
    let house = House::new();
    let leaf = house.root.issue(&leaf(&["::1"]));
    let Some(address) = serve_on_ipv6(&leaf, &[]) else { return };
    house.look(address).shows(&leaf).finds(&[]);
}

#[test]
fn a_name_is_looked_up_and_a_dead_first_address_hides_no_living_one() {
    let house = House::new();
    let leaf = house.leaf();
    // `localhost` has an address of IPv6 on most machines, where no server listens on this port.
    let port = serve(&leaf, &[]).port();
    let look = Look::new(&house.check(&[&format!("localhost:{port}")]));
    look.shows(&leaf).finds(&[]);
}

#[test]
fn a_server_that_asks_for_a_certificate_still_shows_its_own() {
    let house = House::new();
    let leaf = house.leaf();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        house.look(serve_members(&leaf, &house.root, version)).shows(&leaf).finds(&[]);
    }
}

#[test]
fn a_peer_that_shows_nothing_is_unreachable_and_the_reason_is_told() {
    let house = House::new();
    house.look(tls_server::closed()).finds(&["unreachable"]).says("refused the connection");
    house.look(peer(Peer::Http)).finds(&["unreachable"]).says("does not speak TLS");
    house.look(peer(Peer::Babbling)).finds(&["unreachable"]).says("does not speak TLS");
    house.look(peer(Peer::Closing)).finds(&["unreachable"]).says("before it showed a certificate");
    house.look(peer(Peer::Old)).finds(&["unreachable"]).says("neither TLS 1.2 nor 1.3");
    let nowhere = Look::new(&house.check(&["nobody.invalid"]));
    nowhere.finds(&["unreachable"]).says("`nobody.invalid` has no address");
    assert_eq!(nowhere.item["status"], "unknown");
    assert_eq!(nowhere.item["not_after"], Value::Null);
}

#[test]
fn silent_and_dripping_peers_end_at_the_deadline_and_hide_no_other() {
    let house = House::new();
    let leaf = house.leaf();
    let healthy = serve(&leaf, &[]).to_string();
    let mut targets = vec![healthy];
    targets.extend((0..10).map(|_| peer(Peer::Silent).to_string()));
    targets.extend((0..10).map(|_| peer(Peer::Dripping).to_string()));
    let targets: Vec<&str> = std::iter::once("--timeout=500ms").chain(targets.iter().map(String::as_str)).collect();

    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
        .args(["check", "--format", "json", "--at", &NOW.format(&Rfc3339).unwrap()])
        .args(&targets)
        .env("SSL_CERT_FILE", house.folder.path().join("roots.pem"))
        .output()
        .unwrap();
    let took = started.elapsed();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();

    assert_eq!(report["counts"], serde_json::json!({ "ok": 1, "warning": 0, "critical": 0, "unknown": 20 }));
    assert_eq!(output.status.code(), Some(3));
    Look::at(&report, 0).shows(&leaf).finds(&[]);
    Look::at(&report, 1).says("within 500 ms");
    // All of them wait side by side; far above what they need, far below one after another.
    assert!(took < Duration::from_secs(6), "{took:?}");
}

#[test]
fn one_endpoint_named_twice_is_looked_at_and_reported_once() {
    let house = House::new();
    let address = serve(&house.leaf(), &[]).to_string();
    let report = house.check(&[&address, &format!("https://{address}/path"), &format!("tls:{address}")]);
    assert_eq!(report["certificates"].as_array().unwrap().len(), 1);
}

#[test]
fn a_root_of_the_machine_that_is_not_public_gives_no_rule_for_lifetimes() {
    let house = House::new();
    let leaf = house.root.issue(&leaf(&["127.0.0.1"]).lives(NOW - Span::days(1), far()));
    house.look(serve(&leaf, &[])).shows(&leaf).finds(&[]);
}
