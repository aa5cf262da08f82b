//! `deploys-to`: what stands in a file against what is served where it should be.

use std::net::SocketAddr;

use super::{Folder, days};
use crate::support::certificates::{Authority, Leaf, NOW, leaf};
use crate::support::tls_server::{closed, serve};

const CONTACT: &str = "[contacts.alice]\nemail = \"alice@example.com\"\n";

fn issued(age: i64, left: i64) -> Leaf {
    let wish = leaf(&["127.0.0.1", "localhost"]).lives(NOW - days(age), NOW + days(left));
    Authority::root("Root").issue(&wish)
}

fn findings(file: &Leaf, served_at: &[SocketAddr]) -> Vec<(String, String)> {
    let folder = Folder::new();
    let places: Vec<String> = served_at.iter().map(|address| format!("\"{address}\"")).collect();
    let entry = format!("[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\ndeploys-to = [{}]\n", places.join(", "));
    folder.write("www.pem", &file.pem).write("policies.toml", format!("{CONTACT}{entry}"));
    let report = folder.json(&["--timeout", "5s"]);
    let items = report["certificates"].as_array().unwrap();
    assert_eq!(items.len(), 1, "the endpoint is no row of its own: {report:#}");
    let word = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = items[0]["findings"].as_array().unwrap().iter();
    findings.map(|finding| (word(finding, "id"), word(finding, "message"))).collect()
}

#[test]
fn what_was_renewed_on_disk_and_is_not_served_is_told_after_the_grace() {
    let old = issued(40, 50);
    let address = serve(&old, &[]);
    let told = findings(&issued(6, 84), &[address]);
    let message = format!("{address} serves another one, serial 4ab1c0, which ends on 2027-01-10");
    assert_eq!(told, [("not-deployed".to_owned(), message)]);
    assert_eq!(findings(&issued(4, 86), &[address]), [], "inside the grace of four and a half days");
}

#[test]
fn what_is_served_as_it_stands_in_the_file_or_ends_later_is_well() {
    let file = issued(20, 70);
    assert_eq!(findings(&file, &[serve(&file, &[])]), []);
    assert_eq!(findings(&file, &[serve(&issued(5, 85), &[])]), []);
}

#[test]
fn one_of_several_places_that_was_forgotten_is_named_alone() {
    let file = issued(20, 70);
    let forgotten = serve(&issued(40, 50), &[]);
    let told = findings(&file, &[serve(&file, &[]), forgotten]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].1.starts_with(&format!("{forgotten} serves")), "{told:?}");
}

#[test]
fn a_place_that_does_not_answer_is_unknown_and_never_well() {
    let address = closed();
    let told = findings(&issued(20, 70), &[address]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "unreachable");
    assert!(told[0].1.starts_with(&format!("{address}, where it should be served: ")), "{told:?}");
}

#[test]
fn of_a_whole_folder_each_certificate_is_looked_for_where_its_names_are() {
    let folder = Folder::new();
    let (here, elsewhere) = (issued(20, 70), Authority::root("Root").issue(&leaf(&["other.example"])));
    let address = serve(&issued(40, 50), &[]);
    let entry = format!("[[certificates]]\nname = \"all\"\nfile = \"live/*.pem\"\ndeploys-to = \"{address}\"\n");
    folder.write("live/a.pem", &here.pem).write("live/b.pem", &elsewhere.pem);
    folder.write("policies.toml", format!("{CONTACT}{entry}"));
    let found = folder.found(&["--timeout", "5s"]);
    let told: Vec<_> = found.iter().map(|(name, findings)| (name.as_str(), findings.len())).collect();
    assert_eq!(told, [("all/a.pem", 1), ("all/b.pem", 0)]);
}

#[test]
fn a_place_that_is_watched_as_well_is_told_of_in_both_rows() {
    let folder = Folder::new();
    let file = issued(20, 70);
    let address = serve(&issued(80, 10), &[]);
    let entries = format!(
        "[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\ndeploys-to = \"{address}\"\n\
         [[certificates]]\nname = \"live\"\nendpoint = \"{address}\"\ntrust = false\n"
    );
    folder.write("www.pem", &file.pem).write("policies.toml", format!("{CONTACT}{entries}"));
    let found = folder.found(&["--timeout", "5s"]);
    let ids: Vec<_> = found.iter().map(|(name, findings)| (name.as_str(), findings.join(" "))).collect();
    assert_eq!(ids, [("www", "not-deployed expires-soon".to_owned()), ("live", "expires-soon".to_owned())]);
}
