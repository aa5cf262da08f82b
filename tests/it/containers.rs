//! Certificates in containers: each kind is known by its content, and none is passed over in silence.

pub(crate) mod hostile;
mod pem_anywhere;
mod text;
mod told;

use std::path::PathBuf;

use certnotify::certificate::{ChainWithDer, ContainerError, ContainerKind, Contents, Fingerprint, Issuers, read_file};

/// The password of the stores that `containers/make.sh` made.
pub(crate) const PASSWORD: &str = "päss wörd";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/containers")
}

pub(crate) fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn read(bytes: &[u8], password: Option<&str>) -> Contents {
    read_file(bytes, &mut Issuers::default(), password)
}

/// Leaf and issuers of each chain.
fn chains(contents: Contents) -> Vec<Vec<Fingerprint>> {
    let chain = |linked: ChainWithDer| {
        let rest = linked.rest.iter().map(|issuer| issuer.certificate.fingerprint);
        std::iter::once(linked.leaf.certificate.fingerprint).chain(rest).collect()
    };
    contents.linked().into_iter().map(chain).collect()
}

/// The one chain that all containers hold.
fn truth() -> Vec<Vec<Fingerprint>> {
    let truth = chains(read(&bytes("chain.pem"), None));
    assert_eq!(truth.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
    truth
}

fn stores() -> Vec<String> {
    let names = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let is_store = |name: &String| std::path::Path::new(name).extension().is_some_and(|ending| ending == "p12");
    let mut stores: Vec<String> = names.filter(is_store).collect();
    stores.sort();
    stores
}

pub fn a_java_store() -> Vec<u8> {
    java_store(JCEKS, &[java_key(&encoded_chain())])
}

#[test]
fn every_key_store_that_openssl_writes_shows_the_same_chain() {
    let stores = stores();
    assert!(stores.len() >= 20, "{stores:?}");
    for store in stores {
        let contents = read(&bytes(&store), Some(PASSWORD));
        assert_eq!(contents.closed, None, "{store}");
        assert!(contents.holds_private_key && contents.bad.is_empty(), "{store}");
        assert_eq!(chains(contents), truth(), "{store}");
    }
}

#[test]
fn a_store_without_a_password_or_with_certificates_in_the_clear_needs_none() {
    for store in ["empty-password.p12", "empty-password-legacy.p12", "clear.p12"] {
        assert_eq!(chains(read(&bytes(store), None)), truth(), "{store}");
        assert_eq!(chains(read(&bytes(store), Some("another"))), truth(), "{store}");
    }
}

#[test]
fn a_store_that_does_not_open_says_whether_a_password_is_missing_or_wrong() {
    for store in ["modern.p12", "legacy.p12", "rc4-40.p12", "pbes1-md5-rc2.p12", "no-mac.p12"] {
        let without = read(&bytes(store), None);
        assert_eq!(without.closed, Some(ContainerError::NeedsPassword), "{store}");
        assert!(without.certificates.is_empty());
        assert_eq!(read(&bytes(store), Some("wrong")).closed, Some(ContainerError::WrongPassword), "{store}");
    }
}

#[test]
fn a_bag_of_certificates_without_order_is_one_chain_leaf_first() {
    for container in ["unordered.p7b", "pem.p7b"] {
        assert_eq!(chains(read(&bytes(container), None)), truth(), "{container}");
    }
}

/// A key store of Java, version 2.
fn java_store(magic: [u8; 4], entries: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(entries.len()).unwrap();
    [&magic[..], &2_u32.to_be_bytes(), &count.to_be_bytes(), &entries.concat(), &[0; 20]].concat()
}

fn java_text(text: &str) -> Vec<u8> {
    [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat()
}

fn java_certificate(der: &[u8]) -> Vec<u8> {
    [&java_text("X.509")[..], &u32::try_from(der.len()).unwrap().to_be_bytes(), der].concat()
}

fn java_entry(kind: u32, alias: &str, rest: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &java_text(alias), &[0; 8], rest].concat()
}

const JKS: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
const JCEKS: [u8; 4] = [0xce; 4];

fn java_key(chain: &[Vec<u8>]) -> Vec<u8> {
    let chain_length = u32::try_from(chain.len()).unwrap();
    let chain: Vec<u8> = chain.iter().flat_map(|der| java_certificate(der)).collect();
    java_entry(1, "shop", &[&[0, 0, 0, 3, 7, 7, 7][..], &chain_length.to_be_bytes(), &chain].concat())
}

pub(crate) fn encoded_chain() -> Vec<Vec<u8>> {
    read(&bytes("chain.pem"), None).certificates.iter().map(|parsed| parsed.der.clone()).collect()
}

#[test]
fn a_java_key_store_shows_its_chains_without_any_password() {
    let chain = encoded_chain();
    let trusted = java_entry(2, "ca", &java_certificate(&chain[1]));
    for magic in [JKS, JCEKS] {
        let contents = read(&java_store(magic, &[java_key(&chain)]), None);
        assert!(contents.holds_private_key);
        assert_eq!(contents.closed, None);
        assert_eq!(chains(contents), truth());
        let trusted = chains(read(&java_store(magic, std::slice::from_ref(&trusted)), None));
        assert_eq!(trusted, [[truth()[0][1]]]);
    }
}

#[test]
fn certificates_behind_a_secret_key_of_java_are_found() {
    let secret = java_entry(3, "secret", b"\xac\xed\0\x05sr an object of Java \0\x05X.509 that ends somewhere");
    let contents = read(&java_store(JCEKS, &[secret, java_key(&encoded_chain())]), None);
    assert_eq!(contents.closed, None);
    assert_eq!(chains(contents), truth());
}

#[test]
fn a_java_key_store_that_is_cut_short_shows_what_it_has_and_says_so() {
    let chain = encoded_chain();
    let whole = java_store(JKS, &[java_key(&chain), java_entry(2, "ca", &java_certificate(&chain[1]))]);
    let contents = read(&whole[..whole.len() - 40], None);
    assert_eq!(contents.closed, Some(ContainerError::Broken(ContainerKind::JavaKeyStore)));
    assert_eq!(chains(contents), truth());
}
