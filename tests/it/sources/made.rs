//! Files that the real programs made, as `made/make.sh` says: kubectl, keytool, certutil and pk12util of NSS, and terraform.

use std::path::Path;

use serde_json::Value;

use super::{findings, names, rows};

const LEAF: &str = "CN=shop.example.com";
const ROOT: &str = "CN=Made Root";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/sources/made"))
}

/// The name and the subject of each row, none of which has a finding.
fn shown(rows: &[Value]) -> Vec<(&str, &str)> {
    assert!(rows.iter().all(|row| findings(row).is_empty()), "{rows:?}");
    let mut shown: Vec<_> =
        names(rows).into_iter().zip(rows.iter().map(|row| row["subject"].as_str().unwrap())).collect();
    shown.sort_unstable();
    shown
}

#[test]
fn what_kubectl_prints_of_secrets_is_called_by_their_names() {
    let printed = std::fs::read(folder().join("secrets.json")).unwrap();
    let rows = rows(folder(), &["-"], &printed);
    assert_eq!(shown(&rows), [("web/shop", LEAF), ("web/trust", ROOT)]);
}

#[test]
fn a_kubeconfig_of_kubectl_has_the_authority_of_its_cluster_and_the_certificate_of_its_user() {
    let rows = rows(folder(), &["kubeconfig"], b"");
    let subjects: Vec<&str> = shown(&rows).into_iter().map(|(_, subject)| subject).collect();
    assert_eq!(subjects, [ROOT, LEAF]);
}

#[test]
fn stores_of_keytool_and_of_nss_and_the_state_of_terraform_show_their_certificate() {
    for (file, subject) in [
        ("cacerts", ROOT),
        ("app.keystore", LEAF),
        ("nss.p12", LEAF),
        ("certutil.txt", LEAF),
        ("terraform.tfstate", LEAF),
    ] {
        assert_eq!(shown(&rows(folder(), &[file], b"")), [(file, subject)]);
    }
}
