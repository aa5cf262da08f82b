//! `--ca-file`: which files name the roots that endpoints, files and answers of authorities are judged by.

use std::ffi::OsStr;
use std::process::Command;

use crate::support::authority::forms;
use crate::support::certificates::{Authority, NOW, leaf};
use crate::support::status::Crl;
use crate::support::tls_server;
use crate::support::web::{Reply, Web};

/// Exit code and everything that was written.
fn check<'a>(arguments: impl IntoIterator<Item = &'a OsStr>) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_certnotify"))
        .args(["check", "--at", "2026-11-21T07:07:00Z"])
        .args(arguments)
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

#[test]
fn every_form_of_ca_file_is_trusted_for_an_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let root = Authority::root("Private Root");
    let place = tls_server::serve(&root.issue(&leaf(&["127.0.0.1"])), &[]).to_string();
    assert_eq!(check([OsStr::new(&place)]).0, Some(2));
    for (form, path) in forms(&root.pem, folder.path()) {
        let (code, text) = check([OsStr::new("--ca-file"), path.as_os_str(), OsStr::new(&place)]);
        assert_eq!(code, Some(0), "{form}: {text}");
    }
}

#[test]
fn every_form_of_ca_file_is_trusted_for_a_revocation_list() {
    let folder = tempfile::tempdir().unwrap();
    let root = Authority::root("Private Root");
    let web = Web::start();
    web.reply("/ca.crl", Reply::Bytes(Crl::new(NOW - time::Duration::hours(1)).signed_by(&root)));
    let file = folder.path().join("www.pem");
    std::fs::write(&file, &root.issue(&leaf(&["www.example.com"]).crl_at(&web.url("/ca.crl"))).pem).unwrap();
    for (form, path) in forms(&root.pem, folder.path()) {
        let asked = web.asked().len();
        let asking = ["--check-revocation", "--ca-file"].map(OsStr::new);
        let (code, text) = check(asking.into_iter().chain([path.as_os_str(), file.as_os_str()]));
        assert_eq!(code, Some(0), "{form}: {text}");
        assert_eq!(web.asked().len(), asked + 1, "{form}");
    }
}

#[test]
fn a_ca_file_without_a_root_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("README"), "no root\n").unwrap();
    let (code, text) = check([OsStr::new("--ca-file"), folder.path().as_os_str(), OsStr::new("127.0.0.1:1")]);
    assert_eq!(code, Some(3), "{text}");
    let said = format!("the CA file `{}` holds no certificate", folder.path().display());
    assert!(text.contains(&said), "{text}");
}
