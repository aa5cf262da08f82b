//! What a digest says.

use super::Clock;
use crate::event::{Digest, ListRow};

/// The sentences of digests. Names are harmless where they will stand.
pub(in crate::render) trait Digests {
    /// What a row of it is called.
    fn digest_label(&self) -> &'static str;
    /// A clause for subjects and titles.
    fn digest_headline(&self, digest: &Digest) -> String;
    /// The headings of its lists.
    fn digest_headings(&self) -> Headings;
    /// One certificate of a list.
    fn digest_row(&self, row: &ListRow, clock: Clock<'_>) -> String;
    /// Instead of lists: nothing is in them, or it is not known yet.
    fn digest_without_lists(&self, digest: &Digest) -> Option<&'static str>;
    /// So many rows are not named.
    fn digest_more(&self, left_out: usize) -> String;
    /// Why a recipient has it.
    fn asked_for(&self, written: &str) -> String;

    /// A list each: its heading, and a line for each row.
    fn digest(&self, digest: &Digest, clock: Clock<'_>) -> Vec<String> {
        let headings = self.digest_headings();
        let lists =
            [(headings.coming, &digest.coming), (headings.renewed, &digest.renewed), (headings.unseen, &digest.unseen)];
        let lists = lists.into_iter().filter(|(_, list)| list.count() > 0).map(|(heading, list)| {
            let rows = list.rows.iter().map(|row| self.digest_row(row, clock));
            let more = (list.left_out > 0).then(|| self.digest_more(list.left_out));
            std::iter::once(heading.to_owned()).chain(rows).chain(more).collect::<Vec<_>>().join("\n")
        });
        self.digest_without_lists(digest).map(str::to_owned).into_iter().chain(lists).collect()
    }
}

/// What stands above the lists.
pub(in crate::render) struct Headings {
    pub(super) coming: &'static str,
    pub(super) renewed: &'static str,
    pub(super) unseen: &'static str,
}
