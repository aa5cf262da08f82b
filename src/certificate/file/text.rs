//! Text in any encoding: its PEM blocks, and what is encoded in the text around them.

use std::borrow::Cow;

use super::contents::{Contents, ReadContext};
use super::pem;
use super::pem_block::{Block, Kind};
use super::{container, embedded, embedded_der};

/// Adds what stands in `text`.
pub(super) fn read(text: &[u8], context: &mut ReadContext<'_>, contents: &mut Contents) {
    let mut position = 0;
    let line_at = |offset: usize| Some(super::line_at(text, offset));
    loop {
        let block = Block::next(text, position);
        let gap = &text[position..block.as_ref().map_or(text.len(), |block| block.start)];
        let line_in_gap = |offset: usize| line_at(position + offset);
        embedded::read(gap, &line_in_gap, context, contents);
        // What stands before an END line alone is a part of that block, of which the finding tells.
        let is_body = block.as_ref().is_some_and(|block| block.kind == Kind::EndAlone);
        let gap = if is_body { embedded_der::without_last(gap) } else { gap };
        embedded_der::read(gap, &line_in_gap, context, contents);
        let Some(block) = block else { return };
        position = block.end;
        pem::add(&block, &line_at, context, contents);
    }
}

/// Adds what `bytes` hold that stand in something else: a container, or text.
pub(super) fn read_value(bytes: &[u8], context: &mut ReadContext<'_>, contents: &mut Contents) {
    if container::is_it(bytes) {
        container::read(bytes, context, contents);
    } else {
        read(&plain_text(bytes), context, contents);
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
