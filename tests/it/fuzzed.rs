//! Files from anywhere, bent: certificates and what holds them, the policy file, the state.

use std::fs;
use std::path::{Path, PathBuf};

use certnotify::cause::ReadError;
use certnotify::certificate::{Issuers, read_file};
use certnotify::policy::{self, Files, SourceFile, Zone};
use certnotify::record;
use tempfile::TempDir;
use time::macros::datetime;

use crate::memory::history;
use crate::support::mutation::fuzz;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn files_in(folder: &str, endings: &[&str]) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(Path::new(ROOT).join(folder)).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|it| endings.iter().any(|ending| it == *ending)));
    assert!(!paths.is_empty(), "{folder}");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn assert_read(bytes: &[u8]) {
    for password in [None, Some("päss wörd")] {
        for chain in read_file(bytes, &mut Issuers::default(), password).linked() {
            let _ = format!("{chain:?}");
        }
    }
}

#[test]
fn no_certificate_in_der_brings_a_reader_down() {
    let pems = files_in("examples/certificates", &["pem"]);
    let read = pems.iter().flat_map(|pem| read_file(pem, &mut Issuers::default(), None).certificates);
    let ders: Vec<Vec<u8>> = read.map(|certificate| certificate.der.clone()).collect();
    assert!(!ders.is_empty());
    fuzz("der", &ders, assert_read);
}

#[test]
fn no_certificate_in_pem_brings_a_reader_down() {
    fuzz("pem", &files_in("examples/certificates", &["pem"]), assert_read);
}

#[test]
fn no_store_of_pkcs_brings_a_reader_down() {
    fuzz("pkcs", &files_in("tests/it/containers", &["p12", "p7b"]), assert_read);
}

#[test]
fn no_store_of_java_brings_a_reader_down() {
    fuzz("jks", &[crate::containers::a_java_store()], assert_read);
}

#[test]
fn no_text_with_certificates_in_it_brings_a_reader_down() {
    use base64::Engine as _;
    let pem = files_in("examples/certificates", &["pem"]).remove(0);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&pem);
    let text = String::from_utf8(pem).unwrap();
    let seeds = [
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: www\n  namespace: shop\ndata:\n  tls.crt: {encoded}\n"
        ),
        format!("{{\"kind\":\"Secret\",\"metadata\":{{\"name\":\"www\"}},\"data\":{{\"tls.crt\":\"{encoded}\"}}}}"),
        serde_json::json!({ "certificate": text, "more": [text] }).to_string(),
        format!(
            "<EntityDescriptor><KeyDescriptor><X509Certificate>{encoded}</X509Certificate></KeyDescriptor></EntityDescriptor>"
        ),
        format!("client:\n  ca: |\n    {}\n", text.replace('\n', "\n    ")),
    ];
    fuzz("texts", &seeds.map(String::into_bytes), assert_read);
}

struct NoFiles;

impl Files for NoFiles {
    fn matching(&mut self, _: &Path) -> Result<Vec<PathBuf>, String> {
        Ok(Vec::new())
    }

    fn policies(&mut self, _: &Path) -> Result<SourceFile, String> {
        Err("there is none".to_owned())
    }

    fn list(&mut self, _: &Path) -> Result<SourceFile, ReadError> {
        Ok(SourceFile::new("/list", "a.example\n"))
    }
}

#[test]
fn no_policy_file_brings_its_reader_down() {
    let mut seeds = files_in("examples/policies", &["toml"]);
    seeds.push(fs::read(Path::new(ROOT).join("policies.example.toml")).unwrap());
    fuzz("policies", &seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let main = SourceFile::new("/etc/certnotify/policies.toml", &*text);
        if let Err(problems) = policy::parse(main, &Zone::UTC, &mut NoFiles).policies {
            assert!(!policy::report(Path::new("/etc/certnotify/policies.toml"), &problems).is_empty());
        }
    });
}

#[test]
fn no_state_and_no_journal_bring_their_reader_down() {
    let place = TempDir::new().unwrap();
    let (state, policies) = (place.path().join("state.json"), Path::new("/policies.toml"));
    let now = datetime!(2026-11-22 08:07:12 UTC);
    let mut opened = record::StateFile::open(&state, policies, false, now).unwrap();
    opened.file.save(&history(3)).unwrap();
    drop(opened);
    let seeds = [fs::read(&state).unwrap()];
    fuzz("states", &seeds, |bytes| {
        fs::write(&state, bytes).unwrap();
        if let Ok((mut history, notices)) = record::read(&state, policies, false, now) {
            let _ = format!("{notices:?}");
            history.clamp_to_now(now);
            let _ = history.as_recorded();
        }
    });
}
