//! A PEM block is read wherever its BEGIN stands, or is a finding: joined files, odd encodings, escapes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certnotify::certificate::{Contents, Fingerprint};
use proptest::prelude::*;

use super::{bytes, chains, read, truth};

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIDSECRETSECRETSECRETSECRETSECRETSECRETSECR\n-----END PRIVATE KEY-----";

fn pem() -> String {
    String::from_utf8(bytes("chain.pem")).unwrap()
}

/// The blocks of the chain, without the line end after them.
fn blocks() -> Vec<String> {
    let pem = pem();
    let ends = pem.split_inclusive("-----END CERTIFICATE-----").filter(|block| block.contains("BEGIN"));
    ends.map(|block| block[block.find("-----BEGIN").unwrap()..].to_owned()).collect()
}

fn leaf_and_issuer(text: &[u8]) -> Vec<Fingerprint> {
    let contents = read(text, None);
    assert!(contents.bad.is_empty(), "{:?}", contents.bad);
    contents.certificates.iter().map(|parsed| parsed.certificate.fingerprint).collect()
}

/// Certificates that are read, and those that are told of.
fn told(contents: &Contents) -> usize {
    contents.certificates.len() + contents.bad_count
}

#[test]
fn blocks_that_are_joined_without_a_line_end_are_all_read() {
    let truth = truth().remove(0);
    let blocks = blocks();
    assert_eq!(leaf_and_issuer(blocks.concat().as_bytes()), truth);
    let shared = blocks.concat().replace("----------", "-----");
    assert_eq!(leaf_and_issuer(shared.as_bytes()), truth, "one row of dashes ends one block and begins the next");
}

#[test]
fn a_key_before_a_certificate_changes_nothing() {
    for glue in ["", " ", "\u{feff}", "\0", "\\n"] {
        let text = format!("{KEY}{glue}{}", blocks().join(glue));
        let contents = read(text.as_bytes(), None);
        assert!(contents.holds_private_key);
        assert!(!format!("{contents:?}").contains("SECRET"));
        assert_eq!(chains(contents), truth(), "{glue:?}");
    }
}

#[test]
fn what_stands_before_a_block_on_its_line_does_not_hide_it() {
    for before in ["\u{feff}", "\0\0", "subject=CN = a ", "ssl_cert: ", "tls=\"", "\u{a0}", "- ", "/* ", "#"] {
        let text = format!("{before}{}", pem());
        assert_eq!(leaf_and_issuer(text.as_bytes()), truth().remove(0), "{before:?}");
    }
}

#[test]
fn text_in_any_encoding_of_unicode_is_read() {
    let truth = truth().remove(0);
    let plain = format!("上 {}", pem());
    let little: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = plain.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(leaf_and_issuer(&[b"\xff\xfe", little.as_slice()].concat()), truth);
    assert_eq!(leaf_and_issuer(&[b"\xfe\xff", big.as_slice()].concat()), truth);
    assert_eq!(leaf_and_issuer(&little), truth);
    assert_eq!(leaf_and_issuer(&big), truth);
    assert_eq!(leaf_and_issuer(&[b"\xff\xfe", pem().as_bytes()].concat()), truth, "the mark of another encoding");
    assert_eq!(leaf_and_issuer(&[b"\xef\xbb\xbf\xef\xbb\xbf", pem().as_bytes()].concat()), truth);
    let (first, second) = (blocks()[0].clone(), blocks()[1].clone());
    let wide: Vec<u8> = second.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(leaf_and_issuer(&[first.as_bytes(), b"\n", &wide].concat()), truth, "half of it in UTF-16");
}

#[test]
fn line_ends_that_are_written_as_escapes_are_read() {
    let pem = pem();
    for end in [
        "\\n", "\\r\\n", "\\\\n", "\\\\r\\\\n", "\\\n", "\\u000a", " \n", "\t\r\n", "\r", "\n\n", "\n    ", "\\n\n  ",
        "\",\n\"",
    ] {
        let text = format!("{{\"certificate\": \"{}\"}}", pem.replace('\n', end));
        assert_eq!(leaf_and_issuer(text.as_bytes()), truth().remove(0), "{end:?}");
        let slashes = text.replace('/', "\\/");
        assert_eq!(leaf_and_issuer(slashes.as_bytes()), truth().remove(0), "{end:?}, slashes escaped");
        let secret = format!("{{\"data\":{{\"tls.crt\":\"{}\"}}}}", STANDARD.encode(pem.replace('\n', end)));
        assert_eq!(leaf_and_issuer(secret.as_bytes()), truth().remove(0), "{end:?} in a Secret");
    }
}

#[test]
fn a_comment_or_a_citation_is_read_too() {
    for mark in ["# ", "> ", "| ", "* ", ";"] {
        let text = format!("{mark}{}", pem().trim_end().replace('\n', &format!("\n{mark}")));
        assert_eq!(leaf_and_issuer(text.as_bytes()), truth().remove(0), "{mark:?}");
    }
}

#[test]
fn labels_and_dashes_of_other_forms_are_read() {
    let pem = pem();
    for (from, to) in [
        ("CERTIFICATE", "certificate"),
        ("CERTIFICATE", "X509 CERTIFICATE"),
        ("CERTIFICATE", "X.509 CERTIFICATE"),
        ("CERTIFICATE", "TRUSTED CERTIFICATE"),
        ("CERTIFICATE", " CERTIFICATE "),
        ("-----", "----"),
        ("-----", "-------"),
        ("-----", "---- "),
        ("-----", "–––––"),
        ("-----BEGIN", "  -----begin"),
        ("-----\n", "-----  \n"),
    ] {
        let text = pem.replace(from, to);
        assert_eq!(leaf_and_issuer(text.as_bytes()), truth().remove(0), "{to:?}");
    }
}

#[test]
fn a_block_that_lost_a_line_is_a_finding_and_hides_no_other() {
    let blocks = blocks();
    let (first, second) = (&blocks[0], &blocks[1]);
    let end = "-----END CERTIFICATE-----";
    let begin = "-----BEGIN CERTIFICATE-----";
    for broken in [
        first.replace(end, ""),
        first.replace(end, "-----END CERTIFICATE REQUEST-----"),
        first.replace(begin, ""),
        first.replace(begin, "-----BEGN CERTIFICATE-----"),
        first.replace("MII", "!!!"),
        format!("{begin}\n{end}"),
        begin.to_owned(),
        format!("{}{first}", KEY.replace("-----END PRIVATE KEY-----", "")).replace(begin, ""),
    ] {
        for text in [format!("{broken}\n{second}"), format!("{second}{broken}"), format!("{second}\n{broken}\n")] {
            let contents = read(text.as_bytes(), None);
            assert_eq!((contents.certificates.len(), contents.bad_count > 0), (1, true), "{text}");
        }
    }
    assert!(told(&read(format!("{begin}\n{first}").as_bytes(), None)) >= 2, "two BEGIN lines");
}

#[test]
fn a_sentence_that_names_the_marks_is_no_block() {
    for prose in [
        "Copy from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.\n",
        "# --- Begin certificate ---\n",
        "# ---- end certificate ----\n",
        "(`-----BEGIN CERTIFICATE-----`)\n",
    ] {
        let text = format!("{prose}{}\n{prose}", pem());
        assert_eq!(leaf_and_issuer(text.as_bytes()), truth().remove(0), "{prose}");
    }
}

#[test]
fn a_second_certificate_in_one_block_is_read() {
    let der = super::encoded_chain();
    let text = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der.concat()));
    assert_eq!(leaf_and_issuer(text.as_bytes()), truth().remove(0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_number_of_blocks_in_any_rubbish_none_is_passed_over(
        parts in prop::collection::vec((any::<bool>(), "[ -~\u{feff}\n\r\t\0\u{2013}]{0,40}"), 0..8),
    ) {
        let blocks = blocks();
        let mut text = String::new();
        let mut expected = 0;
        for (is_key, rubbish) in parts {
            text += &rubbish;
            text += if is_key { KEY } else { &blocks[0] };
            expected += usize::from(!is_key);
        }
        let contents = read(text.as_bytes(), None);
        prop_assert!(told(&contents) >= expected, "{} of {expected}: {text:?}", told(&contents));
    }
}
