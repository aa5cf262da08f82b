//! What a digest says.

use time::OffsetDateTime;

use super::Clock;

/// A digest in texts that are harmless where they will stand.
#[derive(Clone, Debug)]
pub(in crate::render) struct DigestFacts {
    pub(in crate::render) coming: DigestList,
    pub(in crate::render) renewed: DigestList,
    pub(in crate::render) unseen: DigestList,
    /// Its lists are made when it goes out.
    pub(in crate::render) is_planned: bool,
}

#[derive(Clone, Debug)]
pub(in crate::render) struct DigestList {
    pub(in crate::render) rows: Vec<DigestRow>,
    /// How many more there are.
    pub(in crate::render) left_out: usize,
}

/// A certificate in a list.
#[derive(Clone, Debug)]
pub(in crate::render) struct DigestRow {
    pub(in crate::render) end: Option<OffsetDateTime>,
    pub(in crate::render) name: String,
    /// When its next reminder goes out.
    pub(in crate::render) reminder: Option<OffsetDateTime>,
    pub(in crate::render) is_automatic: bool,
    /// Why it could not be seen.
    pub(in crate::render) why: Option<String>,
}

impl DigestList {
    pub(super) fn count(&self) -> usize {
        self.rows.len().saturating_add(self.left_out)
    }
}

/// The sentences of digests.
pub(in crate::render) trait Digests {
    /// What a row of it is called.
    fn digest_label(&self) -> &'static str;
    /// A clause for subjects and titles.
    fn digest_headline(&self, digest: &DigestFacts) -> String;
    /// The headings of its lists.
    fn digest_headings(&self) -> Headings;
    /// One certificate of a list.
    fn digest_row(&self, row: &DigestRow, clock: Clock<'_>) -> String;
    /// Instead of lists: nothing is in them, or it is not known yet.
    fn digest_without_lists(&self, digest: &DigestFacts) -> Option<&'static str>;
    /// So many rows are not named.
    fn digest_more(&self, left_out: usize) -> String;
    /// Why a recipient has it.
    fn asked_for(&self, written: &str) -> String;

    /// A list each: its heading, and a line for each row.
    fn digest(&self, digest: &DigestFacts, clock: Clock<'_>) -> Vec<String> {
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
