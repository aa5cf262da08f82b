//! Certificates within text: DER in base64, PEM with escapes; nothing within keys, and nothing where there is none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certnotify::certificate::{Contents, Issuers, read_file};
use proptest::prelude::*;
use serde_json::json;

use crate::support::certificates::leaf;
use crate::support::processor::time_of;

fn read(text: &[u8]) -> Contents {
    read_file(text, &mut Issuers::default(), None)
}

/// How many certificates, and how many broken ones.
fn found(text: impl AsRef<[u8]>) -> (usize, usize) {
    let contents = read(text.as_ref());
    (contents.certificates.len(), contents.bad_count)
}

fn lines(text: &str, width: usize, between: &str) -> String {
    let lines: Vec<&str> = text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join(between)
}

#[test]
fn bare_base64_is_read_however_it_is_folded_and_escaped() {
    let made = leaf(&["www.example.com"]).self_signed();
    let text = STANDARD.encode(&made.der);
    let forms = [
        text.clone(),
        format!("{text}\n"),
        lines(&text, 64, "\n"),
        lines(&text, 76, "\r\n"),
        lines(&text, 64, "\\n"),
        lines(&text, 64, "\\r\\n"),
        lines(&text, 64, "&#13;\n"),
        lines(&text, 60, "\n\t\t"),
        text.replace('/', "\\/"),
        text.replace('+', "\\u002B"),
        format!("\"{text}\""),
        format!("certificate={text}"),
        format!("<data>\n\t{}\n\t</data>", lines(&text, 52, "\n\t")),
        format!("cert: >-\n  {}\nother: 1\n", lines(&text, 70, "\n  ")),
    ];
    for form in forms {
        assert_eq!(found(&form), (1, 0), "{form}");
    }
}

#[test]
fn key_sets_states_and_answers_of_stores_are_read() {
    let one = leaf(&["one.example.com"]).self_signed();
    let two = leaf(&["two.example.com"]).self_signed();
    let base64 = |der: &[u8]| STANDARD.encode(der);
    let jwks = json!({ "keys": [
        { "kty": "EC", "kid": "1", "x5c": [base64(&one.der)], "x5t": "MIIByg" },
        { "kty": "EC", "kid": "2", "x5c": [base64(&two.der)], "n": "MIIsZ0nAoK" },
    ] });
    let state = json!({ "resources": [{ "instances": [
        { "attributes": { "cert_pem": one.pem, "private_key_pem": one.key_pem, "id": "MII" } },
        { "attributes": { "certificate": base64(&two.der), "key": base64(&two.key_der) } },
    ] }] });
    let vault = json!({ "data": { "certificate": one.pem, "issuing_ca": two.pem, "private_key": one.key_pem } });
    let azure =
        json!({ "cer": base64(&one.der), "kid": "https://v.example/keys/a", "x509Thumbprint": "rZ0=", "b": [two.pem] });
    for text in [jwks, state, vault, azure] {
        assert_eq!(found(text.to_string()), (2, 0), "{text}");
        assert_eq!(found(serde_json::to_string_pretty(&text).unwrap()), (2, 0), "{text}");
    }
}

#[test]
fn keys_requests_and_other_base64_are_passed_over() {
    let made = leaf(&["www.example.com"]).self_signed();
    let key = rcgen::KeyPair::generate().unwrap();
    let request = rcgen::CertificateParams::default().serialize_request(&key).unwrap();
    let noise: Vec<u8> = (0..3000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let mut sequence = vec![0x30, 0x82, 0x0b, 0x00];
    sequence.extend(&noise[..0x0b00]);
    let texts = [
        STANDARD.encode(request.der()),
        STANDARD.encode(key.serialize_der()),
        STANDARD.encode(&noise),
        STANDARD.encode(&sequence),
        format!("MII {}", "MIIword ".repeat(100)),
        "MII".repeat(1000),
        // A certificate within a key is none.
        made.key_pem.replacen('\n', &format!("\n{}\n", STANDARD.encode(&made.der)), 1),
    ];
    for text in texts {
        assert_eq!(found(&text), (0, 0), "{text}");
    }
}

#[test]
fn a_certificate_that_is_cut_short_or_broken_is_a_finding() {
    let made = leaf(&["www.example.com"]).self_signed();
    let whole = STANDARD.encode(&made.der);
    assert_eq!(found(format!("{{\"x5c\":[\"{}\"]}}", &whole[..whole.len() / 2])), (0, 1));
    let mut broken = made.der.clone();
    let dates = broken.windows(2).position(|pair| pair == [0x17, 0x0d]).unwrap();
    broken[dates + 2..dates + 8].copy_from_slice(b"999999");
    assert_eq!(found(format!("{{\"x5c\":[\"{}\",\"{whole}\"]}}", STANDARD.encode(&broken))), (1, 1));
}

#[test]
fn four_times_the_text_takes_about_four_times_as_long() {
    let time = |text: &[u8]| time_of(|| drop(read(text)));
    let head = STANDARD.encode([0x30, 0x83, 0x3f, 0xff, 0xff]);
    for piece in ["MII ", "MIID", "MIM/////", "/u3+7Q ", "<KeyDescriptor use='", head.as_str()] {
        let small = piece.repeat(400_000 / piece.len());
        let large = piece.repeat(1_600_000 / piece.len());
        let (small, large) = (time(small.as_bytes()), time(large.as_bytes()));
        assert!(large < small * 16 + std::time::Duration::from_millis(500), "{piece}: {small:?}, {large:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_fail(bytes in proptest::collection::vec(any::<u8>(), 0..2000), start in 0_usize..8) {
        let starts: [&[u8]; 8] = [
            b"", b"MII", b"{\"kind\":\"List\",\"items\":[", b"<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"><KeyDescriptor>",
            b"/u3+7QAAAAI", b"\x30\x82", b"\xfe\xed\xfe\xed\0\0\0\x02", b"-----BEGIN CERTIFICATE-----\n",
        ];
        let text = [starts[start], &bytes].concat();
        read(&text);
        read(STANDARD.encode(&text).as_bytes());
    }

    #[test]
    fn a_certificate_is_found_in_any_text_around_it(before in "[^-]{0,200}", after in "[^-]{0,200}") {
        let der = crate::containers::encoded_chain().remove(0);
        // What could be a part of the base64 stands apart from it.
        let text = format!("{before}\u{0}|{}|{after}", STANDARD.encode(der));
        prop_assert_eq!(found(&text).0, 1);
    }
}
