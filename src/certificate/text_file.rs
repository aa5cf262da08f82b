//! Text: its PEM blocks, and what is encoded in the text around them.

use super::contents::{Contents, PasswordContext};
use super::pem::{self, Issuers};
use super::pem_block::{Block, Kind};
use super::{embedded, embedded_der};

/// Adds what stands in `text`.
pub(super) fn read(text: &[u8], issuers: &mut Issuers, opener: &mut PasswordContext<'_>, contents: &mut Contents) {
    let mut position = 0;
    let line_at = |offset: usize| 1 + memchr::memchr_iter(b'\n', &text[..offset]).count();
    loop {
        let block = Block::next(text, position);
        let gap = &text[position..block.as_ref().map_or(text.len(), |block| block.start)];
        embedded::read(gap, position, &line_at, issuers, opener, contents);
        // What stands before an END line alone is a part of that block, of which the finding tells.
        let is_body = block.as_ref().is_some_and(|block| block.kind == Kind::EndAlone);
        let gap = if is_body { embedded_der::without_last(gap) } else { gap };
        embedded_der::read(gap, position, &line_at, opener, contents);
        let Some(block) = block else { return };
        position = block.end;
        pem::add(&block, &line_at, issuers, opener, contents);
    }
}
