//! What a digest tells a contact: what ends next, what was renewed since the last, what could not be seen.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::cause::Clause;
use crate::names::ContactName;

/// Rows of each list; the others are counted.
pub const LISTED: usize = 200;

/// What one contact is told in one digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Digest {
    pub contact: ContactName,
    /// As it is written: `Mon 08:00`.
    pub written: String,
    /// What ends, or is reminded of, in the next 60 days; the first end first.
    pub coming: List,
    /// What was renewed, and until when.
    pub renewed: List,
    /// What could not be seen; of these no end is told.
    pub unseen: List,
    /// One that a plan names: its lists are made when it goes out.
    #[serde(skip)]
    pub is_planned: bool,
}

/// Rows, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct List {
    pub rows: Vec<ListRow>,
    pub left_out: usize,
}

/// A certificate in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ListRow {
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub end: Option<OffsetDateTime>,
    pub name: String,
    /// When its next reminder goes out.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub reminder: Option<OffsetDateTime>,
    /// Renewed by a program of its own: the reminder comes if that fails.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_automatic: bool,
    /// Why it could not be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Clause>,
}

impl Digest {
    /// Keeps the numbers alone.
    pub fn shorten(&mut self) {
        for list in [&mut self.coming, &mut self.renewed, &mut self.unseen] {
            *list = std::mem::take(list).shortened(0);
        }
    }
}

impl List {
    /// The first of `rows`; the others are counted.
    #[must_use]
    pub fn new(mut rows: Vec<ListRow>) -> Self {
        rows.sort();
        rows.dedup();
        Self { rows, left_out: 0 }.shortened(LISTED)
    }

    /// The same with no more than `most` rows.
    #[must_use]
    pub fn shortened(mut self, most: usize) -> Self {
        let more = self.rows.len().saturating_sub(most);
        self.rows.truncate(most);
        self.left_out = self.left_out.saturating_add(more);
        self
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len().saturating_add(self.left_out)
    }
}
