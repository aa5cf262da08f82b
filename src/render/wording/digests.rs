//! What a digest says.

use time::OffsetDateTime;

use super::{Clock, Sentence, Wording};

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
    /// What is always said in the same words.
    fn digest_words(&self) -> DigestWords;
    /// A clause for subjects and titles.
    fn digest_headline(&self, digest: &DigestFacts) -> String;
    /// After a certificate: why it could not be seen.
    fn digest_why(&self, why: &str) -> String {
        format!("：{why}")
    }
}

impl dyn Wording {
    /// A list each: its heading, and a line for each row. Instead of lists: nothing is in them, or it is not known yet.
    pub(super) fn digest(&self, digest: &DigestFacts, clock: Clock<'_>) -> Vec<String> {
        let words = self.digest_words();
        let without_lists = match digest.coming.count() {
            _ if digest.is_planned => Some(words.planned),
            0 => Some(words.nothing),
            _ => None,
        };
        let lists = [(words.coming, &digest.coming), (words.renewed, &digest.renewed), (words.unseen, &digest.unseen)];
        let lists = lists.into_iter().filter(|(_, list)| list.count() > 0).map(|(heading, list)| {
            let rows = list.rows.iter().map(|row| self.digest_row(row, clock));
            let more = (list.left_out > 0).then(|| self.say(Sentence::MoreInList { rows: list.left_out }));
            std::iter::once(heading.to_owned()).chain(rows).chain(more).collect::<Vec<_>>().join("\n")
        });
        without_lists.map(str::to_owned).into_iter().chain(lists).collect()
    }

    /// One certificate of a list.
    fn digest_row(&self, row: &DigestRow, clock: Clock<'_>) -> String {
        let end = row.end.and_then(|end| clock.end_date(end)).map(|end| format!("{end} ")).unwrap_or_default();
        let expired = if row.end.is_some_and(|end| end < clock.now) { self.digest_words().expired } else { "" };
        let is_automatic = row.is_automatic;
        let next = row.reminder.map(|at| self.say(Sentence::NextInList { date: &clock.iso_date(at), is_automatic }));
        let why = row.why.as_ref().map(|why| self.digest_why(why));
        format!("{end}{}{expired}{}{}", row.name, next.unwrap_or_default(), why.unwrap_or_default())
    }
}

/// What a digest says in the same words each time.
pub(in crate::render) struct DigestWords {
    /// What a row of it is called.
    pub(in crate::render) label: &'static str,
    /// What stands above each list.
    pub(super) coming: &'static str,
    pub(super) renewed: &'static str,
    pub(super) unseen: &'static str,
    /// Its lists are made when it goes out.
    pub(super) planned: &'static str,
    /// Nothing is coming.
    pub(super) nothing: &'static str,
    /// After a certificate.
    pub(super) expired: &'static str,
}
