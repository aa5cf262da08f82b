//! A value that stands in something else: a container, or text in any encoding.

use std::borrow::Cow;

use super::contents::{Contents, PasswordContext};
use super::pem::Issuers;
use super::{container, text_file};

/// Adds what `bytes` hold.
pub(super) fn read(bytes: &[u8], issuers: &mut Issuers, opener: &mut PasswordContext<'_>, contents: &mut Contents) {
    if container::is_it(bytes) {
        container::read(bytes, opener, contents);
    } else {
        text_file::read(&plain_text(bytes), issuers, opener, contents);
    }
}

/// Text without the second bytes of UTF-16, which some programs of Windows write, in whole or in part.
pub(super) fn plain_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    const DASHES: &[u8] = b"-----";
    let marked = match bytes {
        [0xff, 0xfe, text @ ..] => Some((u16::from_le_bytes as fn([u8; 2]) -> u16, text)),
        [0xfe, 0xff, text @ ..] => Some((u16::from_be_bytes as fn([u8; 2]) -> u16, text)),
        _ => None,
    };
    match marked {
        // Some programs write the mark of one encoding, and the text in another.
        Some((_, text)) if memchr::memmem::find(text, DASHES).is_some() => without_nul(text),
        Some((unit, text)) => {
            let units = text.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
            let characters = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
            Cow::Owned(characters.collect::<String>().into_bytes())
        }
        None => without_nul(bytes),
    }
}

fn without_nul(bytes: &[u8]) -> Cow<'_, [u8]> {
    match memchr::memchr(0, bytes) {
        None => Cow::Borrowed(bytes),
        Some(_) => Cow::Owned(bytes.iter().copied().filter(|byte| *byte != 0).collect()),
    }
}
