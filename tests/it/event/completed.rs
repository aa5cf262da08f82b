//! A hook reports a renewal: what is told of it shows the new certificate, once.

use std::fs;

use time::macros::datetime;

use super::command::{Place, ended, shut_window};
use crate::support::certificates;

/// Puts a certificate that lives longer in place, and says its fingerprint.
fn renew(place: &Place) -> String {
    let (start, end) = (datetime!(2026-01-01 0:00 UTC), datetime!(2099-01-01 0:00 UTC));
    let new = certificates::leaf(&["www.example.com"]).lives(start, end).self_signed();
    fs::write(place.folder().join("www.pem"), &new.pem).unwrap();
    let output = place.certnotify(&["check", "--format", "json"]);
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, rest) = listed.split_once("fingerprint_sha256\":").unwrap_or_else(|| panic!("{listed}"));
    rest.split('"').nth(1).unwrap().to_owned()
}

/// Every message in the inbox of `ops` that speaks of a renewal.
fn messages(place: &Place) -> Vec<String> {
    let folder = place.folder().join("memory/inbox/ops/new");
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let texts = files.map(|file| fs::read_to_string(file.path()).unwrap().replace("=\n", "").replace("=\r\n", ""));
    texts.filter(|text| text.contains("renewed")).collect()
}

#[test]
fn a_hook_that_reports_the_new_file_and_the_run_that_sees_it_send_one_message_with_its_facts() {
    for words in [None, Some("by the new account")] {
        let place = Place::new("");
        place.certnotify(&["run"]);
        let new = renew(&place);
        let mut arguments = vec!["event", "renewed", "--certificate", "www.pem", "--by", "certbot"];
        arguments.extend(words.into_iter().flat_map(|words| ["--message", words]));
        assert_eq!(ended(&place.certnotify(&arguments), 0), "told       ops  inbox\n");
        place.certnotify(&["run"]);
        place.certnotify(&["run"]);
        let messages = messages(&place);
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains(&new), "{new}: {}", messages[0]);
        assert!(words.is_none_or(|words| messages[0].contains(words) && messages[0].contains("certbot")));
    }
}

#[test]
fn a_report_that_waits_for_its_window_is_one_event_with_what_the_next_run_sees() {
    let place = Place::new(&shut_window());
    place.certnotify(&["run"]);
    ended(&place.certnotify(&["event", "renewed", "--certificate", "www.pem", "--by", "certbot"]), 0);
    renew(&place);
    let dry = ended(&place.certnotify(&["run"]), 0);
    assert!(dry.contains("1 event"), "{dry}");
}
