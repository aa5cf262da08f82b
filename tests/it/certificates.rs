//! Reading certificates out of bytes: every fact exact, every oddity survived.

mod made_by_openssl;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use certnotify::certificate::{
    Certificate, CertificateWithDer, Contents, Issuers, Names, read_der, read_file, sent, stored,
};
use proptest::prelude::*;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use time::Duration;
use time::macros::datetime;

use crate::support::certificates::{Authority, Leaf, NOW, leaf};
use made_by_openssl::{ANCIENT, DSA, PSS, WITH_SETTINGS};

fn read(bytes: &[u8]) -> Contents {
    read_file(bytes, &mut Issuers::default(), None)
}

fn only(bytes: &[u8]) -> Certificate {
    let contents = read(bytes);
    assert!(contents.bad.is_empty(), "{:?}", contents.bad);
    assert_eq!(contents.certificates.len(), 1);
    (*contents.certificates[0].certificate).clone()
}

fn some() -> Leaf {
    Authority::root("Root").issue(&leaf(&["www.example.com"]))
}

#[test]
fn the_facts_of_a_certificate_are_those_that_openssl_tells() {
    let ancient = only(ANCIENT.as_bytes());
    assert_eq!(ancient.subject, "CN=v1.example.com");
    assert_eq!(ancient.issuer, "CN=Old CA,O=Old");
    assert_eq!(ancient.serial, "ff00");
    assert_eq!((ancient.key.algorithm.as_str(), ancient.key.bits), ("RSA", Some(1024)));
    assert_eq!(ancient.signature_algorithm, "md5WithRSAEncryption");
    assert_eq!(ancient.fingerprint.to_string(), "98b79c95ef5aa0295a7e17d59f371c061ba65d55b7a11d4dfcc990b692173295");
    assert!(ancient.dns_names.is_empty() && !ancient.is_authority && !ancient.is_self_issued);

    let pss = only(PSS.as_bytes());
    assert_eq!((pss.serial.as_str(), pss.signature_algorithm.as_str()), ("-ff", "rsassaPss"));
    assert_eq!((pss.key.algorithm.as_str(), pss.key.bits), ("RSA", Some(2048)));
    let dsa = only(DSA.as_bytes());
    assert_eq!((dsa.key.algorithm.as_str(), dsa.key.bits), ("DSA", Some(1024)));
}

#[test]
fn keys_of_curves_have_the_bits_of_their_field() {
    for (algorithm, name, bits, signature) in
        [(&PKCS_ECDSA_P384_SHA384, "EC", Some(384), "ecdsa-with-SHA384"), (&PKCS_ED25519, "Ed25519", None, "ED25519")]
    {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = leaf(&["a.example"]).params.self_signed(&key).unwrap();
        let certificate = only(certificate.pem().as_bytes());
        assert_eq!((certificate.key.algorithm.as_str(), certificate.key.bits), (name, bits));
        assert_eq!(certificate.signature_algorithm, signature);
    }
}

#[test]
fn serial_numbers_are_hexadecimal_without_leading_zeros() {
    for (bytes, text) in [(&[0x00, 0x80][..], "80"), (&[0x0a], "a"), (&[0x01, 0x00], "100")] {
        let leaf = Authority::root("Root").issue(&leaf(&["a.example"]).serial(bytes));
        assert_eq!(only(leaf.pem.as_bytes()).serial, text);
    }
}

#[test]
fn dates_of_both_forms_are_exact_to_the_second() {
    let certificate = only(
        leaf(&["a.example"])
            .lives(datetime!(1999-12-31 23:59:59 UTC), datetime!(9999-12-31 23:59:59 UTC))
            .self_signed()
            .pem
            .as_bytes(),
    );
    assert_eq!(certificate.not_before, datetime!(1999-12-31 23:59:59 UTC));
    assert_eq!(certificate.not_after, datetime!(9999-12-31 23:59:59 UTC));
}

#[test]
fn a_certificate_without_readable_dates_is_an_error_that_shows_them() {
    let mut der =
        leaf(&["a.example"]).lives(datetime!(2020-01-01 0:00 UTC), datetime!(2060-02-03 4:05:06 UTC)).self_signed().der;
    let date = der.windows(15).position(|window| window == b"20600203040506Z").unwrap();
    der[date + 4..date + 6].copy_from_slice(b"99");
    let contents = read(&der);
    let message = contents.bad[0].to_string();
    assert!(contents.certificates.is_empty());
    assert!(message.contains("not-after `20609903040506Z`"), "{message}");
}

#[test]
fn hostile_names_keep_their_text_and_are_no_trouble() {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Evil, Inc.+CN=good.example");
    params.distinguished_name.push(DnType::CommonName, "\u{1b}[2J\u{202e}x");
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let certificate = only(certificate.pem().as_bytes());
    assert_eq!(certificate.subject, "CN=\\1b[2J\u{202e}x,O=Evil\\, Inc.\\+CN=good.example");
}

#[test]
fn an_empty_subject_and_five_thousand_names_are_read() {
    let names: Vec<String> = (0..5000).map(|index| format!("host-{index}.example.com")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut wish = leaf(&names);
    wish.params.distinguished_name = rcgen::DistinguishedName::new();
    let certificate = only(wish.self_signed().pem.as_bytes());
    assert_eq!(certificate.dns_names.len(), 5000);
    assert_eq!(certificate.subject, "");
    assert!(certificate.covers("host-4999.example.com"));
}

#[test]
fn text_keys_line_ends_and_marks_around_a_certificate_change_nothing() {
    let leaf = some();
    let pem = &leaf.pem;
    let with_dos_lines = pem.replace('\n', "\r\n");
    let with_old_mac_lines = pem.replace('\n', "\r");
    let indented = format!("    {}\n", pem.trim_end().replace('\n', "\n    "));
    let in_text = format!("Bag Attributes\n  friendlyName: -----BEGIN something\n---- ----\n{pem}\nthe end -----END\n");
    for text in [
        pem.clone(),
        pem.trim_end().to_owned(),
        with_dos_lines,
        with_old_mac_lines,
        format!("\u{feff}{pem}"),
        indented,
        in_text,
        pem.replace("BEGIN CERTIFICATE", "BEGIN X509 CERTIFICATE").replace("END CERTIFICATE", "END X509 CERTIFICATE"),
    ] {
        assert_eq!(only(text.as_bytes()).fingerprint, only(pem.as_bytes()).fingerprint, "{text}");
    }
    assert_eq!(only(&leaf.der).fingerprint, only(pem.as_bytes()).fingerprint);
    assert_eq!(only(WITH_SETTINGS.as_bytes()).fingerprint, only(ANCIENT.as_bytes()).fingerprint);

    let with_key = format!("{}{pem}{}", leaf.key_pem, leaf.key_pem);
    let contents = read(with_key.as_bytes());
    assert!(contents.holds_private_key && contents.certificates.len() == 1 && contents.bad.is_empty());
}

#[test]
fn a_broken_block_hides_no_other_and_is_told_with_its_line() {
    let (first, second, third) = (some().pem, some().pem, some().pem);
    let no_end = second.replace("-----END CERTIFICATE-----\n", "");
    let no_base64 = second.replacen('M', "!", 3);
    let other = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned();
    let cut = {
        let lines: Vec<&str> = second.lines().collect();
        [&lines[..3], &lines[lines.len() - 1..]].concat().join("\n") + "\n"
    };
    for (broken, reason) in [
        (no_end, "has no END line"),
        (no_base64, "is not base64"),
        (cut, "is not DER of a certificate (it ends too early)"),
        (other, "is not DER of a certificate (its elements are of other kinds)"),
    ] {
        let contents = read(format!("{first}{broken}{third}").as_bytes());
        assert_eq!(contents.certificates.len(), 2, "{reason}");
        assert_eq!(contents.bad_count, 1);
        let line = first.lines().count() + 1;
        let message = contents.bad[0].to_string();
        assert!(message.starts_with(&format!("certificate 2 (line {line}) {reason}")), "{message}");
    }
}

#[test]
fn containers_that_hold_nothing_readable_are_named() {
    for (bytes, name) in [
        (&b"\xfe\xed\xfe\xed\x00\x00\x00\x02"[..], "is a Java key store and broken"),
        (
            b"\x30\x81\x17\x02\x01\x03\x30\x12\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x05\x04\x03abc",
            "is PKCS#12 and broken",
        ),
        (b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\0\0\0\0", "is PKCS#7 and broken"),
    ] {
        let contents = read(bytes);
        let closed = contents.closed.map(|closed| closed.to_string()).unwrap_or_default();
        assert_eq!(closed, name);
        assert!(contents.certificates.is_empty());
    }
    let empty = read(b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n");
    assert_eq!(empty.bad[0].to_string(), "certificate 1 (line 1) holds no certificate");
    let whole = some().der;
    let cut = &whole[..whole.len() - 9];
    let in_yaml = format!("data:\n  ca.crt: {}\n", BASE64.encode(cut));
    for bytes in [cut, in_yaml.as_bytes()] {
        let bad = read(bytes).bad;
        assert_eq!(bad[0].to_string(), "certificate 1 is not DER of a certificate (it ends too early)");
    }
    assert_eq!(read(b"").closed, None);
    assert_eq!(read(b"hello").certificates.len(), 0);
}

#[test]
fn a_file_of_only_markers_is_read_in_the_time_of_its_length() {
    // Each of these would take minutes if any step looked back or ahead further than its line.
    let many = |piece: &str| piece.repeat(4 * 1024 * 1024 / piece.len());
    assert_eq!(read(many("-----BEGIN CERTIFICATE-----\n").as_bytes()).certificates.len(), 0);
    assert_eq!(read(many("-----BEGIN CERTIFICATE-----").as_bytes()).certificates.len(), 0);
    assert_eq!(read(many("----").as_bytes()).bad_count, 0);
    assert_eq!(read(many("-----BEGIN ").as_bytes()).bad_count, 0);
    assert!(read(many("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n").as_bytes()).bad_count > 1000);
}

#[test]
fn names_are_matched_as_rfc_9525_says() {
    let certificate = only(
        leaf(&[
            "*.example.com",
            "Example.COM",
            "xn--mnchen-3ya.example",
            "192.0.2.1",
            "2001:db8::1",
            "::ffff:192.0.2.3",
        ])
        .self_signed()
        .pem
        .as_bytes(),
    );
    let names = Names::new(&certificate);
    for covered in [
        "www.example.com", "WWW.EXAMPLE.COM", "www.example.com.", "example.com", "münchen.example", "192.0.2.1",
        "2001:0db8:0::1", "[2001:db8::1]", "*.example.com", "[::ffff:192.0.2.1]", "::ffff:c000:201", "192.0.2.3",
    ] {
        assert!(certificate.covers(covered) && names.cover(covered), "{covered}");
    }
    for not_covered in [
        "a.b.example.com",
        ".example.com",
        "example.org",
        "192.0.2.2",
        "www.xn--mnchen-3ya.example",
        "",
        "com",
        "*.com",
        "::ffff:192.0.2.2",
        // RFC 4291 §2.5.5.1: deprecated, and no IPv4 address.
        "::192.0.2.1",
    ] {
        assert!(!certificate.covers(not_covered) && !names.cover(not_covered), "{not_covered}");
    }
    let only_common_name = only(leaf(&[]).self_signed().pem.as_bytes());
    assert!(!only_common_name.covers("nobody"));
}

fn parsed(ders: &[&[u8]]) -> Vec<Arc<CertificateWithDer>> {
    ders.iter().map(|der| Arc::new(read_der(der).unwrap().0)).collect()
}

/// The subjects of each chain of a file.
fn subjects(ders: &[&[u8]]) -> Vec<Vec<String>> {
    stored(parsed(ders))
        .into_iter()
        .map(|linked| {
            let chain = linked.into_chain();
            let rest = chain.rest.iter().map(|issuer| issuer.subject.to_string());
            std::iter::once(chain.leaf.subject.to_string()).chain(rest).collect()
        })
        .collect()
}

#[test]
fn a_leaf_with_its_issuers_is_one_chain_and_strangers_stand_for_themselves() {
    let root = Authority::root("Root");
    let issuer = root.intermediate("Issuer");
    let other = Authority::root("Other");
    let leaf_a = issuer.issue(&leaf(&["a.example"]));
    let leaf_b = issuer.issue(&leaf(&["b.example"]));
    let (a, b) = ("CN=a.example", "CN=b.example");

    assert_eq!(subjects(&[&leaf_a.der, &issuer.der, &root.der]), [vec![a, "CN=Issuer", "CN=Root"]]);
    assert_eq!(subjects(&[&leaf_a.der, &root.der, &issuer.der]), [vec![a, "CN=Root", "CN=Issuer"]]);
    assert_eq!(subjects(&[&leaf_a.der, &leaf_b.der, &issuer.der]), [vec![a], vec![b, "CN=Issuer"]]);
    assert_eq!(subjects(&[&leaf_a.der, &other.der, &issuer.der]), [vec![a, "CN=Issuer"], vec!["CN=Other"]]);
    assert_eq!(subjects(&[&root.der, &other.der]), [vec!["CN=Root"], vec!["CN=Other"]]);
    assert_eq!(subjects(&[&issuer.der, &root.der, &other.der]), [vec!["CN=Issuer", "CN=Root"], vec!["CN=Other"]]);
}

#[test]
fn two_roots_of_one_name_do_not_chain() {
    let (first, second) = (Authority::root("Root"), Authority::root("Root"));
    assert_eq!(subjects(&[&first.der, &second.der]).len(), 2);
}

#[test]
fn an_issuer_of_the_same_name_with_another_key_is_a_stranger() {
    let (right, wrong) = (Authority::root("Root"), Authority::root("Root"));
    let leaf = right.issue(&leaf(&["a.example"]));
    assert_eq!(subjects(&[&leaf.der, &wrong.der]).len(), 2);
}

#[test]
fn only_an_issuer_before_its_child_is_misordered() {
    let root = Authority::root("Root");
    let issuer = root.intermediate("Issuer");
    let stranger = Authority::root("Stranger");
    let leaf = issuer.issue(&leaf(&["a.example"]));
    let is_misordered = |ders: &[&[u8]]| sent(parsed(ders)).unwrap().is_misordered;
    assert!(!is_misordered(&[&leaf.der, &issuer.der, &root.der]));
    assert!(is_misordered(&[&leaf.der, &root.der, &issuer.der]));
    assert!(!is_misordered(&[&leaf.der, &stranger.der, &issuer.der]));
    assert!(!is_misordered(&[&leaf.der, &leaf.der, &issuer.der]));
    assert!(sent(Vec::new()).is_none());
}

#[test]
fn a_long_line_of_issuers_is_read_without_end() {
    let mut ders = vec![Authority::root("0").der];
    let mut last = Authority::root("0");
    for level in 1..40 {
        last = last.intermediate(&level.to_string());
        ders.insert(0, last.der.clone());
    }
    let leaf = last.issue(&leaf(&["a.example"]));
    ders.insert(0, leaf.der);
    let ders: Vec<&[u8]> = ders.iter().map(Vec::as_slice).collect();
    assert_eq!(stored(parsed(&ders)).iter().map(|linked| 1 + linked.rest.len()).sum::<usize>(), ders.len());
}

#[test]
fn public_rules_for_lifetimes_go_by_the_date_of_issue() {
    let lives = |from, days| {
        let wish = leaf(&["a.example"]).lives(from, from + Duration::days(days) - Duration::SECOND);
        only(wish.self_signed().pem.as_bytes()).outlives_public_rules()
    };
    for (from, days) in [
        (datetime!(2026-03-14 23:00 UTC), 398),
        (datetime!(2026-03-15 0:00 UTC), 200),
        (datetime!(2027-03-15 0:00 UTC), 100),
        (datetime!(2029-03-15 0:00 UTC), 47),
    ] {
        assert!(!lives(from, days), "{from}");
        assert!(lives(from, days + 1), "{from}");
    }
    assert!(!lives(datetime!(2010-01-01 0:00 UTC), 3650));
    assert!(NOW > datetime!(2026-03-15 0:00 UTC));
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
        let _ = read_der(&bytes);
    }

    #[test]
    fn no_change_to_a_certificate_makes_reading_panic(
        changes in proptest::collection::vec((0.0..1.0, any::<u8>()), 1..12),
        cut in 0.0..1.2,
    ) {
        for pem in [ANCIENT, PSS, WITH_SETTINGS] {
            let mut text = pem.as_bytes().to_vec();
            let contents = read(&text);
            let mut der = contents.certificates[0].der.clone();
            for bytes in [&mut der, &mut text] {
                for (place, byte) in &changes {
                    let place = scaled(*place, bytes.len());
                    bytes[place] = *byte;
                }
                bytes.truncate(scaled(cut, bytes.len()));
            }
            let contents = read(&der);
            drop(stored(contents.certificates));
            let contents = read(&text);
            drop(stored(contents.certificates));
        }
    }

    #[test]
    fn no_name_makes_matching_panic(name in "\\PC{0,80}", wanted in "\\PC{0,80}") {
        let mut certificate = only(ANCIENT.as_bytes());
        certificate.dns_names = vec![name.clone()];
        prop_assert!(!certificate.covers(&wanted) || !wanted.is_empty());
        let _ = certificate.display_name();
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place in a few hundred bytes"
)]
fn scaled(share: f64, length: usize) -> usize {
    ((share * length as f64) as usize).min(length.saturating_sub(1))
}
