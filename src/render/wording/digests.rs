//! What a digest says.

use time::OffsetDateTime;

use super::{Clock, Phrase, Sentence, Wording};

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

impl dyn Wording {
    /// A clause for subjects and titles.
    pub(super) fn digest_headline(&self, digest: &DigestFacts) -> String {
        let coming = match digest.coming.count() {
            _ if digest.is_planned => return self.phrase(Phrase::DigestIsPlanned).to_owned(),
            0 => self.phrase(Phrase::NothingEnds).to_owned(),
            count => self.say(Sentence::Coming { count }),
        };
        let (renewed, unseen) = (digest.renewed.count(), digest.unseen.count());
        let renewed = (renewed > 0).then(|| self.say(Sentence::RenewedSince { count: renewed }));
        let unseen = (unseen > 0).then(|| self.say(Sentence::Unseen { count: unseen }));
        self.clauses(&std::iter::once(coming).chain(renewed).chain(unseen).collect::<Vec<_>>())
    }

    /// A list each: its heading, and a line for each row. Instead of lists: nothing is in them, or it is not known yet.
    pub(super) fn digest(&self, digest: &DigestFacts, clock: Clock<'_>) -> Vec<String> {
        let without_lists = match digest.coming.count() {
            _ if digest.is_planned => Some(Phrase::DigestPlanned),
            0 => Some(Phrase::DigestNothing),
            _ => None,
        };
        let lists = [
            (Phrase::DigestComing, &digest.coming),
            (Phrase::DigestRenewed, &digest.renewed),
            (Phrase::DigestUnseen, &digest.unseen),
        ];
        let lists = lists.into_iter().filter(|(_, list)| list.count() > 0).map(|(heading, list)| {
            let rows = list.rows.iter().map(|row| self.digest_row(row, clock));
            let more = (list.left_out > 0).then(|| self.say(Sentence::MoreInList { rows: list.left_out }));
            std::iter::once(self.phrase(heading).to_owned()).chain(rows).chain(more).collect::<Vec<_>>().join("\n")
        });
        without_lists.map(|phrase| self.phrase(phrase).to_owned()).into_iter().chain(lists).collect()
    }

    /// One certificate of a list.
    fn digest_row(&self, row: &DigestRow, clock: Clock<'_>) -> String {
        let end = row.end.and_then(|end| clock.end_date(end)).map(|end| format!("{end} ")).unwrap_or_default();
        let expired = if row.end.is_some_and(|end| end < clock.now) { self.phrase(Phrase::DigestExpired) } else { "" };
        let is_automatic = row.is_automatic;
        let next = row.reminder.map(|at| self.say(Sentence::NextInList { date: &clock.iso_date(at), is_automatic }));
        let why = row.why.as_ref().map(|why| self.say(Sentence::WhyInList { why }));
        format!("{end}{}{expired}{}{}", row.name, next.unwrap_or_default(), why.unwrap_or_default())
    }
}
