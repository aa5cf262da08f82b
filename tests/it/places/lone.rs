//! One file that is gone: one thing, told once.

use std::fs;

use time::macros::datetime;

use super::Site;
use crate::support::certificates;

#[test]
fn a_missing_file_is_told_as_deleted_and_not_also_as_one_that_cannot_be_read() {
    let site = Site::new();
    let leaf = certificates::leaf(&["www.example.com"]);
    let leaf = leaf.lives(datetime!(2020-01-01 0:00 UTC), datetime!(2060-01-01 0:00 UTC)).self_signed().pem;
    site.write("tls/www.pem", &leaf);
    site.write("tls/other.txt", "the folder is not empty");
    site.policy("[[certificates]]\nfile = \"tls/www.pem\"\n");
    assert_eq!(site.certnotify(&["run"]).0, 0);
    fs::remove_file(site.path("tls/www.pem")).unwrap();
    site.certnotify(&["run"]);
    let (_, summary, _) = site.certnotify(&["run"]);
    assert!(summary.contains("  1 event in 1 message\n"), "{summary}");
    for _ in 0..2 {
        site.certnotify(&["run"]);
    }
    let told = site.inbox();
    assert!(told.contains("certificate deleted") && !told.contains("cannot be read"), "{told}");
    assert_eq!(told.matches("\nSubject: ").count(), 1, "{told}");
    // Who was told of it hears that it is over.
    site.write("tls/www.pem", &leaf);
    site.certnotify(&["run"]);
    let told = site.inbox();
    assert_eq!(told.matches("\nSubject: ").count(), 2, "{told}");
    assert!(told.contains("Over for www.example.com"), "{told}");
}

#[test]
fn the_history_says_of_a_place_without_a_certificate_what_was_told_of_it() {
    let site = Site::new();
    site.policy("[[certificates]]\nname = \"web\"\nfile = \"never.pem\"\n");
    for _ in 0..2 {
        site.certnotify(&["run"]);
    }
    let (_, history, _) = site.certnotify(&["history", "web"]);
    assert!(history.contains("  web: anomaly  anomaly: cannot be read\n"), "{history}");
    let (_, history, _) = site.certnotify(&["history", "--format", "json"]);
    assert!(history.contains("\"certificate\": \"web\""), "{history}");
}
