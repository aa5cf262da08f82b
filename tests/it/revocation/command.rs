//! `certnotify check --check-revocation`.

use std::fs;
use std::process::{Command, Stdio};

use time::Duration;

use super::{Case, SERIAL};
use crate::support::certificates::{Authority, NOW, leaf};
use crate::support::status::Crl;
use crate::support::web::Reply;

const AT: [&str; 2] = ["--at", "2026-11-21T07:07:00Z"];

/// Exit code and standard output of a check of the case's file.
fn check(case: &Case, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
        .arg("check")
        .arg(case.folder.path().join("www.pem"))
        .args(arguments)
        .args(AT)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// A certificate whose list is this.
fn case(list: impl FnOnce(Crl) -> Crl) -> (Case, String) {
    let case = Case::with_crl();
    let list = list(Crl::new(NOW - Duration::hours(1))).signed_by(&case.authority);
    case.web.reply("/ca.crl", Reply::Bytes(list));
    let ca_file = case.folder.path().join("ca.pem").display().to_string();
    (case, ca_file)
}

#[test]
fn a_revoked_certificate_is_critical_and_cannot_be_accepted() {
    let since = NOW - Duration::days(1);
    let (case, ca_file) = case(|list| list.revoking(&SERIAL, since, Some(1)));
    let (code, text) = check(&case, &["--ca-file", &ca_file, "--check-revocation", "--format", "json"]);
    assert_eq!(code, 2, "{text}");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let finding = &report["certificates"][0]["findings"][0];
    assert_eq!((finding["id"].as_str(), finding["severity"].as_str()), (Some("revoked"), Some("critical")));
    let message = finding["message"].as_str().unwrap();
    assert!(
        message.starts_with(&format!("taken back by its authority on {} (keyCompromise): http://", since.date())),
        "{message}"
    );
    assert_eq!(check(&case, &["--ca-file", &ca_file]).0, 0, "no authority was asked");
}

#[test]
fn a_certificate_that_is_not_revoked_is_fine() {
    let (case, ca_file) = case(|list| list);
    assert_eq!(check(&case, &["--ca-file", &ca_file, "--check-revocation"]).0, 0);
    assert_eq!(case.web.asked(), ["/ca.crl"]);
}

#[test]
fn not_to_know_is_unknown_and_can_be_accepted() {
    let (case, ca_file) = case(|list| list);
    case.web.reply("/ca.crl", Reply::Status(500, "X-A: b"));
    let asking = ["--ca-file", &ca_file, "--check-revocation"];
    let (code, text) = check(&case, &asking);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("revocation unknown: http://") && text.contains("it answered HTTP 500"), "{text}");
    let accepting = [&asking[..], &["--accept", "revocation-unknown"]].concat();
    assert_eq!(check(&case, &accepting).0, 0);
}

#[test]
fn a_file_whose_chain_was_not_verified_is_unknown_and_its_authority_is_not_asked() {
    let (case, _) = case(|list| list);
    let (code, text) = check(&case, &["--check-revocation"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("its chain was not verified"), "{text}");
    assert!(case.web.asked().is_empty());
}

#[test]
fn a_certificate_that_is_trusted_itself_has_no_authority_to_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.pem");
    fs::write(&path, leaf(&["own.example.com"]).self_signed().pem).unwrap();
    let check = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.args(["check", "--check-revocation"]).args(AT).args(arguments).arg(&path).output().unwrap()
    };
    let text = |output: &std::process::Output| String::from_utf8(output.stdout.clone()).unwrap();
    let trusted = check(&["--ca-file", path.to_str().unwrap()]);
    assert_eq!(trusted.status.code(), Some(0), "{}", text(&trusted));
    let unjudged = check(&[]);
    assert_eq!(unjudged.status.code(), Some(3));
    assert!(text(&unjudged).contains("its chain was not verified"), "{}", text(&unjudged));
    fs::write(&path, Authority::root("Root").issue(&leaf(&["own.example.com"])).pem).unwrap();
    let pinned = check(&["--ca-file", path.to_str().unwrap()]);
    assert_eq!(pinned.status.code(), Some(3));
    assert!(text(&pinned).contains("its issuer, by whose key an answer is signed, is not known"), "{}", text(&pinned));
}

#[test]
fn a_certificate_that_this_machine_trusts_does_not_lead_into_its_network() {
    let (case, ca_file) = case(|list| list);
    let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
        .args(["check", "--check-revocation"])
        .args(AT)
        .arg(case.folder.path().join("www.pem"))
        .env("SSL_CERT_FILE", ca_file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("it has an address that is not of the Internet"), "{text}");
    assert!(case.web.asked().is_empty());
}

/// The most memory that a process ever had, in MiB.
fn peak(process: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|kibibytes| kibibytes / 1024)
}

#[test]
fn a_list_of_fifty_megabytes_costs_little_more_memory_than_itself() {
    let (case, ca_file) = case(|mut list| {
        let entry = Crl::new(NOW).revoking(&[0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], NOW, None).entries;
        list.entries = entry.repeat(50 * 1024 * 1024 / entry.len());
        list.revoking(&SERIAL, NOW - Duration::days(1), Some(1))
    });
    let mut process = Command::new(env!("CARGO_BIN_EXE_certnotify"))
        .arg("check")
        .arg(case.folder.path().join("www.pem"))
        .args(["--check-revocation", "--timeout", "60s", "--ca-file", &ca_file])
        .args(AT)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    let code = loop {
        most = peak(process.id()).unwrap_or_default().max(most);
        if let Some(status) = process.try_wait().unwrap() {
            break status.code();
        }
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    };
    assert_eq!(code, Some(2), "it is revoked");
    assert!((50..160).contains(&most), "{most} MiB");
}
