//! Metadata of SAML: each certificate has its entity and its use.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{certnotify, findings, names, rows};
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

/// One certificate until 2027 in metadata with these attributes of its group, its entity and its role.
fn with_ends(group: &str, entity: &str, role: &str) -> String {
    let end = datetime!(2027-11-21 0:00 UTC);
    let made = leaf(&["a.example.org"]).lives(datetime!(2020-01-01 0:00 UTC), end).self_signed();
    let body = descriptor(" use=\"signing\"", &folded(&made.der));
    format!(
        "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" {group}><EntityDescriptor \
         entityID=\"https://other.example\" validUntil=\"2026-11-22T00:00:00Z\"><SPSSODescriptor/></EntityDescriptor>\
         <EntityDescriptor entityID=\"https://idp.example\" {entity}><IDPSSODescriptor validUntil=\"2026-11-22T00:00:00Z\" \
         /><IDPSSODescriptor {role}>{body}</IDPSSODescriptor></EntityDescriptor></EntitiesDescriptor>"
    )
}

#[test]
fn metadata_that_ends_first_ends_its_certificates_whichever_element_says_so() {
    let folder = TempDir::new().unwrap();
    let early = "validUntil=\"2026-11-26T07:07:00Z\"";
    let late = "validUntil='2027-03-01T02:00:00.000+02:00'";
    for (text, end) in [
        (with_ends(early, "", ""), "2026-11-26T07:07:00Z"),
        (with_ends("", early, late), "2026-11-26T07:07:00Z"),
        (with_ends(late, "", early), "2026-11-26T07:07:00Z"),
        (with_ends("", "", "validUntil=\"2026-11-26T07:07:00\""), "2026-11-26T07:07:00Z"),
        (with_ends("", late, ""), "2027-03-01T00:00:00Z"),
    ] {
        let rows = rows(folder.path(), &["-"], text.as_bytes());
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows[0]["effective_not_after"], end, "{text}");
        assert_eq!(rows[0]["not_after"], "2027-11-21T00:00:00Z");
        assert_eq!(rows[0]["limited_by"]["subject"], "SAML metadata of idp.example");
        assert_eq!(rows[0]["limited_by"]["not_after"], end);
        let is_near = end.starts_with("2026");
        assert_eq!(findings(&rows[0]), if is_near { vec!["expires-soon"] } else { vec![] });
        if is_near {
            let message = rows[0]["findings"][0]["message"].as_str().unwrap();
            assert_eq!(message, "expires in 5 days, with the metadata of `idp.example`");
        }
    }
}

#[test]
fn metadata_that_outlasts_its_certificates_or_names_no_date_limits_nothing() {
    let folder = TempDir::new().unwrap();
    for attribute in ["", "validUntil=\"2040-01-01T00:00:00Z\"", "validUntil=\"soon\"", "cacheDuration=\"P1D\""] {
        let rows = rows(folder.path(), &["-"], with_ends("", attribute, "").as_bytes());
        assert_eq!(rows[0]["effective_not_after"], "2027-11-21T00:00:00Z", "{attribute}");
        assert!(rows[0]["limited_by"].is_null(), "{attribute}");
    }
}

#[test]
fn a_message_says_that_the_metadata_ends_and_what_to_do() {
    for (language, said) in [("en", "SAML metadata of idp.example is valid until"), ("zh-CN", "SAML 元数据届时失效")]
    {
        let folder = TempDir::new().unwrap();
        let now = OffsetDateTime::from(std::fs::metadata(folder.path()).unwrap().modified().unwrap());
        let soon = (now + Duration::days(5)).format(&Rfc3339).unwrap();
        let body = leaf(&["a.example.org"]).lives(now - Duration::days(400), now + Duration::days(800)).self_signed();
        let key = descriptor("", &folded(&body.der));
        let text = HEAD.replace(
            "entityID=\"https://idp.example.org/saml\"",
            &format!("entityID=\"https://idp.example\" validUntil=\"{soon}\""),
        );
        std::fs::write(folder.path().join("metadata.xml"), format!("{text}{key}</md:EntityDescriptor>")).unwrap();
        let policies = format!(
            "[settings]\nlanguage = \"{language}\"\n[contacts.ops]\nemail = \"ops@example.com\"\n\
             [policies.default]\nchannels = [\"inbox\"]\n[[certificates]]\nname = \"idp\"\nfile = \"metadata.xml\"\n"
        );
        std::fs::write(folder.path().join("policies.toml"), policies).unwrap();
        certnotify(folder.path(), &["run", "--quiet"], b"");
        let shown = certnotify(folder.path(), &["inbox", "show", "1"], b"");
        let text = String::from_utf8(shown.stdout).unwrap();
        let joined: String =
            text.lines().map(str::trim).collect::<Vec<_>>().join(if language == "en" { " " } else { "" });
        assert!(joined.contains(said), "{text} {}", String::from_utf8_lossy(&shown.stderr));
    }
}
