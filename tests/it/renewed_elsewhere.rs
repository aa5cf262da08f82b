//! A successor silences only where it stands: in the same file, lineage or endpoint. Elsewhere it is a hint.

use std::fs;
use std::path::Path;
use std::process::Command;

use certnotify::certificate::{Certificate, Fingerprint};
use certnotify::detect::{Candidate, Successors};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::certificates::{Authority, Leaf, NOW, leaf};
use crate::support::processor::time_of;
use crate::support::unwrapped;
use crate::support::world::certificate;

fn days(days: i64) -> Duration {
    Duration::days(days)
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, parts: &[&str]) -> &Self {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, parts.concat()).unwrap();
        self
    }

    fn certnotify(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        let output = command.current_dir(self.0.path()).env_clear().env("TZ", "UTC").args(arguments).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    }

    /// By the clock of this machine: runs that send act on no other.
    fn made(&self) -> OffsetDateTime {
        fs::metadata(self.0.path()).unwrap().modified().unwrap().into()
    }

    /// The exit code, and for each file its status and findings.
    fn check(&self, arguments: &[&str]) -> (i32, Vec<String>) {
        let at = NOW.format(&Rfc3339).unwrap();
        let (code, report) = self.certnotify(&[&["check", "--format", "json", "--at", &at], arguments].concat());
        let report: Value = serde_json::from_str(&report).unwrap();
        let line = |item: &Value| {
            let findings = item["findings"].as_array().unwrap().iter();
            let ids: Vec<_> = findings.map(|finding| finding["id"].as_str().unwrap()).collect();
            let name = Path::new(item["source"].as_str().unwrap()).file_name().unwrap().to_str().unwrap();
            format!("{name} {} {}", item["status"].as_str().unwrap(), ids.join(" "))
        };
        (code, report["certificates"].as_array().unwrap().iter().map(line).collect())
    }
}

fn issued(by: &Authority, left: i64) -> Leaf {
    by.issue(&leaf(&["shop.example"]).left(days(left)))
}

#[test]
fn the_gate_does_not_pass_over_an_expired_copy() {
    let (folder, root) = (Folder::new(), Authority::root("Root"));
    let (old, new) = (issued(&root, -2), issued(&root, 70));
    folder.write("d/nginx/tls.pem", &[&new.pem]).write("d/dovecot/old.pem", &[&old.pem]);
    let lines = ["old.pem critical expired superseded", "tls.pem ok "].map(str::to_owned);
    assert_eq!(folder.check(&["d", "--within", "30d"]), (2, lines.to_vec()));
    let (_, said) = folder.certnotify(&["check", "d", "--at", "2026-11-21T07:07:00Z"]);
    assert!(said.contains("d/nginx/tls.pem, until 2027-01-30: put it here, or remove this file"), "{said}");
}

#[test]
fn one_file_and_one_lineage_are_settled() {
    let (folder, root) = (Folder::new(), Authority::root("Root"));
    let (old, new) = (issued(&root, -2), issued(&root, 70));
    folder.write("live/shop/fullchain.pem", &[&old.pem]).write("live/shop-0001/fullchain.pem", &[&new.pem]);
    assert_eq!(folder.check(&["live", "--within", "30d"]).0, 0);
    folder.write("archive/cert9.pem", &[&old.pem]).write("archive/cert10.pem", &[&new.pem]);
    assert_eq!(folder.check(&["archive", "--within", "30d"]).0, 0);
    folder.write("both.pem", &[&old.pem, &new.pem]);
    assert_eq!(folder.check(&["both.pem", "--within", "30d"]).0, 0);
    folder.write("years/shop-2025/tls.pem", &[&old.pem]).write("years/shop-2026/tls.pem", &[&new.pem]);
    assert_eq!(folder.check(&["years", "--within", "30d"]).0, 2, "these are two folders");
}

#[test]
fn another_issuer_is_no_hint_and_an_accepted_one_counts_for_nothing() {
    let (folder, root) = (Folder::new(), Authority::root("Root"));
    let old = issued(&root, 60);
    folder.write("a/tls.pem", &[&old.pem]).write("b/tls.pem", &[&issued(&Authority::root("Other"), 70).pem]);
    assert_eq!(folder.check(&["a", "b"]).1, ["tls.pem ok ", "tls.pem ok "]);
    folder.write("b/tls.pem", &[&issued(&root, 70).pem]);
    assert_eq!(
        folder.check(&["a", "b"]),
        (1, ["tls.pem warning superseded", "tls.pem ok "].map(str::to_owned).to_vec())
    );
    assert_eq!(folder.check(&["a", "b", "--accept", "superseded"]).0, 0);
    assert_eq!(folder.check(&["a", "b", "--within", "30d"]).0, 0, "the gate counts dates only");
}

#[test]
fn the_reminder_goes_on_and_says_where_the_newer_one_lies() {
    let (folder, root) = (Folder::new(), Authority::root("Root"));
    let now = folder.made();
    let lives = |left| root.issue(&leaf(&["shop.example"]).lives(now + days(left - 90), now + days(left)));
    folder.write("old/tls.pem", &[&lives(12).pem]).write("new/tls.pem", &[&lives(80).pem]);
    folder.write(
        "policies.toml",
        &["[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\n\
           [[certificates]]\nfile = [\"old/tls.pem\", \"new/tls.pem\"]\nrenewal = \"manual\"\n"],
    );
    let all = ["-p", "policies.toml", "--state", "memory/state.json"];
    folder.certnotify(&[&all[..], &["run"]].concat());
    let (_, told) = folder.certnotify(&[&all[..], &["inbox", "show", "1"]].concat());
    let words = unwrapped(&told);
    assert!(words.contains("new/tls.pem, and ends on "), "{told}");
    assert!(words.contains("put it here, or remove this file."), "{told}");
    assert!(words.contains("To do: put the newer one in place at ") && !words.contains("renew it, and"), "{told}");
}

#[test]
fn the_closing_message_of_a_file_that_is_removed_has_its_name_and_the_place_of_the_new_one() {
    let (folder, root) = (Folder::new(), Authority::root("Root"));
    let now = folder.made();
    let lives = |left| root.issue(&leaf(&["shop.example"]).lives(now + days(left - 90), now + days(left)));
    folder.write("a.pem", &[&lives(12).pem]).write("b.pem", &[&lives(80).pem]);
    folder.write(
        "policies.toml",
        &["[contacts.ops]\nemail = \"ops@example.com\"\n[policies.default]\nchannels = [\"inbox\"]\n\
           events = [\"expiration\"]\n[[certificates]]\nname = \"shop-old\"\nfile = \"a.pem\"\nrenewal = \"manual\"\n\
           [[certificates]]\nname = \"shop-new\"\nfile = \"b.pem\"\nrenewal = \"manual\"\n"],
    );
    let all = ["-p", "policies.toml", "--state", "memory/state.json"];
    folder.certnotify(&[&all[..], &["run"]].concat());
    fs::remove_file(folder.0.path().join("a.pem")).unwrap();
    for _ in 0..3 {
        folder.certnotify(&[&all[..], &["run"]].concat());
    }
    let (_, listed) = folder.certnotify(&[&all[..], &["inbox"]].concat());
    assert!(listed.contains("shop-old (shop.example): certificate expires"), "{listed}");
    assert!(listed.contains("shop-old (shop.example): certificate renewed"), "{listed}");
    let number = listed.lines().find(|line| line.contains("renewed")).and_then(|line| line.split(' ').next()).unwrap();
    let (_, told) = folder.certnotify(&[&all[..], &["inbox", "show", number]].concat());
    assert!(told.contains("b.pem"), "{told}");
}

fn with_key(algorithm: &str, age: i64) -> Certificate {
    let start = NOW - days(age);
    let mut certificate = certificate("shop.example", start, start + days(90));
    certificate.key.algorithm = algorithm.into();
    certificate
}

fn is_renewed(seen: &[(&str, &Certificate)]) -> bool {
    let candidates = seen.iter().map(|(place, certificate)| candidate(place, certificate));
    let (place, old) = seen[0];
    Successors::new(candidates, NOW).renewing(old, place, false).is_some()
}

fn candidate<'a>(place: &'a str, certificate: &'a Certificate) -> Candidate<'a> {
    Candidate { certificate, place, source: place, name: place, is_endpoint: false }
}

#[test]
fn a_place_with_one_certificate_may_change_the_key_algorithm_and_one_with_several_may_not() {
    let (rsa, rsa_new, ec) = (with_key("RSA", 80), with_key("RSA", 3), with_key("EC", 2));
    assert!(is_renewed(&[("/archive/cert1.pem", &rsa), ("/archive/cert2.pem", &ec)]));
    assert!(!is_renewed(&[("/both.pem", &rsa), ("/both.pem#0123abcd", &ec)]));
    assert!(is_renewed(&[("/both.pem", &rsa), ("/both.pem#0123abcd", &ec), ("/both.pem#4567abcd", &rsa_new)]));
    assert!(!is_renewed(&[("/elsewhere.pem", &rsa), ("/other.pem", &ec)]));
}

#[test]
fn twenty_thousand_certificates_of_one_name_take_no_longer_than_as_many_of_different_names() {
    let many = |names: &dyn Fn(usize) -> Vec<String>| -> Vec<Certificate> {
        let one = |index: usize| {
            let mut certificate = certificate(
                "x",
                NOW - days(80),
                NOW + days(9) + Duration::seconds(i64::try_from(index % 977).unwrap()),
            );
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&(index as u64).to_be_bytes());
            certificate.fingerprint = Fingerprint::new(digest);
            certificate.dns_names = names(index);
            certificate
        };
        (0..20_000).map(one).collect()
    };
    let took = |certificates: &[Certificate], place: &dyn Fn(usize) -> String| {
        let places: Vec<String> = (0..certificates.len()).map(place).collect();
        let seen = || certificates.iter().zip(&places);
        time_of(|| {
            let successors = Successors::new(seen().map(|(certificate, place)| candidate(place, certificate)), NOW);
            for (old, place) in seen() {
                let newer = successors.renewing(old, place, false).or_else(|| successors.superseding(old));
                if newer.is_none() {
                    let _ = successors.left_out(old, place, false);
                }
            }
        })
    };
    let apart = |index: usize| format!("/{index}/tls.pem");
    let together = |index: usize| format!("/archive/cert{index}.pem");
    let plain = took(&many(&|index| vec![format!("{index}.example")]), &apart);
    let one = many(&|_| vec!["shop.example".to_owned()]);
    let shared = many(&|index| vec!["shop.example".to_owned(), format!("{index}.example")]);
    for (what, spent) in [
        ("one name apart", took(&one, &apart)),
        ("one name together", took(&one, &together)),
        ("a shared name", took(&shared, &apart)),
    ] {
        assert!(spent < plain * 40 + std::time::Duration::from_secs(2), "{what}: {spent:?} against {plain:?}");
    }
}
