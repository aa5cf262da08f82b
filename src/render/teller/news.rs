//! What is told of what happened: its texts made harmless for the channel, and why somebody hears of it.

use std::borrow::Cow;

use super::{ERROR, NAME, SERIAL, Teller};
use crate::certificate::Certificate;
use crate::event::{AuthorityChange, Detail, Evidence, Happening, Kind, Nature, Sighting, Unwatched};
use crate::policy::{ContactName, Entry, Policies};
use crate::render::tidings::{Item, Tidings, all_news, due};
use crate::render::untrusted::{bounded, cap, clean, note};
use crate::render::wording::{Listening, Marks, News};

/// Longest text that somebody reports or a table announces.
const TEXT: usize = 2000;
/// Places in a sentence; the others are counted.
const PLACES: usize = 3;

impl<'a> Teller<'a> {
    /// One happening, at most `shown` names of any list in it.
    pub(in crate::render) fn news(&self, happening: &Happening, shown: usize) -> News<'a> {
        let certificate = happening.certificate.as_ref();
        let places: Vec<String> =
            happening.sightings.iter().take(PLACES).map(|sighting| self.own(&sighting.place)).collect();
        News {
            kind: happening.kind,
            detail: self.detail(&self.in_own_words(happening), shown),
            evidence: self.known_by(&happening.evidence),
            at: happening.at,
            name: self.news_label(&Tidings { news: vec![happening] }),
            places: self.words.list(&places, happening.sightings.len().saturating_sub(places.len())),
            end: certificate.map(|certificate| certificate.not_after),
            issuer: certificate.map(|certificate| self.issuer_name(&certificate.issuer)).unwrap_or_default(),
            clock: self.clock,
        }
    }

    /// A public event in the language of the message.
    fn in_own_words<'h>(&self, happening: &'h Happening) -> Cow<'h, Detail> {
        let own = self.words.announcement(happening.id.subject());
        match (happening.detail.clone(), own) {
            (Detail::Announced { date, source, count, names, .. }, Some((title, text))) => {
                let (title, text) = (title.to_owned(), text.to_owned());
                Cow::Owned(Detail::Announced { title, text, date, source, count, names })
            }
            _ => Cow::Borrowed(&happening.detail),
        }
    }

    fn known_by(&self, evidence: &Evidence) -> Evidence {
        match evidence {
            Evidence::Reported { by } => Evidence::Reported { by: self.peers(by, NAME) },
            other => other.clone(),
        }
    }

    /// What a row of news is called: the certificate or the place, else what it is about.
    pub(in crate::render) fn news_label(&self, tidings: &Tidings<'_>) -> String {
        let first = tidings.news[0];
        let of_many = |count: usize, names: &[String]| match names {
            [only] if count == 1 => self.peers(only, NAME),
            _ => self.words.certificates(count),
        };
        match &first.detail {
            Detail::Announced { title, .. } => {
                let own = self.words.announcement(first.id.subject());
                return self.text(own.map_or(title, |(title, _)| title));
            }
            Detail::Storm { count, names, .. } | Detail::Unwatched { count, names, .. } => {
                return of_many(*count, names);
            }
            Detail::Recovered { count, .. } if *count > 1 => return of_many(*count, &[]),
            _ => {}
        }
        match tidings.label() {
            Some((name, None)) => (self.ink)(&name),
            Some((name, Some(host))) => self.words.aside(&(self.ink)(&name), &(self.ink)(&host)),
            None => match &first.detail {
                Detail::Reported { unmatched: Some(name), .. } => self.own(&cap(name, NAME)),
                Detail::Reported { .. } => self.known_by(&first.evidence).by().unwrap_or("certnotify").to_owned(),
                _ => "certnotify".to_owned(),
            },
        }
    }

    /// What somebody wrote for people to read: pages in it stay what they are.
    fn text(&self, text: &str) -> String {
        note(&cap(&clean(&bounded(text)), self.limit.saturating_mul(3).min(TEXT)), self.ink)
    }

    fn listed(&self, names: &[String], count: usize, shown: usize) -> Vec<String> {
        let listed: Vec<String> = names.iter().take(shown).map(|name| self.peers(name, NAME)).collect();
        let more = count.max(names.len()).saturating_sub(listed.len());
        vec![self.words.list(&listed, more)]
    }

    fn facts(&self, certificate: &Certificate) -> Box<Certificate> {
        Box::new(Certificate {
            subject: String::new(),
            issuer: self.issuer_name(&certificate.issuer),
            serial: self.peers(&certificate.serial, SERIAL),
            dns_names: Vec::new(),
            ..certificate.clone()
        })
    }

    /// The same detail with harmless texts.
    fn detail(&self, detail: &Detail, shown: usize) -> Detail {
        match detail.clone() {
            Detail::Renewed { new } => Detail::Renewed { new: self.facts(&new) },
            Detail::Downloaded { to } => Detail::Downloaded { to: to.map(|to| self.own(&to)) },
            Detail::Revoked { reason, since, source } => Detail::Revoked {
                reason: reason.map(|reason| self.peers(&reason, ERROR)),
                since,
                source: self.peers(&source, ERROR),
            },
            Detail::RenewalMovedForward { end, explanation } => {
                Detail::RenewalMovedForward { end, explanation: explanation.map(|page| self.peers(&page, ERROR)) }
            }
            Detail::Replaced { by, no_longer_covered } => {
                let no_longer_covered = if no_longer_covered.is_empty() {
                    Vec::new()
                } else {
                    self.listed(&no_longer_covered, no_longer_covered.len(), shown)
                };
                Detail::Replaced { by: self.facts(&by), no_longer_covered }
            }
            Detail::Shared { places } => {
                let listed: Vec<String> = places.iter().take(shown).map(|place| self.own(place)).collect();
                Detail::Shared { places: vec![self.words.list(&listed, places.len() - listed.len())] }
            }
            Detail::KeyReadable { path, by_others } => Detail::KeyReadable { path: self.own(&path), by_others },
            Detail::Wrong { finding, message } => Detail::Wrong { finding, message: self.peers(&message, ERROR) },
            Detail::Storm { finding, count, names } => {
                Detail::Storm { finding, count, names: self.listed(&names, count, shown) }
            }
            Detail::Unwatched { change, names, count } => {
                Detail::Unwatched { change: self.change(change), names: self.listed(&names, count, shown), count }
            }
            Detail::AuthorityChanged { new, changes } => Detail::AuthorityChanged {
                new: self.facts(&new),
                changes: changes.into_iter().map(|change| self.authority(change)).collect(),
            },
            Detail::Announced { title, text, date, source, count, names } => Detail::Announced {
                title: self.text(&title),
                text: self.text(&text),
                date: self.own(&date),
                source: self.text(&source),
                count,
                names: self.listed(&names, count, shown),
            },
            Detail::Upgraded { from, to } => Detail::Upgraded { from: self.own(&from), to: self.own(&to) },
            Detail::Reported { message, url, unmatched } => Detail::Reported {
                message: message.map(|message| self.text(&message)).filter(|message| !message.is_empty()),
                url: url.map(|url| self.text(&url)).filter(|url| !url.is_empty()),
                unmatched: unmatched.map(|name| self.own(&cap(&name, NAME))),
            },
            plain @ (Detail::Deleted | Detail::Recovered { .. }) => plain,
        }
    }

    fn change(&self, change: Unwatched) -> Unwatched {
        match change {
            Unwatched::ContactDropped { contact } => Unwatched::ContactDropped { contact: self.own(&contact) },
            Unwatched::Undeliverable { contact, channel, reason } => Unwatched::Undeliverable {
                contact: self.own(&contact),
                channel: self.own(&channel),
                reason: self.peers(&reason, ERROR),
            },
            plain @ (Unwatched::Removed | Unwatched::SwitchedOff | Unwatched::SnoozedLong { .. }) => plain,
        }
    }

    fn authority(&self, change: AuthorityChange) -> AuthorityChange {
        match change {
            AuthorityChange::Issuer { from, to } => {
                AuthorityChange::Issuer { from: self.issuer_name(&from), to: self.issuer_name(&to) }
            }
            AuthorityChange::Root { from, to } => {
                AuthorityChange::Root { from: self.issuer_name(&from), to: self.issuer_name(&to) }
            }
            AuthorityChange::UsageLost { usage } => AuthorityChange::UsageLost { usage: self.peers(&usage, NAME) },
            AuthorityChange::IntermediateExpires { subject, not_after } => {
                AuthorityChange::IntermediateExpires { subject: self.issuer_name(&subject), not_after }
            }
        }
    }

    /// What happened and what to do about it, in sentences, each once.
    pub(in crate::render) fn tells(&self, news: &[&Happening], shown: usize) -> Vec<String> {
        let mut sentences: Vec<String> = Vec::new();
        for news in news.iter().map(|happening| self.news(happening, shown)) {
            let told = self.words.sentences(&self.words.tells(&news));
            if !sentences.contains(&told) {
                sentences.push(told);
            }
        }
        sentences
    }

    pub(in crate::render) fn what_to_do(&self, news: &[&Happening]) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for to_do in news.iter().filter_map(|happening| self.words.news_to_do(&self.news(happening, PLACES))) {
            if !all.contains(&to_do) {
                all.push(to_do);
            }
        }
        all
    }

    /// One clause for all of it.
    pub(in crate::render) fn headline(&self, news: &[&Happening]) -> String {
        let mut clauses: Vec<String> = Vec::new();
        for clause in news.iter().map(|happening| self.words.headline(&self.news(happening, PLACES))) {
            if !clauses.contains(&clause) {
                clauses.push(clause);
            }
        }
        let more = clauses.len().saturating_sub(PLACES);
        clauses.truncate(PLACES);
        self.words.list(&clauses, more)
    }

    /// How each of it is known, and since when.
    pub(in crate::render) fn known(&self, news: &[&Happening]) -> String {
        let mut known: Vec<String> = Vec::new();
        for happening in news {
            let by = self.known_by(&happening.evidence);
            let clause = self.words.known(&by, &self.words.seen(self.clock, happening.at));
            if !known.contains(&clause) {
                known.push(clause);
            }
        }
        let more = known.len().saturating_sub(PLACES);
        known.truncate(PLACES);
        self.words.list(&known, more)
    }

    /// Why `contact` hears of it, and whether again; what is the same is said once.
    pub(in crate::render) fn because(
        &self,
        news: &[&Happening],
        contact: &ContactName,
        policies: &Policies,
    ) -> Vec<String> {
        let mut sentences: Vec<String> = Vec::new();
        for happening in news {
            let listening = self.listening(happening, contact, policies);
            let sentence = self.words.because(&listening);
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        sentences.truncate(PLACES);
        let lasts = news.iter().all(|happening| {
            let is_reported = matches!(happening.detail, Detail::Reported { .. });
            happening.kind.nature() == Nature::Condition && !is_reported
        });
        sentences.push(self.words.once(lasts));
        sentences
    }

    fn listening(&self, happening: &Happening, contact: &ContactName, policies: &Policies) -> Listening {
        let hears =
            |entry: &&Entry| entry.policy.events.contains(&happening.kind) && entry.policy.contacts.contains(contact);
        let entries = policies.entries.iter().filter(|entry| {
            let names = |sighting: &Sighting| sighting.entry == entry.name.as_str();
            happening.sightings.is_empty() || happening.sightings.iter().any(names)
        });
        let policy = || {
            let policy = self.own(entries.clone().find(hears)?.policy.name.as_str());
            Some(Listening::Policy { policy, kind: happening.kind })
        };
        match &happening.detail {
            Detail::Recovered { .. } => Listening::ToldOfTheAnomaly,
            Detail::Unwatched {
                change: Unwatched::ContactDropped { contact: other } | Unwatched::Undeliverable { contact: other, .. },
                ..
            } if other != contact.as_str() => policy().unwrap_or(Listening::Default),
            Detail::Unwatched { .. } => Listening::Former,
            _ if happening.is_about_a_stranger() => Listening::Default,
            _ if happening.kind == Kind::Hosting => policy().unwrap_or(Listening::Reminded),
            _ => policy().unwrap_or(Listening::Default),
        }
    }

    /// How often each mark stands in all of it.
    pub(in crate::render) fn marks(&self, items: &[Item<'_>]) -> Marks {
        let mut marks: Marks = Vec::new();
        for happening in all_news(items) {
            let mark = self.words.mark(happening.kind, &happening.detail);
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
        let ends = (!rows.is_empty()).then(|| self.words.totals(&totals, mark));
        let news = (!marks.is_empty()).then(|| self.words.news_totals(&marks, mark));
        self.words.sentences(&ends.into_iter().chain(news).collect::<Vec<_>>())
    }

    /// The title of all rows.
    pub(in crate::render) fn title(&self, items: &[Item<'_>]) -> String {
        let (rows, marks) = (due(items), self.marks(items));
        let totals = crate::render::digest::totals(&rows, self.clock.now);
        match (rows.is_empty(), marks.is_empty()) {
            (true, _) => self.words.news_title(&marks),
            (false, true) => self.words.chat_title(&totals),
            (false, false) => self.words.title_with_news(&self.words.chat_title(&totals), &marks),
        }
    }
}
