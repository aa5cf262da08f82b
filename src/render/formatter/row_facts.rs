//! What every message says of one row, once: mails, chats, templates, tables and JSON only lay it out.

use std::collections::HashSet;

use super::{Formatter, NAME, NEWS_NAMES, peer};
use crate::certificate::Certificate;
use crate::event::{Detail, MonitoringChange};
use crate::policy::Renewal;
use crate::render::occurrence_row::Item;
use crate::render::wording::{Recipients, ToDo};

/// What the policy file says of an entry for people.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) struct Written<'a> {
    pub(in crate::render) entry: &'a str,
    pub(in crate::render) owner: Option<&'a str>,
    pub(in crate::render) note: Option<&'a str>,
}

impl Formatter<'_> {
    /// `22 days left`; of what happened, that.
    pub(in crate::render) fn left(&self, item: &Item<'_>) -> String {
        match item {
            Item::Due(row) => self.row_left(row),
            Item::Occurrences(occurrences) => self.headline(occurrences),
        }
    }

    /// `22 d`; of what happened, one word for it.
    pub(in crate::render) fn left_short(&self, item: &Item<'_>) -> String {
        let words = self.words;
        match item {
            Item::Due(row) => words.left_words(row.left(self.clock.now)).1,
            Item::Occurrences(occurrences) => words.mark(occurrences[0].kind, &occurrences[0].detail).to_owned(),
        }
    }

    /// Why it is told now; of what happened, how that is known.
    pub(in crate::render) fn why(&self, item: &Item<'_>) -> String {
        match item {
            Item::Due(row) => self.row_why(row),
            Item::Occurrences(occurrences) => self.known(occurrences),
        }
    }

    /// At most `shown` names of a certificate of the row.
    pub(in crate::render) fn names(&self, item: &Item<'_>, certificate: &Certificate, shown: usize) -> String {
        self.names_of(certificate, host(item, certificate), shown)
    }

    /// Each place of the certificate whose facts are shown, and when it was seen there. Where another one stands in its
    /// place now: when it was seen last.
    pub(in crate::render) fn seen(&self, item: &Item<'_>, shown: usize) -> Vec<String> {
        let mut places = item.locations_of(item.shown());
        if places.is_empty() {
            places = item.locations();
            let known = item.shown().and_then(|shown| self.render_input.history.certificates.get(&shown.fingerprint));
            if let Some(known) = known {
                places.visit_seen(|_, seen| *seen = known.last_seen.min(*seen));
            }
        }
        self.seen_at(&places, shown)
    }

    /// What the policy file says of its entries, entry by entry.
    pub(in crate::render) fn written<'r>(&'r self, item: &'r Item<'_>) -> Vec<Written<'r>> {
        if let Item::Due(row) = item {
            let terms = row.reminders.iter().map(|reminder| &reminder.terms);
            let written = terms.map(|terms| Written {
                entry: terms.entry.as_str(),
                owner: terms.owner.as_deref(),
                note: terms.note.as_deref(),
            });
            return written.collect();
        }
        let mut met = HashSet::new();
        let locations = item.locations();
        let entries = locations.distinct().filter_map(|location| {
            self.render_input.policies.entry(location.entry.as_str()).filter(|entry| met.insert(entry.name.as_str()))
        });
        let written = entries.map(|entry| Written {
            entry: entry.name.as_str(),
            owner: entry.options.owner.as_deref(),
            note: entry.options.note.as_deref(),
        });
        written.collect()
    }

    pub(in crate::render) fn owner(&self, item: &Item<'_>) -> Option<String> {
        self.written(item).iter().find_map(|written| written.owner).map(|owner| self.own(owner))
    }

    /// In a room on one line.
    pub(in crate::render) fn note(&self, item: &Item<'_>) -> Option<String> {
        let note = self.written(item).iter().find_map(|written| written.note).map(|note| self.note_text(note));
        note.filter(|note| !note.is_empty())
    }

    /// What else has to be known; of what happened, all of it.
    pub(in crate::render) fn remarks(&self, item: &Item<'_>) -> Vec<String> {
        match item {
            Item::Due(row) => self.row_remarks(row),
            Item::Occurrences(occurrences) => {
                let told = self.describe(occurrences, NEWS_NAMES);
                told.into_iter().chain(self.snoozed(item)).collect()
            }
        }
    }

    /// What to do beside a renewal.
    pub(in crate::render) fn actions(&self, item: &Item<'_>) -> Vec<String> {
        let load_it = match item {
            Item::Due(row) => self.load_it(row),
            Item::Occurrences(_) => None,
        };
        load_it.into_iter().chain(self.what_to_do(item.occurrences())).collect()
    }

    /// What to do about the end: to renew it where it is, at `places` of its places, or to write a new date. Nothing where
    /// nothing is due.
    pub(in crate::render) fn renew(&self, item: &Item<'_>, places: usize) -> Option<String> {
        let Item::Due(row) = item else { return None };
        let is_automatic = row.first.terms.opening.managed.renewal == Renewal::Auto;
        Some(match row.certificate().date() {
            Some(of) => self.words.instruction(self.words.date_words(of).0),
            None if row.first.event.superseded_by.is_some() => {
                let is_one_of_several = row.is_one_of_several();
                self.words.to_do(ToDo::PutNewerInPlace { is_one_of_several }, &self.places(row, places))
            }
            None if row.first.event.is_renewed_on_disk => self.words.to_do(ToDo::Load, &self.places(row, places)),
            None => self.words.to_do(ToDo::Renew { is_automatic }, &self.places(row, places)),
        })
    }

    /// Until when the reminders of the certificate are held, where they are and that is not what is told.
    pub(in crate::render) fn snoozed(&self, item: &Item<'_>) -> Option<String> {
        let tells_it = |detail: &Detail| {
            matches!(detail, Detail::MonitoringStopped { change: MonitoringChange::SnoozedLong { .. }, .. })
        };
        if item.occurrences().iter().any(|occurrence| tells_it(&occurrence.detail)) {
            return None;
        }
        let certificate = item.certificate()?;
        let clock = self.clock;
        let snooze = self.render_input.history.snoozes.get(&certificate.fingerprint)?;
        (snooze.until > clock.now)
            .then(|| self.words.recipients(Recipients::Snoozed { until: &clock.iso_date(snooze.until) }))
    }
}

/// What a certificate without names is for.
pub(in crate::render) fn host(item: &Item<'_>, certificate: &Certificate) -> String {
    match item {
        Item::Due(row) => row.host(),
        Item::Occurrences(_) => peer(&certificate.display_name(), NAME),
    }
}
