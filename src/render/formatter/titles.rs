//! What stands above a message: how many there are, and the worst by name.

use super::Formatter;
use crate::event::{Detail, Occurrence};
use crate::render::columns::cut;
use crate::render::digest::Row;
use crate::render::occurrence_row::{Item, due};
use crate::render::wording::Worst;

/// Columns of what a title names; the text has all of it.
const NAME_IN_A_TITLE: usize = 64;
const STATE_IN_A_TITLE: usize = 96;

impl Formatter<'_> {
    /// The same with what was said in a report, as a title has it.
    pub(in crate::render) fn headline_in_full(&self, occurrences: &[&Occurrence]) -> String {
        let said = occurrences.iter().find_map(|occurrence| {
            if let Detail::Reported { message, .. } = &occurrence.detail { message.as_deref() } else { None }
        });
        let said = said.map(|said| self.text(said)).filter(|said| !said.is_empty());
        let headline = self.headline(occurrences);
        said.map_or(headline.clone(), |said| self.words.news_subject(&headline, said.trim_end_matches(['.', '。'])))
    }

    /// The title of all rows, with the name of the worst or without.
    pub(in crate::render) fn title(&self, items: &[Item<'_>], names_worst: bool) -> String {
        let (rows, marks) = (due(items), self.marks(items));
        let totals = crate::render::digest::totals(&rows, self.clock.now);
        let of_rows = || self.words.chat_title(&totals, self.worst(&rows).filter(|_| names_worst).as_ref());
        let title = match (rows.is_empty(), marks.is_empty()) {
            (true, _) => self.words.news_title(&marks, self.worst_news(items).filter(|_| names_worst).as_ref()),
            (false, true) => of_rows(),
            (false, false) => self.words.and_also(&of_rows(), &self.words.counted(&marks, "")),
        };
        self.of_items(items, title)
    }

    fn worst(&self, rows: &[Row<'_>]) -> Option<Worst> {
        let worst = rows.iter().min_by_key(|row| row.certificate().effective_end())?;
        self.in_a_title(&worst.label().0, &self.row_left(worst))
    }

    fn worst_news(&self, items: &[Item<'_>]) -> Option<Worst> {
        let bare = Self { escape: str::to_owned, ..*self };
        let first = items.iter().find(|item| matches!(item, Item::Occurrences(_)))?;
        let is_alone = matches!(first.occurrences(), [one] if one.locations.count() <= 1);
        let own = first.label().filter(|_| is_alone).map(|(name, _)| name);
        let name = own.unwrap_or_else(|| bare.label(first));
        self.in_a_title(&name, &bare.headline_in_full(first.occurrences()))
    }

    /// Nothing where the words could be more than words to some service: a notification shows them as they are.
    fn in_a_title(&self, name: &str, state: &str) -> Option<Worst> {
        let (name, state) = (cut(name, NAME_IN_A_TITLE), cut(state, STATE_IN_A_TITLE));
        let is_harmless = [name.strip_prefix("*.").unwrap_or(&name), &state].into_iter().all(is_only_words);
        (is_harmless && !name.is_empty()).then(|| Worst { name: (self.escape)(&name), state: (self.escape)(&state) })
    }
}

/// Letters, digits and marks that no service makes a link, a mention or a format of.
fn is_only_words(text: &str) -> bool {
    let is_plain = |character: char| character.is_alphanumeric() || " -_.,:;/()%+…：，；、。（）“”".contains(character);
    text.chars().all(is_plain) && !text.contains("//")
}
