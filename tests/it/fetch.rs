//! `certnotify fetch`: the chain that is served, as PEM, whatever is wrong with it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};

use certnotify::event::{About, EventKind, Evidence, Report};
use certnotify::record::Spool;
use tempfile::TempDir;
use time::Duration;

use super::support::certificates::{Authority, Leaf, leaf};
use super::support::tls_server::{Peer, closed, peer, serve, serve_by_name};

fn certnotify(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
    command.env_clear().env("TZ", "UTC").current_dir(folder).args(arguments).output().unwrap()
}

fn fetch(address: SocketAddr, more: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    certnotify(folder.path(), &[&["fetch", &address.to_string()], more].concat())
}

fn written(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn issued() -> (Leaf, Authority) {
    let root = Authority::root("Test Root");
    let intermediate = root.intermediate("Test Issuing CA");
    (intermediate.issue(&leaf(&["www.example.com"])), intermediate)
}

/// The same bytes, whatever ends the lines.
fn lines(pem: &str) -> Vec<&str> {
    pem.lines().collect()
}

#[test]
fn the_chain_is_written_as_it_is_served_leaf_first() {
    let (leaf, intermediate) = issued();
    let address = serve(&leaf, &[&intermediate]);
    let both = format!("{}{}", leaf.pem, intermediate.pem);
    assert_eq!(lines(&written(&fetch(address, &[]))), lines(&both));
    assert_eq!(lines(&written(&fetch(address, &["--leaf-only"]))), lines(&leaf.pem));
}

#[test]
fn an_expired_self_signed_certificate_of_another_name_is_written_too() {
    let old = leaf(&["elsewhere.example"]).left(Duration::days(-12)).self_signed();
    assert_eq!(lines(&written(&fetch(serve(&old, &[]), &[]))), lines(&old.pem));
}

#[test]
fn facts_stand_before_each_block_and_the_text_is_still_pem() {
    let (leaf, intermediate) = issued();
    let text = written(&fetch(serve(&leaf, &[&intermediate]), &["--text"]));
    let facts: Vec<&str> = text.lines().take_while(|line| !line.starts_with('-')).collect();
    for fact in ["issuer      CN=Test Issuing CA", "names       www.example.com", "serial      4ab1c0"] {
        assert!(facts.contains(&fact), "{text}");
    }
    // Where the machine's zone is universal time, a moment is told once.
    for line in facts.iter().filter(|line| line.starts_with("not ")) {
        assert_eq!(line.matches("UTC").count(), 1, "{line}");
    }
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("chain.pem"), &text).unwrap();
    let checked = certnotify(folder.path(), &["check", "chain.pem", "--format", "json", "--at", "2026-11-22"]);
    let report: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(report["certificates"].as_array().unwrap().len(), 1);
    assert_eq!(report["certificates"][0]["chain"].as_array().unwrap().len(), 1);
}

#[test]
fn the_name_that_is_asked_for_and_the_address_can_be_chosen() {
    let (one, other) = (leaf(&["one.example"]).self_signed(), leaf(&["other.example"]).self_signed());
    let address = serve_by_name(&[("one.example", &one), ("other.example", &other)]);
    let by_name = written(&fetch(address, &["--server-name", "other.example"]));
    assert_eq!(lines(&by_name), lines(&other.pem));
    let folder = TempDir::new().unwrap();
    let elsewhere = certnotify(folder.path(), &["fetch", "one.example", "--connect", &address.to_string()]);
    assert_eq!(lines(&written(&elsewhere)), lines(&one.pem));
}

#[test]
fn a_file_is_replaced_in_one_step_and_kept_where_there_is_no_chain() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("chain.pem");
    fs::write(&file, "before").unwrap();
    let to = file.to_str().unwrap();
    let output = fetch(closed(), &["--output", to]);
    assert_eq!((output.status.code(), fs::read_to_string(&file).unwrap().as_str()), (Some(3), "before"));
    let served = leaf(&["www.example.com"]).self_signed();
    assert_eq!(written(&fetch(serve(&served, &[]), &["--output", to])), "");
    assert_eq!(lines(&fs::read_to_string(&file).unwrap()), lines(&served.pem));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_named_in_place_of_a_host_is_said_to_be_one() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("www.pem"), leaf(&["www.example.com"]).self_signed().pem).unwrap();
    let output = certnotify(folder.path(), &["fetch", "www.pem", "--connect", &closed().to_string()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("help: a file has that name, and is looked at by: certnotify check www.pem\n"), "{said}");
    let output = certnotify(folder.path(), &["fetch", &format!("[::1]:{}", closed().port())]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("help: try: certnotify check '[::1]:"),
        "a shell would take the brackets for a pattern: {said}"
    );
}

#[test]
fn a_chain_that_cannot_be_written_is_called_one() {
    let (leaf, intermediate) = issued();
    let output = fetch(serve(&leaf, &[&intermediate]), &["--output", "none/chain.pem"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(said.starts_with("certnotify: chain `none/chain.pem`: the folder `none` is not there\n"), "{said}");
}

#[test]
fn a_peer_that_shows_no_certificate_ends_within_the_limit_with_the_reason() {
    for kind in [Peer::Silent, Peer::Dripping, Peer::Babbling, Peer::Http, Peer::Closing, Peer::Old] {
        let output = fetch(peer(kind), &["--timeout", "300ms"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{kind:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("certnotify: endpoint `127.0.0.1:") && said.contains("help: "), "{kind:?}: {said}");
    }
}

/// What waits beside the state after a fetch of this leaf, where the policy file watches `watched`.
fn noted(watched: &Leaf, served: &Leaf, more: &[&str]) -> (Vec<Report>, Option<i32>) {
    let folder = TempDir::new().unwrap();
    let policy = "[contacts.ops]\nemail = \"ops@example.com\"\n[[certificates]]\nfile = \"www.pem\"\n";
    fs::write(folder.path().join("policies.toml"), policy).unwrap();
    fs::write(folder.path().join("www.pem"), &watched.pem).unwrap();
    let state = folder.path().join("memory/state.json");
    let state_option = ["--state", state.to_str().unwrap()];
    remember(folder.path(), &state_option);
    let address = serve(served, &[]).to_string();
    let output = certnotify(folder.path(), &[&["fetch", &address], &state_option[..], more].concat());
    let (reports, notices) = Spool::beside(&state).unwrap().read();
    assert_eq!(notices, []);
    (reports, output.status.code())
}

/// One run that sends nothing, whatever the date is.
fn remember(folder: &Path, state: &[&str]) {
    let policy = fs::read_to_string(folder.join("policies.toml")).unwrap();
    fs::write(folder.join("policies.toml"), policy + "notifications = false\n").unwrap();
    assert_eq!(certnotify(folder, &[&["run"], state].concat()).status.code(), Some(0));
}

#[test]
fn saving_the_chain_of_a_watched_certificate_is_an_observed_download() {
    let watched = leaf(&["www.example.com"]).self_signed();
    let (reports, code) = noted(&watched, &watched, &["--output", "saved.pem"]);
    let [report] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!((code, report.kind, &report.evidence), (Some(0), EventKind::Download, &Evidence::Observed));
    assert!(matches!(report.about, Some(About::Fingerprint(_))));
    assert!(report.saved_to.as_deref().unwrap().ends_with("/saved.pem"));
}

#[test]
fn saving_the_chain_of_a_stranger_is_no_event() {
    let (watched, stranger) = (leaf(&["www.example.com"]).self_signed(), leaf(&["www.example.com"]).self_signed());
    assert_eq!(noted(&watched, &stranger, &[]), (Vec::new(), Some(0)));
}

#[test]
fn a_chain_whose_event_cannot_be_put_down_is_written_and_said() {
    let watched = leaf(&["www.example.com"]).self_signed();
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("wrong.toml"), "certificates = 7\n").unwrap();
    let address = serve(&watched, &[]).to_string();
    let output = certnotify(folder.path(), &["fetch", &address, "-p", "wrong.toml"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&String::from_utf8(output.stdout).unwrap()), lines(&watched.pem));
    assert!(String::from_utf8(output.stderr).unwrap().contains("wrong.toml"));
}
