//! A certificate whose intermediate ends before it ends with the intermediate.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, NOW, leaf};
use crate::support::tls_server::serve;
use crate::support::unwrapped;

fn days(days: i64) -> Duration {
    Duration::days(days)
}

/// A root, and a folder with what the tests write.
struct House {
    folder: tempfile::TempDir,
    root: Authority,
}

impl House {
    fn new() -> Self {
        let house = Self { folder: tempfile::tempdir().unwrap(), root: Authority::root("House Root") };
        house.write("root.pem", &[&house.root.pem]);
        house
    }

    fn write(&self, name: &str, parts: &[&str]) {
        fs::write(self.folder.path().join(name), parts.concat()).unwrap();
    }

    /// By the clock of this machine: runs that send act on no other.
    fn made(&self) -> OffsetDateTime {
        fs::metadata(self.folder.path()).unwrap().modified().unwrap().into()
    }

    fn certnotify(&self, arguments: &[&str]) -> (i32, String) {
        certnotify(self.folder.path(), arguments)
    }

    /// The only certificate of a report at `NOW`.
    fn check(&self, arguments: &[&str]) -> Value {
        let at = NOW.format(&Rfc3339).unwrap();
        let (_, report) = self.certnotify(&[&["check", "--format", "json", "--at", &at], arguments].concat());
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["certificates"].as_array().unwrap().len(), 1, "{report:#}");
        report["certificates"][0].clone()
    }
}

fn certnotify(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.current_dir(folder).env_clear().env("TZ", "UTC").env("SSL_CERT_FILE", folder.join("root.pem"));
    let output = command.args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn ids(item: &Value) -> Vec<&str> {
    item["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

#[test]
fn a_file_ends_with_the_intermediate_that_every_path_contains() {
    let house = House::new();
    let soon = house.root.intermediate_until("Soon CA", NOW + days(5));
    house.write("www.pem", &[&soon.issue(&leaf(&["www.example.com"]).left(days(80))).pem, &soon.pem]);
    let item = house.check(&["www.pem"]);
    assert_eq!((item["status"].as_str(), ids(&item)), (Some("critical"), vec!["expires-soon", "chain-expires-soon"]));
    assert_eq!(item["findings"][0]["message"], "expires in 5 days, with its issuer `CN=Soon CA`");
    assert_eq!(item["not_after"], "2027-02-09T07:07:00Z", "its own");
    assert_eq!(item["effective_not_after"], "2026-11-26T07:07:00Z");
    assert_eq!((item["limited_by"]["subject"].as_str(), item["days_left"].as_i64()), (Some("CN=Soon CA"), Some(5)));
    let gate = ["check", "--within", "30d", "--at", "2026-11-21T07:07:00Z", "www.pem"];
    assert_eq!(house.certnotify(&gate).0, 2);
}

#[test]
fn an_intermediate_of_a_private_authority_counts_without_any_root_that_is_known() {
    let house = House::new();
    let private = Authority::root("Private Root");
    let upper = private.intermediate_until("Upper CA", NOW + days(4));
    let lower = upper.intermediate("Lower CA");
    let own = lower.issue(&leaf(&["www.example.com"]));
    house.write("www.pem", &[&own.pem, &lower.pem, &upper.pem]);
    assert_eq!(house.check(&["www.pem"])["limited_by"]["subject"], "CN=Upper CA");
    house.write("www.pem", &[&own.pem, &lower.pem, &upper.pem, &upper.crossed(&private, NOW + days(900))]);
    assert_eq!(house.check(&["www.pem"])["limited_by"], Value::Null, "a longer path is in the file");
    house.write("www.pem", &[&own.pem, &lower.pem, &upper.crossed(&private, NOW + days(9)), &upper.pem, &private.pem]);
    assert_eq!(house.check(&["www.pem"])["effective_not_after"], "2026-11-30T07:07:00Z", "the better of two");
}

#[test]
fn a_cross_certificate_that_ends_counts_only_where_the_root_above_it_is_unknown() {
    let house = House::new();
    let old = Authority::root("Old Root");
    let issuing = house.root.intermediate("Issuing CA");
    let own = issuing.issue(&leaf(&["www.example.com"]));
    let crossed = house.root.crossed(&old, NOW + days(3));
    house.write("www.pem", &[&own.pem, &issuing.pem, &crossed]);
    assert_eq!(house.check(&["www.pem"])["limited_by"], Value::Null, "this machine trusts the root itself");
    house.write("root.pem", &[&old.pem]);
    assert_eq!(house.check(&["www.pem"])["limited_by"]["subject"], "CN=House Root");
}

#[test]
fn an_endpoint_ends_with_the_intermediate_that_it_serves() {
    let house = House::new();
    let gone = house.root.intermediate_until("Gone CA", NOW - days(3));
    let own = gone.issue(&leaf(&["127.0.0.1"]).left(days(80)));
    let item = house.check(&[&serve(&own, &[&gone]).to_string()]);
    assert_eq!(ids(&item), ["expired", "untrusted", "chain-expires-soon"]);
    assert_eq!(item["findings"][0]["message"], "expired 3 days ago, with its issuer `CN=Gone CA`");
    assert_eq!(item["days_left"], -3);
}

#[test]
fn the_end_of_a_root_limits_nothing() {
    let house = House::new();
    let root = house.root.crossed(&house.root, NOW + days(3));
    house.write("www.pem", &[&house.root.issue(&leaf(&["www.example.com"])).pem, &root]);
    let item = house.check(&["www.pem"]);
    assert_eq!((&item["limited_by"], ids(&item)), (&Value::Null, vec![]));
}

/// What the inbox holds after one run of `policy` today.
fn told(house: &House, policy: &str) -> String {
    house.write("policies.toml", &["[contacts.ops]\nemail = \"ops@example.com\"\n", policy]);
    let all = ["-p", "policies.toml", "--state", "memory/state.json"];
    house.certnotify(&[&all[..], &["run"]].concat());
    house.certnotify(&[&all[..], &["inbox", "show", "1"]].concat()).1
}

const INBOX: &str = "[policies.default]\nchannels = [\"inbox\"]\nevents = [\"business.expiration\", \"alert.expired\"]\n\
                     [[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n";

fn lives(house: &House, intermediate: Duration) {
    let now = house.made();
    let soon = house.root.intermediate_until("Soon CA", now + intermediate);
    let own = soon.issue(&leaf(&["www.example.com"]).lives(now - days(100), now + days(200)));
    house.write("www.pem", &[&own.pem, &soon.pem]);
}

#[test]
fn reminders_count_from_the_end_of_the_intermediate_and_name_it() {
    let house = House::new();
    lives(&house, days(20));
    let told = told(&house, INBOX);
    let day = (house.made() + days(20)).date();
    assert!(told.contains(&format!("expires {day}")), "{told}");
    let words = unwrapped(&told);
    assert!(words.contains("The intermediate Soon CA of its chain ends then"), "{told}");
    let (_, why) = house.certnotify(&["-p", "policies.toml", "--state", "memory/state.json", "plan", "www"]);
    assert!(why.contains("with its issuer CN=Soon CA"), "{why}");
}

#[test]
fn what_ended_with_its_intermediate_has_expired() {
    let house = House::new();
    lives(&house, -days(2));
    let told = told(&house, INBOX);
    assert!(told.contains("Expired 2 days ago"), "{told}");
}

#[test]
fn a_place_that_is_not_seen_ends_as_its_chain_was_last_seen() {
    let house = House::new();
    lives(&house, days(40));
    assert!(!told(&house, INBOX).contains("expires"), "not yet");
    fs::remove_file(house.folder.path().join("www.pem")).unwrap();
    fs::create_dir(house.folder.path().join("www.pem")).unwrap();
    let sixty_days = INBOX.replace("[[cert", "deadline = \"60d\"\n[[cert");
    let told = told(&house, &sixty_days);
    assert!(told.contains("Soon CA"), "{told}");
}
