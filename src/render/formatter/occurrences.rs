//! What is told of what happened: its texts made harmless for the channel, and why a recipient is told of it.

use super::{Formatter, NAME, PLACES, SERIAL};
use crate::event::{Detail, EventKind, EventNature, Evidence, MonitoringChange, Occurrence};
use crate::policy::Entry;
use crate::render::occurrence_row::{Item, all_news, due};
use crate::render::wording::{Listening, Marks, OccurrenceFacts, Phrase, Sentence};
use crate::render::{RenderInput, distinct, over};
use crate::text::untrusted::{bounded, cap, clean, note};

/// Longest text of a report or an announcement.
const TEXT: usize = 2000;
impl<'a> Formatter<'a> {
    /// One occurrence, at most `shown` names of any list in it.
    pub(in crate::render) fn occurrences(&self, occurrence: &Occurrence, shown: usize) -> OccurrenceFacts<'a> {
        let certificate = occurrence.certificate.as_ref();
        OccurrenceFacts {
            kind: occurrence.kind,
            detail: self.escaped_detail(occurrence, shown),
            evidence: self.known_by(&occurrence.evidence),
            at: occurrence.at,
            name: self.label(&Item::Occurrences(vec![occurrence])),
            places: self.places_of(&occurrence.locations, PLACES),
            end: certificate.map(|certificate| certificate.not_after),
            is_date: occurrence.is_about_dates(),
            issuer: certificate.map(|certificate| self.issuer_name(&certificate.issuer)).unwrap_or_default(),
            serial: certificate.map(|certificate| self.peers(&certificate.serial, SERIAL)).unwrap_or_default(),
            report: match &occurrence.detail {
                Detail::RenewedAsReported { message, url, .. } => Some(self.report(message.as_deref(), url.as_deref())),
                _ => None,
            },
            clock: self.clock,
        }
    }

    /// What has become of it while it waited to be told: there is nothing to do about it any more.
    pub(in crate::render) fn outcome(&self, occurrence: &Occurrence) -> Option<Phrase> {
        over::outcome(occurrence, self.then())
    }

    /// What is known as the message is made.
    pub(in crate::render) const fn then(&self) -> over::Then<'a> {
        let RenderInput { policies, history, .. } = self.render_input;
        over::Then { now: self.clock.now, policies, history }
    }

    /// The same in harmless texts.
    pub(super) fn known_by(&self, evidence: &Evidence) -> Evidence {
        match evidence {
            Evidence::Reported { by } => Evidence::Reported { by: self.peers(by, NAME) },
            other @ (Evidence::Observed | Evidence::Derived) => other.clone(),
        }
    }

    /// What a row is called: the certificate or the place, else what it is about.
    pub(in crate::render) fn label(&self, item: &Item<'_>) -> String {
        let first = match item {
            Item::Due(row) => return self.row_label(row),
            Item::Occurrences(occurrences) => occurrences[0],
        };
        let of_many = |count: usize, names: &[String]| match names {
            [only] if count == 1 => self.peers(only, NAME),
            _ => self.words.how_many(count, first.is_about_dates()),
        };
        match &first.detail {
            Detail::Announced { title, date, .. } => {
                let own = self.words.announcement(first.id.subject(), date);
                return self.text(own.as_ref().map_or(title, |(title, _)| title));
            }
            Detail::FindingBurst { count, names, .. } | Detail::MonitoringStopped { count, names, .. } => {
                return of_many(*count, names);
            }
            Detail::Recovered { count, .. } if *count > 1 => return self.many(first, *count),
            Detail::Digest { .. } => return self.words.phrase(Phrase::DigestLabel).to_owned(),
            Detail::Renewed { .. }
            | Detail::RenewedAsReported { .. }
            | Detail::Downloaded { .. }
            | Detail::Revoked { .. }
            | Detail::RenewalMovedForward { .. }
            | Detail::Deleted
            | Detail::Replaced { .. }
            | Detail::Shared { .. }
            | Detail::KeyReadable { .. }
            | Detail::FindingOpened { .. }
            | Detail::Recovered { .. }
            | Detail::PutRight { .. }
            | Detail::AuthorityChanged { .. }
            | Detail::Upgraded { .. }
            | Detail::Reported { .. } => {}
        }
        if let Some(label) = item.label() {
            return self.called(label);
        }
        let Detail::Reported { unmatched, .. } = &first.detail else { return "certnotify".to_owned() };
        let by = || self.known_by(&first.evidence).by().unwrap_or("certnotify").to_owned();
        unmatched.as_ref().map_or_else(by, |name| self.own(&cap(name, NAME)))
    }

    /// The names of several places at which it happened; the others are counted.
    fn many(&self, occurrence: &Occurrence, count: usize) -> String {
        let mut names: Vec<String> = Vec::new();
        for location in &occurrence.locations {
            let name = self.own(&cap(&location.name, NAME));
            if !names.contains(&name) {
                names.push(name);
            }
            if names.len() == PLACES {
                break;
            }
        }
        if names.is_empty() {
            return self.words.how_many(count, occurrence.is_about_dates());
        }
        self.words.list(&names, count.saturating_sub(names.len()))
    }

    /// Text of a report for people to read: pages in it stay what they are.
    pub(super) fn text(&self, text: &str) -> String {
        note(&cap(&clean(&bounded(text)), self.limit.saturating_mul(3).min(TEXT)), self.escape)
    }

    /// What happened and what to do about it, in sentences, each once.
    pub(in crate::render) fn describe(&self, occurrences: &[&Occurrence], shown: usize) -> Vec<String> {
        let mut sentences: Vec<String> = Vec::new();
        for occurrence in occurrences {
            let description = self.words.describe(&self.occurrences(occurrence, shown));
            if let Detail::Digest { .. } = occurrence.detail {
                sentences.extend(self.lines_of_digest(description.sentences));
                continue;
            }
            let mut told = description.sentences;
            told.extend(self.outcome(occurrence).map(|since| self.words.phrase(since).to_owned()));
            let told = self.words.sentences(&told);
            if !sentences.contains(&told) {
                sentences.push(told);
            }
        }
        sentences
    }

    /// One clause for all of it.
    pub(in crate::render) fn headline(&self, occurrences: &[&Occurrence]) -> String {
        self.first(
            occurrences.iter().map(|occurrence| self.words.describe(&self.occurrences(occurrence, PLACES)).headline),
        )
    }

    /// How each of it is known, and since when.
    pub(in crate::render) fn known(&self, occurrences: &[&Occurrence]) -> String {
        self.first(occurrences.iter().map(|occurrence| {
            let (evidence, seen) = (&self.known_by(&occurrence.evidence), &self.words.seen(self.clock, occurrence.at));
            self.words.say(Sentence::Known { evidence, seen })
        }))
    }

    /// The first of some clauses, each once; the others are counted.
    fn first(&self, clauses: impl Iterator<Item = String>) -> String {
        let mut clauses = distinct(clauses);
        let more = clauses.len().saturating_sub(PLACES);
        clauses.truncate(PLACES);
        self.words.list(&clauses, more)
    }

    /// Why the reader hears of it, and whether again; what is the same is said once.
    pub(in crate::render) fn because(&self, occurrences: &[&Occurrence]) -> Vec<String> {
        let mut all: Vec<Listening> = Vec::new();
        for occurrence in occurrences {
            let next = self.listening(occurrence);
            let known = all.iter_mut().find(|known| matches!(known, Listening::Policies { .. }));
            match (known, next) {
                (Some(known), next @ Listening::Policies { .. }) => known.join(next),
                (_, next) => all.push(next),
            }
        }
        let mut sentences = distinct(all.into_iter().map(|mut listening| {
            if let Listening::Policies { policies, .. } = &mut listening {
                *policies = self.people(std::mem::take(policies));
            }
            self.words.because(&listening)
        }));
        sentences.truncate(PLACES);
        let lasts = occurrences.iter().all(|occurrence| {
            // Of neither is an end ever seen.
            let has_no_end = matches!(occurrence.detail, Detail::Reported { .. } | Detail::Announced { .. });
            occurrence.kind.nature() == EventNature::Condition && !has_no_end
        });
        if occurrences.iter().any(|occurrence| !matches!(occurrence.detail, Detail::Digest { .. })) {
            let once = if lasts { Phrase::ToldOnceWhileItLasts } else { Phrase::ToldOnce };
            sentences.push(self.words.phrase(once).to_owned());
        }
        sentences
    }

    fn listening(&self, occurrence: &Occurrence) -> Listening {
        let (contact, policies) = (self.contact, self.render_input.policies);
        let hears =
            |entry: &&Entry| entry.policy.events.contains(&occurrence.kind) && entry.policy.contacts.contains(contact);
        let policy = || {
            let entry = match &*occurrence.locations {
                [] => policies.entries.iter().find(hears),
                locations => {
                    locations.iter().filter_map(|location| policies.entry(location.entry.as_str())).find(hears)
                }
            };
            let policy = self.own(entry?.policy.name.as_str());
            Some(Listening::Policies { policies: vec![policy], kinds: vec![occurrence.kind] })
        };
        match &occurrence.detail {
            Detail::Recovered { .. } | Detail::PutRight { .. } => Listening::ToldOfTheAnomaly,
            Detail::MonitoringStopped {
                change:
                    MonitoringChange::ContactDropped { contact: other }
                    | MonitoringChange::Undeliverable { contact: other, .. },
                ..
            } if other != contact => policy().unwrap_or(Listening::Default),
            Detail::MonitoringStopped { .. } => Listening::Former,
            Detail::Digest { digest } => Listening::Digest(self.own(&digest.written)),
            _ if occurrence.is_about_a_stranger() => Listening::Default,
            _ if matches!(occurrence.kind, EventKind::Hosting | EventKind::Deletion) => {
                policy().unwrap_or(Listening::Reminded)
            }
            Detail::Renewed { .. }
            | Detail::RenewedAsReported { .. }
            | Detail::Downloaded { .. }
            | Detail::Revoked { .. }
            | Detail::RenewalMovedForward { .. }
            | Detail::Deleted
            | Detail::Replaced { .. }
            | Detail::Shared { .. }
            | Detail::KeyReadable { .. }
            | Detail::FindingOpened { .. }
            | Detail::FindingBurst { .. }
            | Detail::AuthorityChanged { .. }
            | Detail::Announced { .. }
            | Detail::Upgraded { .. }
            | Detail::Reported { .. } => policy().unwrap_or(Listening::Default),
        }
    }

    /// How often each mark stands in all of it.
    pub(in crate::render) fn marks(&self, items: &[Item<'_>]) -> Marks {
        let mut marks: Marks = Vec::new();
        for occurrence in all_news(items) {
            let mark = self.words.mark(occurrence.kind, &occurrence.detail);
            match marks.iter_mut().find(|(known, _)| *known == mark) {
                Some((_, count)) => *count += 1,
                None => marks.push((mark, 1)),
            }
        }
        marks
    }

    /// Exact numbers of all rows, each between two `mark`s.
    pub(in crate::render) fn totals(&self, items: &[Item<'_>], mark: &str) -> String {
        let (rows, marks) = (due(items), self.marks(items));
        let totals = crate::render::digest::totals(&rows, self.clock.now);
        let ends = (!rows.is_empty()).then(|| self.of_items(items, self.words.totals(&totals, mark)));
        let occurrences =
            (!marks.is_empty()).then(|| self.words.say(Sentence::News { counted: &self.words.counted(&marks, mark) }));
        self.words.sentences(&ends.into_iter().chain(occurrences).collect::<Vec<_>>())
    }
}
