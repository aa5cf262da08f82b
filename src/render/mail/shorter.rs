//! Shorter forms of a digest, for a mail server that does not take the whole of it.

use std::sync::Arc;

use super::finished;
use super::letter::{Letter, LetterLine};
use crate::render::{AttachmentKind, Mail};

/// The rows that a digest was laid out of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortenable(pub(super) Arc<Letter>);

/// Rows with names in a digest without its table, in the order in which these are tried.
const NAMED: [usize; 3] = [500, 50, 5];

impl Mail {
    /// The next shorter form: first the details go, which the table has as well, then the table, then names.
    /// Nothing where it is as short as can be.
    #[must_use]
    pub fn shortened(&self) -> Option<Self> {
        let mut letter = Letter::clone(&self.letter.as_ref()?.0);
        let rows = letter.rows().count();
        let has_table = self.attachments.iter().any(|attachment| attachment.kind == AttachmentKind::Table);
        let mut attachments = self.attachments.clone();
        if letter.rows().any(LetterLine::has_details) {
            letter.cut(usize::MAX, 0);
        } else if has_table {
            attachments.retain(|attachment| attachment.kind != AttachmentKind::Table);
            letter.without_file();
        } else if !attachments.is_empty() {
            attachments.clear();
        } else {
            letter.cut(NAMED.into_iter().find(|named| *named < rows)?, 0);
        }
        let mail = finished(self.subject.clone(), &letter, self.thread.clone());
        Some(Self { attachments, letter: Some(Shortenable(Arc::new(letter))), ..mail })
    }
}
