//! Metadata of SAML: each certificate has its entity and its use.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::{findings, names, rows};
use crate::support::certificates::leaf;

const HEAD: &str = r#"<?xml version="1.0"?><!-- <KeyDescriptor use="none"> -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.org/saml">"#;

fn descriptor(usage: &str, base64: &str) -> String {
    format!(
        "<md:KeyDescriptor{usage}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
         <ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
}

/// In lines, as most programs write it.
fn folded(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("\n          {}\n        ", lines.join("\n          "))
}

#[test]
fn each_certificate_is_called_by_entity_and_use() {
    let folder = TempDir::new().unwrap();
    let made = ["a.example.org", "b.example.org", "c.example.org"].map(|name| leaf(&[name]).self_signed());
    let body = [
        descriptor(" use=\"signing\"", &folded(&made[0].der)),
        descriptor(" use='encryption'", &STANDARD.encode(&made[1].der)),
        descriptor("", &folded(&made[2].der)),
        // The same key for another role of the entity.
        descriptor(" use=\"signing\"", &folded(&made[0].der)),
    ];
    let text = format!("{HEAD}<md:IDPSSODescriptor>{}</md:IDPSSODescriptor></md:EntityDescriptor>", body.concat());
    std::fs::write(folder.path().join("metadata.xml"), text).unwrap();
    let by_name = rows(folder.path(), &["metadata.xml"], b"");
    let mut shown = names(&by_name);
    shown.sort_unstable();
    let of = |usage: &str| format!("metadata.xml/idp.example.org/saml/{usage}");
    assert_eq!(shown, [of("any-use"), of("encryption"), of("signing")]);
    assert_eq!(rows(folder.path(), &["."], b"").len(), 3);
}

#[test]
fn a_descriptor_without_a_certificate_in_it_is_a_finding_and_hides_no_other() {
    let folder = TempDir::new().unwrap();
    let good = leaf(&["a.example.org"]).self_signed();
    let body = [
        descriptor(" use=\"signing\"", "PASTE YOUR CERTIFICATE"),
        descriptor(" use=\"encryption\"", &folded(&good.der)),
        descriptor(" use=\"signing\"", &folded(&good.der[..200])),
    ];
    let text = format!("{HEAD}{}</md:EntityDescriptor>", body.concat());
    let rows = rows(folder.path(), &["-"], text.as_bytes());
    let broken = rows.iter().filter(|row| findings(row) == ["unparsable"]).count();
    let good = rows.iter().filter(|row| row["name"] == "idp.example.org/saml/encryption").count();
    assert_eq!((broken, good), (2, 1), "{rows:?}");
}
