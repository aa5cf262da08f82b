//! Text that holds certificates: manifests of Kubernetes, UTF-16, and revocation lists among PEM blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certnotify::certificate::CertificateKind;
use rcgen::{CertificateRevocationListParams, KeyIdMethod, SerialNumber};
use time::macros::datetime;

use super::{bytes, chains, read, truth};
use crate::support::certificates::Authority;

fn chain_in_base64() -> String {
    STANDARD.encode(bytes("chain.pem"))
}

fn key_in_base64() -> String {
    STANDARD.encode("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
}

#[test]
fn the_certificates_of_a_kubernetes_secret_are_read_from_yaml_and_json() {
    let (chain, key) = (chain_in_base64(), key_in_base64());
    let yaml =
        format!("apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: {chain}\n  tls.key: {key}\ntype: kubernetes.io/tls\n");
    let quoted = format!("data: {{\"tls.crt\": \"{chain}\", \"tls.key\": \"{key}\"}}\n");
    let json = format!("{{\"data\":{{\"tls.crt\":\"{chain}\",\"tls.key\":\"{key}\"}}}}");
    for manifest in [yaml, quoted, json] {
        let contents = read(manifest.as_bytes(), None);
        assert!(contents.holds_private_key && contents.bad.is_empty(), "{manifest}");
        assert_eq!(chains(contents), truth(), "{manifest}");
    }
}

#[test]
fn a_value_that_is_folded_over_lines_is_read_whole() {
    let chain = chain_in_base64();
    let lines: Vec<&str> = chain.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let folded = format!("data:\n  tls.crt: |-\n    {}\n  tls.key: {}\n", lines.join("\n    "), key_in_base64());
    let contents = read(folded.as_bytes(), None);
    assert!(contents.bad.is_empty(), "{:?}", contents.bad);
    assert_eq!(chains(contents), truth());
}

#[test]
fn certificates_that_stand_in_a_manifest_as_they_are_are_read_too() {
    let pem = String::from_utf8(bytes("chain.pem")).unwrap().replace('\n', "\n    ");
    let manifest = format!("kind: Secret\nstringData:\n  tls.crt: |\n    {pem}\n");
    assert_eq!(chains(read(manifest.as_bytes(), None)), truth());
}

#[test]
fn a_kubeconfig_shows_the_authority_of_its_cluster_and_the_certificate_of_its_user() {
    let der = super::encoded_chain();
    let pem = |der: &[u8]| {
        let block = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der));
        STANDARD.encode(block)
    };
    let kubeconfig = format!(
        "clusters:\n- cluster:\n    certificate-authority-data: {}\n    server: https://a.example\nusers:\n- name: admin\n  \
         user:\n    client-certificate-data: {}\n    client-key-data: {}\n",
        pem(&der[1]),
        pem(&der[0]),
        key_in_base64()
    );
    let [leaf, authority] = truth()[0][..] else { panic!("a chain of two") };
    assert_eq!(chains(read(kubeconfig.as_bytes(), None)), [[authority], [leaf]]);
}

#[test]
fn a_value_that_should_be_a_certificate_and_is_none_is_named_with_its_line() {
    let wrong = |manifest: &str| {
        let contents = read(manifest.as_bytes(), None);
        assert!(contents.certificates.is_empty());
        contents.bad.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let garbage = format!("data:\n  tls.crt: {}\n", STANDARD.encode("no certificate at all"));
    assert_eq!(wrong(&garbage), ["certificate 1 (line 2) holds no certificate"]);
    assert_eq!(wrong("a:\n  b:\n    tls.crt: LS0tLS1CRUdJTi\n"), ["certificate 1 (line 3) holds no certificate"]);
    let cut = &chain_in_base64()[..200];
    assert_eq!(wrong(&format!("tls.crt: {cut}\n")), ["certificate 1 (line 1) has no END line"]);
    assert_eq!(wrong("tls.crt: null\nca.crt: \"\"\nother: value\n"), [""; 0]);
}

#[test]
fn text_in_utf_16_is_read_with_and_without_its_mark() {
    let text = String::from_utf8(bytes("chain.pem")).unwrap();
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    for bytes in [little(&text), big(&text), little(&format!("\u{feff}{text}")), big(&format!("\u{feff}{text}"))] {
        assert_eq!(chains(read(&bytes, None)), truth());
    }
}

#[test]
fn a_revocation_list_has_an_end_and_belongs_to_no_chain() {
    let authority = Authority::root("Lists CA");
    let list = CertificateRevocationListParams {
        this_update: datetime!(2026-11-01 00:00 UTC),
        next_update: datetime!(2026-11-08 00:00 UTC),
        crl_number: SerialNumber::from(0x1f),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&authority.issuer()).unwrap();
    let pem = list.pem().unwrap();
    let beside = [authority.pem.as_str(), &pem].concat();
    for bytes in [list.der().to_vec(), pem.into_bytes()] {
        let contents = read(&bytes, None);
        assert!(contents.certificates.is_empty() && contents.bad.is_empty());
        let list = &contents.lists[0].certificate;
        assert_eq!(list.kind, CertificateKind::RevocationList);
        assert_eq!((list.display_name().as_str(), list.serial.as_str()), ("CRL of Lists CA", "1f"));
        assert_eq!(
            (list.not_before, list.not_after),
            (datetime!(2026-11-01 00:00 UTC), datetime!(2026-11-08 00:00 UTC))
        );
    }
    assert_eq!(chains(read(beside.as_bytes(), None)).iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
}
