//! What a digest lists, in the characters of a channel.

use super::Formatter;
use crate::event::{Digest, List, ListRow};
use crate::render::wording::{DigestFacts, DigestList, DigestRow};
use crate::text::untrusted::{NAME, cap};

impl Formatter<'_> {
    /// With as many rows of each list as the channel has room for.
    pub(super) fn digest(&self, digest: &Digest) -> DigestFacts {
        let row = |row: &ListRow| DigestRow {
            end: row.end,
            name: self.own(&cap(&row.name, NAME)),
            reminder: row.reminder,
            is_automatic: row.is_automatic,
            why: row.why.as_ref().map(|why| self.clause(why)).filter(|why| !why.is_empty()),
        };
        let list = |list: &List| {
            let rows: Vec<DigestRow> = list.rows.iter().take(self.listed).map(row).collect();
            let left_out = list.count().saturating_sub(rows.len());
            DigestList { rows, left_out }
        };
        let Digest { coming, renewed, unseen, is_planned, .. } = digest;
        DigestFacts { coming: list(coming), renewed: list(renewed), unseen: list(unseen), is_planned: *is_planned }
    }

    /// In a mail a paragraph for each list, in a chat a line for each row.
    pub(super) fn lines_of_digest(&self, lists: Vec<String>) -> Vec<String> {
        if self.limit == usize::MAX {
            return lists;
        }
        lists.iter().flat_map(|list| list.lines()).map(str::to_owned).collect()
    }
}
