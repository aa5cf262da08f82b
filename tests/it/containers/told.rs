//! What `check` says of containers, and how it is given a password.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, SerialNumber};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{PASSWORD, folder};
use crate::support::certificates::Authority;

/// After the containers were made.
const NOW: OffsetDateTime = datetime!(2030-01-01 00:00 UTC);

fn check(arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::cargo_bin("certnotify").unwrap();
    let now = NOW.format(&time::format_description::well_known::Rfc3339).unwrap();
    let Output { status, stdout, stderr } = command
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(folder())
        .args(["check", "--at", &now])
        .args(arguments)
        .output()
        .unwrap();
    (status.code().unwrap(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

fn password_file(at: &Path, password: &str) -> String {
    let path = at.join("password");
    std::fs::write(&path, format!("{password}\n")).unwrap();
    path.display().to_string()
}

#[test]
fn a_store_without_its_password_is_unknown_and_the_help_says_how_to_give_it() {
    let (code, said) = check(&["modern.p12"], &[]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("is PKCS#12 and needs a password"), "{said}");
    assert!(said.contains("--password-file"), "{said}");
}

#[test]
fn a_password_file_opens_stores_and_changes_nothing_else() {
    let at = tempfile::tempdir().unwrap();
    let right = password_file(at.path(), PASSWORD);
    let (code, said) = check(&["--password-file", &right, "modern.p12", "legacy.p12", "chain.pem"], &[]);
    assert_eq!(code, 0, "{said}");
    let wrong = password_file(at.path(), "not-that-one");
    let (code, said) = check(&["--password-file", &wrong, "modern.p12"], &[]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("the password does not open it") && !said.contains("not-that-one"), "{said}");
}

#[test]
fn a_password_file_that_is_not_there_is_said_before_anything_is_looked_at() {
    let (code, said) = check(&["--password-file", "/nowhere/password", "chain.pem"], &[]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("/nowhere/password") && !said.contains("shop.example.com"), "{said}");
}

#[test]
fn the_password_of_an_entry_comes_from_where_the_policy_file_says() {
    let at = tempfile::tempdir().unwrap();
    let policies = at.path().join("policies.toml");
    let store = folder().join("modern.p12");
    let text = format!(
        "[contacts.a]\nemail = \"a@example.com\"\n[[certificates]]\nname = \"store\"\nfile = \"{}\"\npassword = {{ env = \"STORE\" }}\n",
        store.display()
    );
    std::fs::write(&policies, text).unwrap();
    let policies = policies.display().to_string();
    let (code, said) = check(&["-p", &policies], &[("STORE", PASSWORD)]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = check(&["-p", &policies], &[]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("needs a password: the environment variable `STORE` is not set"), "{said}");
    let with_file = std::fs::read_to_string(&policies).unwrap().replace("env = \"STORE\"", "file = \"nowhere\"");
    std::fs::write(&policies, with_file).unwrap();
    let (code, said) = check(&["-p", &policies], &[]);
    assert!(code == 3 && said.contains("nowhere` cannot be read: no such file or directory"), "{said}");
    assert!(said.contains("help: store: make the file readable for the user certnotify runs as"), "{said}");
}

#[test]
fn a_directory_shows_every_store_and_names_those_that_stay_closed() {
    let (code, said) = check(&["--format", "json", "."], &[]);
    assert_eq!(code, 3);
    assert!(said.contains("modern.p12` is PKCS#12 and needs a password"), "{said}");
    assert!(said.contains("shop.example.com"), "{said}");
}

#[test]
fn a_revocation_list_that_was_not_renewed_is_critical() {
    let at = tempfile::tempdir().unwrap();
    let authority = Authority::root("Lists CA");
    let check_due = |left: Duration| {
        let list = CertificateRevocationListParams {
            this_update: NOW - Duration::days(7) + left,
            next_update: NOW + left,
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let path = at.path().join("list.crl");
        std::fs::write(&path, list.signed_by(&authority.issuer()).unwrap().der()).unwrap();
        check(&["--format", "json", &path.display().to_string()], &[])
    };
    let (code, said) = check_due(Duration::days(6));
    assert_eq!(code, 0, "{said}");
    let (code, said) = check_due(Duration::days(3));
    assert!(code == 1 && said.contains("its next list is due in 3 days"), "{said}");
    let (code, said) = check_due(Duration::days(-2));
    assert!(code == 2 && said.contains("its next list was due 2 days ago"), "{said}");
    assert!(said.contains("\"key\": null"), "{said}");
}
