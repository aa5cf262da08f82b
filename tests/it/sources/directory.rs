//! Which files of a directory are opened, by what people call them.

use tempfile::TempDir;

use super::{names, rows};
use crate::support::certificates::leaf;

#[test]
fn bundles_and_stores_are_found_under_the_names_that_people_use() {
    let folder = TempDir::new().unwrap();
    let called = [
        "api.bundle",
        "api.ca-bundle",
        "app.keystore",
        "app.truststore",
        "cacerts",
        "client.truststore.jks",
        "jwks.json",
        "keystore",
        "org.mobileconfig",
        "server.pkcs12",
        "terraform.tfstate",
        "truststore",
        "www-ca-bundle",
    ];
    for name in called {
        std::fs::write(folder.path().join(name), leaf(&[&format!("{}.example.com", name.len())]).self_signed().pem)
            .unwrap();
    }
    for name in ["README", "notes.txt", "privkey.pem", "server-key.pem", "main.xml"] {
        std::fs::write(folder.path().join(name), "nothing").unwrap();
    }
    let rows = rows(folder.path(), &["."], b"");
    let mut shown: Vec<&str> = names(&rows).iter().map(|name| name.trim_start_matches("./")).collect();
    shown.sort_unstable();
    assert_eq!(shown, called);
}
