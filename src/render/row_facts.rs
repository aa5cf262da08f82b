//! What every message says of one row, once: mails, chats, templates, tables and JSON only lay it out.

use super::formatter::NEWS_NAMES;
use super::message_context::MessageContext;
use super::occurrence_row::Item;
use super::untrusted::{NAME, peer};
use crate::certificate::Certificate;
use crate::policy::Renewal;

/// What the policy file says of an entry for people.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'a> {
    pub(super) entry: &'a str,
    pub(super) owner: Option<&'a str>,
    pub(super) note: Option<&'a str>,
}

impl MessageContext<'_> {
    /// What people call it.
    pub(super) fn label(&self, item: &Item<'_>) -> String {
        self.formatter.item_label(item)
    }

    /// `22 days left`; of what happened, that.
    pub(super) fn left(&self, item: &Item<'_>) -> String {
        match item {
            Item::Due(row) => self.formatter.left(row),
            Item::Occurrences(occurrences) => self.formatter.headline(occurrences),
        }
    }

    /// `22 d`; of what happened, one word for it.
    pub(super) fn left_short(&self, item: &Item<'_>) -> String {
        let words = self.formatter.words;
        match item {
            Item::Due(row) => words.left_words(row.left(self.formatter.clock.now)).1,
            Item::Occurrences(occurrences) => words.mark(occurrences[0].kind, &occurrences[0].detail).to_owned(),
        }
    }

    /// Why it is told now; of what happened, how that is known.
    pub(super) fn why(&self, item: &Item<'_>) -> String {
        match item {
            Item::Due(row) => self.formatter.why(row),
            Item::Occurrences(occurrences) => self.formatter.known(occurrences),
        }
    }

    /// At most `shown` names of a certificate of the row.
    pub(super) fn names(&self, item: &Item<'_>, certificate: &Certificate, shown: usize) -> String {
        self.formatter.names_of(certificate, host(item, certificate), shown)
    }

    /// Each place of the certificate whose facts are shown, and when it was seen there. Where that is nowhere: where
    /// the other one was.
    pub(super) fn seen(&self, item: &Item<'_>, shown: usize) -> Vec<String> {
        let places = item.locations_of(item.shown());
        self.formatter.seen_at(&if places.is_empty() { item.locations() } else { places }, shown)
    }

    /// What the policy file says of its entries, entry by entry.
    pub(super) fn written<'r>(&'r self, item: &'r Item<'_>) -> Vec<Written<'r>> {
        if let Item::Due(row) = item {
            let terms = row.reminders.iter().map(|reminder| &reminder.terms);
            let written = terms.map(|terms| Written {
                entry: terms.entry.as_str(),
                owner: terms.owner.as_deref(),
                note: terms.note.as_deref(),
            });
            return written.collect();
        }
        let mut all: Vec<Written<'_>> = Vec::new();
        for location in item.locations().distinct() {
            let entry = self.render_input.policies.entry(location.entry.as_str());
            let Some(entry) = entry.filter(|entry| all.iter().all(|known| known.entry != entry.name.as_str())) else {
                continue;
            };
            let (owner, note) = (entry.options.owner.as_deref(), entry.options.note.as_deref());
            all.push(Written { entry: entry.name.as_str(), owner, note });
        }
        all
    }

    pub(super) fn owner(&self, item: &Item<'_>) -> Option<String> {
        self.written(item).iter().find_map(|written| written.owner).map(|owner| self.formatter.own(owner))
    }

    /// In a room on one line.
    pub(super) fn note(&self, item: &Item<'_>) -> Option<String> {
        let note = self.written(item).iter().find_map(|written| written.note).map(|note| self.formatter.written(note));
        note.filter(|note| !note.is_empty())
    }

    /// What else has to be known; of what happened, all of it.
    pub(super) fn remarks(&self, item: &Item<'_>) -> Vec<String> {
        match item {
            Item::Due(row) => self.formatter.remarks(row),
            Item::Occurrences(occurrences) => {
                let told = self.formatter.describe(occurrences, NEWS_NAMES);
                told.into_iter().chain(self.snoozed(item)).collect()
            }
        }
    }

    /// What to do beside a renewal.
    pub(super) fn actions(&self, item: &Item<'_>) -> Vec<String> {
        let load_it = match item {
            Item::Due(row) => self.formatter.load_it(row),
            Item::Occurrences(_) => None,
        };
        load_it.into_iter().chain(self.formatter.what_to_do(item.occurrences())).collect()
    }

    /// How to renew it, at `places` of its places; nothing where nothing is due.
    pub(super) fn renew(&self, item: &Item<'_>, places: usize) -> Option<String> {
        let Item::Due(row) = item else { return None };
        let is_automatic = row.first.terms.opening.managed.renewal == Renewal::Auto;
        Some(self.formatter.renew(row, places, is_automatic))
    }

    /// Everything that there is to do, without what contradicts itself.
    pub(super) fn instructions(&self, item: &Item<'_>, places: usize) -> Vec<String> {
        let Item::Due(row) = item else { return self.actions(item) };
        let renew = self.formatter.load_it(row).or_else(|| self.renew(item, places));
        self.formatter.instructions(row, renew.unwrap_or_default())
    }

    /// Until when the reminders of the certificate are held, where they are.
    pub(super) fn snoozed(&self, item: &Item<'_>) -> Option<String> {
        let certificate = item.certificate()?;
        let clock = self.formatter.clock;
        let snooze = self.render_input.history.snoozes.get(&certificate.fingerprint)?;
        (snooze.until > clock.now).then(|| self.formatter.words.snoozed(&clock.iso_date(snooze.until)))
    }
}

/// What a certificate without names is for.
pub(super) fn host(item: &Item<'_>, certificate: &Certificate) -> String {
    match item {
        Item::Due(row) => row.host(),
        Item::Occurrences(_) => peer(&certificate.display_name(), NAME),
    }
}
