//! Containers that are broken, or made to cost time.

use certnotify::certificate::{ContainerError, ContainerKind};

use super::{JCEKS, bytes, chains, encoded_chain, java_key, java_store, read, stores, truth};

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}

/// A store whose one part is encrypted by PBES2 with this many rounds.
pub(crate) fn store_of(rounds: &[u8]) -> Vec<u8> {
    let pkcs = |tail: &[u8]| element(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1][..], tail].concat());
    let derivation = [pkcs(&[5, 12]), element(0x30, &[element(4, &[1; 8]), element(2, rounds)].concat())].concat();
    let cipher = [element(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a]), element(4, &[0; 16])].concat();
    let scheme =
        [pkcs(&[5, 13]), element(0x30, &[element(0x30, &derivation), element(0x30, &cipher)].concat())].concat();
    let inner = [pkcs(&[7, 1]), element(0x30, &scheme), element(0x80, &[7; 64])].concat();
    let encrypted = element(0x30, &[element(2, &[0]), element(0x30, &inner)].concat());
    let part = element(0x30, &[pkcs(&[7, 6]), element(0xa0, &encrypted)].concat());
    let safe = element(4, &element(0x30, &part));
    let store = element(0x30, &[pkcs(&[7, 1]), element(0xa0, &safe)].concat());
    element(0x30, &[element(2, &[3]), store].concat())
}

#[test]
fn a_store_that_asks_for_billions_of_rounds_is_refused_at_once() {
    assert_eq!(read(&store_of(&[1]), None).closed, Some(ContainerError::NeedsPassword));
    for rounds in [&[0x7f, 0xff, 0xff, 0xff][..], &[0x7f; 8], &[0, 0x98, 0x96, 0x80]] {
        assert_eq!(read(&store_of(rounds), Some("x")).closed, Some(ContainerError::TooManyRounds));
    }
    assert_eq!(read(&store_of(&[0x7f; 20]), Some("x")).closed, Some(ContainerError::Broken(ContainerKind::Pkcs12)));
    assert_eq!(read(&store_of(&[0xff]), Some("x")).closed, Some(ContainerError::Broken(ContainerKind::Pkcs12)));
}

#[test]
fn no_container_that_is_cut_or_bent_anywhere_brings_a_reader_down() {
    let java = java_store(JCEKS, &[java_key(&encoded_chain())]);
    for (whole, step) in [(bytes("clear.p12"), 1), (bytes("unordered.p7b"), 1), (java, 1), (bytes("modern.p12"), 97)] {
        for position in (0..whole.len()).step_by(step) {
            let cut = read(&whole[..position], None);
            assert!(cut.certificates.len() <= 2);
            for bent in [0x00, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[position] = bent;
                let _ = chains(read(&bytes, None));
            }
        }
    }
}

#[test]
fn nesting_without_end_and_lengths_beyond_the_file_are_no_container() {
    for bytes in [[0x30, 0x80].repeat(100_000), [0x30, 0x84, 0xff, 0xff, 0xff, 0xff].repeat(1000)] {
        let contents = read(&bytes, None);
        assert!(contents.certificates.is_empty());
        assert!(contents.closed.is_some() || contents.bad_count > 0);
    }
}

/// The same store in BER as programs of Windows and NSS write it: no lengths, and the content in pieces.
#[test]
fn a_store_without_lengths_and_in_pieces_is_read_alike() {
    let whole = bytes("clear.p12");
    let octets = |content: &[u8]| -> Vec<u8> { content.chunks(100).flat_map(|piece| element(4, piece)).collect() };
    let open = |tag: u8, content: &[u8]| [&[tag, 0x80], content, &[0, 0]].concat();
    // SEQUENCE { version, SEQUENCE { type, [0] { OCTET STRING } }, mac }, each head of four bytes.
    let (version, kind) = (&whole[4..7], &whole[11..22]);
    let length = usize::from(u16::from_be_bytes([whole[28], whole[29]]));
    assert_eq!((whole[7], whole[22], whole[26]), (0x30, 0xa0, 0x04));
    let pieces = open(0x24, &octets(&whole[30..30 + length]));
    let store = open(0x30, &[kind, &open(0xa0, &pieces)].concat());
    let whole = open(0x30, &[version, &store].concat());
    assert_eq!(chains(read(&whole, None)), truth());
}

#[test]
fn no_words_about_a_store_hold_its_password() {
    for store in stores() {
        let contents = read(&bytes(&store), Some("hunter2-hunter2"));
        assert!(!format!("{contents:?} {:?}", contents.closed.as_ref().map(ToString::to_string)).contains("hunter2"));
    }
}
