//! What a digest lists, in the characters of a channel.

use super::Formatter;
use crate::cause::Clause;
use crate::event::{Digest, List, ListRow};
use crate::text::untrusted::{NAME, cap};

impl Formatter<'_> {
    /// The same with harmless names, and with as many of them as the channel has room for.
    pub(super) fn digest(&self, digest: Digest) -> Digest {
        let list = |list: List| {
            let List { rows, left_out } = list.shortened(self.listed);
            let row = |row: ListRow| ListRow {
                name: self.own(&cap(&row.name, NAME)),
                why: row.why.as_ref().map(|why| self.clause(why)).filter(|why| !why.is_empty()).map(Clause::Text),
                ..row
            };
            List { rows: rows.into_iter().map(row).collect(), left_out }
        };
        let Digest { contact, written, coming, renewed, unseen, is_planned } = digest;
        let written = self.own(&written);
        Digest { contact, written, coming: list(coming), renewed: list(renewed), unseen: list(unseen), is_planned }
    }

    /// In a mail a paragraph for each list, in a chat a line for each row.
    pub(super) fn lines_of_digest(&self, lists: Vec<String>) -> Vec<String> {
        if self.limit == usize::MAX {
            return lists;
        }
        lists.iter().flat_map(|list| list.lines()).map(str::to_owned).collect()
    }
}
