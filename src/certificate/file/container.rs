//! What is no text: DER, PKCS#7, PKCS#12 and Java key stores, known by their first bytes.

use std::sync::Arc;

use super::contents::{ContainerError, ContainerKind, Contents, ReadContext};
use super::{jks, pkcs7, pkcs12};
use crate::certificate::der;
use crate::certificate::der::ber::Elements;
use crate::certificate::revocation::revocation_list;

/// Text never has such a second byte; an element of DER of more than 127 bytes always has.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    bytes.len() > 2 && bytes[0] == 0x30 && matches!(bytes[1], 0x80..=0x84) || jks::is_it(bytes)
}

/// Adds what stands in `bytes` that are no text.
pub(super) fn read(bytes: &[u8], context: &mut ReadContext<'_>, contents: &mut Contents) {
    if jks::is_it(bytes) {
        jks::read(bytes, contents);
    } else if pkcs12::is_it(bytes) {
        contents.is_loose = contents.certificates.is_empty();
        pkcs12::read(bytes, context, contents);
    } else if pkcs7::is_it(bytes) {
        contents.is_loose = contents.certificates.is_empty();
        match pkcs7::read(bytes) {
            Some(held) => held.add_to(contents),
            None => contents.close(ContainerError::Broken(ContainerKind::Pkcs7)),
        }
    } else if is_private_key(bytes) {
        contents.holds_private_key = true;
    } else if revocation_list::is_it(bytes) {
        contents.add_encoded_list(bytes);
    } else {
        read_der(bytes, contents);
    }
}

pub(super) fn read_der(mut bytes: &[u8], contents: &mut Contents) {
    while bytes.first() == Some(&0x30) {
        let (certificate, rest) = match der::read(bytes) {
            Ok((parsed, taken)) => (Ok(Arc::new(parsed)), &bytes[taken..]),
            Err(fault) => (Err(fault.into()), &bytes[..0]),
        };
        contents.add(certificate, || None);
        bytes = rest;
    }
}

/// PKCS#1, PKCS#8 and SEC 1 begin with a small version, and go on with a number, an algorithm or a string.
pub(super) fn is_private_key(bytes: &[u8]) -> bool {
    let mut fields = Elements(Elements(bytes).next().map_or(&[][..], |outer| outer.content));
    let version = fields.optional(0x02).and_then(|version| version.unsigned());
    matches!((version, fields.next().map(|next| next.tag)), (Some(0 | 1), Some(0x02 | 0x04 | 0x30)))
}
