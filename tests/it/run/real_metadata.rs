//! Metadata that `SimpleSAMLphp` publishes: of a provider before and after it announces its next key, and of a service.

use std::path::Path;

use serde_json::Value;

use super::real_servers::{Servers, agrees_with_openssl, certnotify, findings, servers};

/// The rows of `check` in this folder, by the policy file where there are no arguments.
fn rows(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = certnotify().current_dir(folder).args(["check", "--format", "json"]).args(arguments).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    report["certificates"].as_array().unwrap().clone()
}

/// Names, and what is found of each.
fn shown(rows: &[Value]) -> Vec<(&str, Vec<&str>)> {
    rows.iter().map(|row| (row["name"].as_str().unwrap(), findings(row))).collect()
}

/// The current key keeps the name, although the program writes the next one before it.
fn is_current_and_next(servers: &Servers, rows: &[Value], name: &str) {
    assert!(rows.len() == 2 && rows.iter().all(|row| findings(row).is_empty()), "{rows:?}");
    agrees_with_openssl(servers, &rows[0], "saml");
    agrees_with_openssl(servers, &rows[1], "saml-next");
    assert_eq!(rows[0]["name"], name);
    assert!(rows[1]["name"].as_str().unwrap().starts_with(&format!("{name}#")), "{}", rows[1]);
}

#[test]
fn the_metadata_of_a_real_provider_and_of_a_real_service_is_read_exactly() {
    let Some(servers) = servers() else { return };
    let folder = servers.file("saml");
    let of_provider = rows(&folder, &["idp.xml"]);
    assert_eq!(shown(&of_provider), [("idp.xml/idp.test/saml/signing", vec![])]);
    agrees_with_openssl(&servers, &of_provider[0], "saml");
    for (file, entity) in [("idp-next.xml", "idp.test"), ("sp-next.xml", "sp.test")] {
        let both = rows(&folder, &[file]);
        is_current_and_next(&servers, &both, &format!("{file}/{entity}/saml/signing"));
    }
}

#[test]
fn a_copy_lacks_the_next_key_of_a_real_provider_until_it_is_taken_over() {
    let Some(servers) = servers() else { return };
    let folder = tempfile::tempdir().unwrap();
    let published = format!("http://127.0.0.1:{}/saml2/idp/metadata.php", servers.port("SAML_PORT"));
    let check = |address: &str, copy: Option<&str>| {
        let file = if copy.is_some() { "file = \"idp.xml\"\n" } else { "" };
        let policy = format!(
            "[contacts.ops]\nemail = \"ops@example.com\"\n[[certificates]]\nname = \"idp\"\nmetadata = \"{address}\"\n{file}"
        );
        std::fs::write(folder.path().join("policies.toml"), policy).unwrap();
        if let Some(copy) = copy {
            std::fs::copy(servers.file("saml").join(copy), folder.path().join("idp.xml")).unwrap();
        }
        rows(folder.path(), &["--policies", "policies.toml"])
    };
    let with_next_key = format!("{published}?with-next-key");
    let signing = "idp/idp.test/saml/signing";
    let both = check(&with_next_key, None);
    is_current_and_next(&servers, &both, signing);
    let complete = check(&published, Some("idp.xml"));
    assert_eq!(shown(&complete), [(signing, vec![])], "{complete:?}");
    let lacking = check(&with_next_key, Some("idp.xml"));
    assert_eq!(shown(&lacking), [(signing, vec!["copy-outdated"])], "{lacking:?}");
    let message = lacking[0]["findings"][0]["message"].as_str().unwrap();
    let next = both[1]["fingerprint_sha256"].as_str().unwrap();
    assert!(message.contains(&next[..16]), "{message}");
    is_current_and_next(&servers, &check(&with_next_key, Some("idp-next.xml")), signing);
}
