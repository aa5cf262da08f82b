//! What is told of one certificate, in the words of a language and the characters of a channel.

mod commands;
mod dates;
mod deployment;
mod digests;
mod escaped_detail;
mod occurrences;
mod recipient;
mod row_facts;
mod terms;
mod titles;
mod to_do;
mod unused;

pub use commands::shell_word;
pub(super) use commands::{Command, Typed, on_one_line};
pub(super) use row_facts::host;
pub(super) use terms::PEOPLE;

use time::OffsetDateTime;

use super::digest::Row;
use super::occurrence_row::Item;
use super::untrusted::{ERROR, ISSUER, NAME, bounded, cap, clean, note, own, peer};
use super::urgency::Tier;
use super::wording::{self, Clock, Label, Remark, Rhythm, Sentence, Wording};
use super::{RenderInput, distinct};
use crate::cause::Clause;
use crate::certificate::{Certificate, DistinguishedName, is_no_end};
use crate::detect::ManagedBecause;
use crate::event::{LISTED, Location, Locations};
use crate::policy::{ContactName, DeadlineCap, Language, Renewal, Zone};
use crate::schedule::Reminder;
use crate::text::whole_units;

/// Longest text of the policy file in a chat.
const CHAT: usize = 96;
/// Longest name of an issuer in a mail.
const WHOLE_ISSUER: usize = 160;
/// Places in a sentence; the others are counted.
const PLACES: usize = 3;
/// Names in a list of what happened; the others are counted.
pub(super) const NEWS_NAMES: usize = 3;
/// A serial number has at most 40 digits (RFC 5280 §4.1.2.2); what has more is cut.
const SERIAL: usize = 48;

/// For whom a message is: a contact, with its language and zone, and the escape of a channel.
#[derive(Clone, Copy)]
pub(super) struct Formatter<'a> {
    pub(super) contact: &'a ContactName,
    pub(super) language: Language,
    pub(super) words: &'static dyn Wording,
    pub(super) clock: Clock<'a>,
    /// Makes text harmless where it will stand; it gets text that is clean already.
    pub(super) escape: fn(&str) -> String,
    /// Longest text of the policy file or the machine.
    limit: usize,
    /// Rows of each list of a digest; the others are counted.
    listed: usize,
    pub(super) render_input: &'a RenderInput<'a>,
}

impl<'a> Formatter<'a> {
    /// As a mail says it, in the language of the contact.
    pub(super) fn new(
        contact: &'a ContactName,
        zone: &'a Zone,
        render_input: &'a RenderInput<'a>,
        now: OffsetDateTime,
    ) -> Self {
        let settings = render_input.policies.contacts.get(contact);
        let language = settings.map_or(render_input.policies.settings.language, |contact| contact.language);
        let (words, clock) = (wording::of(language), Clock { zone, now });
        let (escape, limit, listed) = (str::to_owned, usize::MAX, LISTED);
        Self { contact, language, words, clock, escape, limit, listed, render_input }
    }

    /// The same of what is about no entry: in the zone of the contact.
    pub(super) fn in_own_zone(
        contact: &'a ContactName,
        render_input: &'a RenderInput<'a>,
        now: OffsetDateTime,
    ) -> Self {
        let settings = render_input.policies.contacts.get(contact);
        let zone = settings.and_then(|contact| contact.zone.as_ref());
        Self::new(contact, zone.unwrap_or(&render_input.policies.settings.zone), render_input, now)
    }

    /// As a chat with this escape says it.
    pub(super) const fn in_chat(self, escape: fn(&str) -> String) -> Self {
        Self { escape, limit: CHAT, ..self }
    }

    /// The same with so many rows of each list of a digest.
    pub(super) const fn listing(self, listed: usize) -> Self {
        Self { listed, ..self }
    }

    /// Text of the policy file or of the machine.
    pub(super) fn own(&self, text: &str) -> String {
        (self.escape)(&cap(&own(text), self.limit))
    }

    /// Text of a certificate or a peer.
    pub(super) fn peers(&self, text: &str, limit: usize) -> String {
        (self.escape)(&peer(text, limit))
    }

    /// Why something did not work.
    fn clause(&self, why: &Clause) -> String {
        let words = match why {
            Clause::Cause(cause) => self.words.cause(cause),
            Clause::Text(said) => self.words.reason(&bounded(said)),
        };
        self.peers(&bounded(&words), ERROR)
    }

    pub(super) fn row_label(&self, row: &Row<'_>) -> String {
        self.called(row.label())
    }

    /// A name, and the host where the name does not say so.
    fn called(&self, (name, host): (String, Option<String>)) -> String {
        let name = (self.escape)(&name);
        host.map_or(name.clone(), |host| self.words.aside(&name, &(self.escape)(&host)))
    }

    /// Where it has no names, `host` stands for them.
    pub(super) fn names_of(&self, certificate: &Certificate, host: String, shown: usize) -> String {
        let (names, more) = self.names_apart(certificate, host, shown);
        self.words.list(&names, more)
    }

    /// The same as a list, and how many more there are.
    pub(super) fn names_apart(&self, certificate: &Certificate, host: String, shown: usize) -> (Vec<String>, usize) {
        let addresses = certificate.ip_addresses.iter().map(ToString::to_string);
        let mut names: Vec<String> =
            certificate.dns_names.iter().map(|name| peer(name, NAME)).chain(addresses).take(shown).collect();
        if names.is_empty() {
            names.push(host);
        }
        let more = certificate.name_count().saturating_sub(names.len());
        (names.iter().map(|name| (self.escape)(name)).collect(), more)
    }

    /// `vpn.example.com:443 (10.20.0.5)`.
    fn place(&self, location: &Location) -> String {
        let place = cap(&own(&location.place), self.limit);
        let Some(address) = &location.address else { return self.of_several(location, (self.escape)(&place)) };
        let address = peer(address, NAME);
        let port = address.rsplit_once(':').map(|(_, port)| port).unwrap_or_default();
        let host = address.strip_suffix(&format!(":{port}")).unwrap_or(&address);
        let says_port = place.ends_with(&format!(":{port}")) || port == "443";
        let shown = if says_port { host } else { &address };
        if place.contains(host.trim_matches(['[', ']'])) {
            return (self.escape)(&place);
        }
        self.words.aside(&(self.escape)(&place), &(self.escape)(shown))
    }

    /// A place, and what the file calls it.
    fn of_several(&self, location: &Location, place: String) -> String {
        match location.member() {
            Some(member) => self.words.aside(&place, &self.own(&cap(member, NAME))),
            None => place,
        }
    }

    /// The places where it has to be put.
    pub(super) fn places(&self, row: &Row<'_>, shown: usize) -> String {
        self.places_of(row.locations(), shown)
    }

    /// Places, and on which machine those are that are files.
    pub(super) fn places_of(&self, locations: &Locations, shown: usize) -> String {
        let here = |text: &str| self.words.say(Sentence::OnMachine { places: text, machine: &self.machine() });
        let (files, count) = (locations.file_count(), locations.real_count());
        let place = |location: &Location| match self.of_several(location, self.own(&location.place)) {
            place if !location.is_endpoint && files < count => here(&place),
            place => place,
        };
        let places: Vec<String> = locations.real(shown).map(place).collect();
        let places = self.words.list(&places, count.saturating_sub(shown));
        if files > 0 && files == count { here(&places) } else { places }
    }

    /// On which machine the files of a message are, where it names any.
    pub(super) fn files(&self, items: &[Item<'_>]) -> Option<String> {
        let names_one = items.iter().any(|item| item.locations().file_count() > 0);
        names_one.then(|| self.words.say(Sentence::FilesOn { machine: &self.machine() }))
    }

    /// What the policy file says of the entry: in a room on one line, and not too long.
    fn note_text(&self, text: &str) -> String {
        const NOTE: usize = 120;
        if self.limit == usize::MAX {
            let lines = text.lines().map(clean).filter(|line| !line.is_empty());
            return lines.collect::<Vec<_>>().join("\n");
        }
        note(&cap(&clean(&bounded(text)), NOTE), self.escape)
    }

    /// Each place and when it was seen there.
    pub(super) fn seen_at(&self, locations: &Locations, shown: usize) -> Vec<String> {
        let more = locations.real_count().saturating_sub(shown);
        let mut lines: Vec<String> = locations
            .real(shown)
            .map(|location| self.words.clauses(&[self.place(location), self.words.seen(self.clock, location.seen)]))
            .collect();
        if let Some(last) = lines.last_mut().filter(|_| more > 0) {
            *last = self.words.list(std::slice::from_ref(last), more);
        }
        lines
    }

    /// The common name of the issuer, else its organisation, else all of it.
    pub(super) fn issuer_name(&self, issuer: &str) -> String {
        let issuer = DistinguishedName::from(issuer);
        let name = issuer.common_name().or_else(|| issuer.organization()).unwrap_or_else(|| issuer.to_string());
        self.peers(&name, ISSUER)
    }

    pub(super) fn whole_issuer(&self, certificate: &Certificate) -> String {
        self.peers(&certificate.issuer, WHOLE_ISSUER)
    }

    pub(super) fn serial(&self, certificate: &Certificate, shown: usize) -> String {
        self.peers(&certificate.serial, shown.min(SERIAL))
    }

    pub(super) fn valid(&self, certificate: &Certificate) -> String {
        if is_no_end(certificate.not_after) {
            return self.words.remark(Remark::ValidWithoutEnd { from: &self.moment(certificate.not_before) });
        }
        let (from, to) = (self.clock.stamp(certificate.not_before), self.clock.stamp(certificate.not_after));
        let (zone, lifetime) = (self.words.zone_mark(self.clock, certificate.not_after), certificate.lifetime());
        self.words.remark(Remark::Valid { from: &from, to: &to, zone: &zone, lifetime })
    }

    /// `2026-12-14 00:59:59 CET`.
    pub(super) fn moment(&self, at: OffsetDateTime) -> String {
        format!("{} {}", self.clock.stamp(at), self.words.zone_mark(self.clock, at))
    }

    pub(super) fn row_left(&self, row: &Row<'_>) -> String {
        self.words.left_words(row.left(self.clock.now)).0
    }

    pub(super) fn tier(&self, row: &Row<'_>) -> Tier {
        row.tier(self.then())
    }

    pub(super) fn expires(&self, row: &Row<'_>) -> String {
        self.clock.stamp(row.certificate().effective_end())
    }

    pub(super) fn reason(&self, reminder: &Reminder) -> String {
        let why = self.words.why(&reminder.why, &reminder.terms, self.clock);
        match reminder.really_left() {
            Some(left) => self.words.remark(Remark::ReallyLeft { why: &why, left: whole_units(left) }),
            None => why,
        }
    }

    /// Why it is told now: the reason of each reminder, once, and what else happened.
    pub(super) fn row_why(&self, row: &Row<'_>) -> String {
        let mut reasons = distinct(row.reminders.iter().map(|reminder| self.reason(reminder)));
        if !row.occurrences.is_empty() {
            reasons.push(self.headline(&row.occurrences));
        }
        self.words.list(&reasons, 0)
    }

    /// What else has to be known: which issuer sets the end, where it is still served, that it was not seen, what a newer one leaves out, that
    /// its renewal is late, that half of its life caps the deadline.
    fn row_remarks(&self, row: &Row<'_>) -> Vec<String> {
        let remarks = [
            self.limited(row),
            self.still_served(row),
            self.not_reached(row),
            self.superseded(row),
            self.left_out(row),
            self.late(row),
            self.capped(row),
        ];
        let remarks = remarks.into_iter().flatten().chain(self.still_served_instead(row));
        remarks.chain(self.describe(&row.occurrences, NEWS_NAMES)).collect()
    }

    /// The issuer or the metadata whose end is before the certificate's own.
    fn limited(&self, row: &Row<'_>) -> Option<String> {
        let certificate = row.certificate();
        let limit = certificate.limited_by.as_ref()?;
        let own_end = (!is_no_end(certificate.not_after)).then(|| self.moment(certificate.not_after));
        let (by, own_end) = (&self.issuer_name(&limit.subject), own_end.as_deref());
        Some(self.words.remark(Remark::Limited { by, is_metadata: limit.is_metadata, own_end }))
    }

    /// Where a newer one lies that was not put here.
    fn superseded(&self, row: &Row<'_>) -> Option<String> {
        let newer = row.first.event.superseded_by.as_ref()?;
        let end = self.clock.end_date(newer.end);
        let (place, end) = (&self.own(&newer.place), end.as_deref());
        let is_one_of_several = row.is_one_of_several();
        Some(self.words.remark(Remark::Superseded { place, end, is_one_of_several }))
    }

    fn still_served(&self, row: &Row<'_>) -> Option<String> {
        let served = row.locations().served().filter(|_| row.left(self.clock.now).is_past())?;
        let (places, seen) = (&self.own(&served.place), &self.words.seen(self.clock, served.seen));
        Some(self.words.remark(Remark::StillServed { places, seen }))
    }

    fn not_reached(&self, row: &Row<'_>) -> Option<String> {
        let latest = row.locations().last_seen()?;
        let reason = latest.failing.as_ref().map(|why| self.clause(why)).filter(|said| !said.is_empty());
        let since = &self.words.seen(self.clock, latest.seen);
        Some(self.words.remark(Remark::NotReached { since, reason: reason.as_deref() }))
    }

    fn left_out(&self, row: &Row<'_>) -> Option<String> {
        const SHOWN: usize = 5;
        let left_out = &row.first.event.left_out_by_successor;
        if left_out.is_empty() {
            return None;
        }
        let covered: Vec<&String> =
            row.certificate().dns_names.iter().filter(|name| !left_out.contains(name)).collect();
        let listed = |names: Vec<&String>| {
            let shown: Vec<String> = names.iter().take(SHOWN).map(|name| self.peers(name, NAME)).collect();
            self.words.list(&shown, names.len().saturating_sub(SHOWN))
        };
        let (covered, left_out) = (&listed(covered), &listed(left_out.iter().collect()));
        Some(self.words.remark(Remark::LeftOut { covered, left_out }))
    }

    fn late(&self, row: &Row<'_>) -> Option<String> {
        let managed = &row.first.terms.opening.managed;
        if managed.renewal != Renewal::Auto || self.clock.now < managed.late_from {
            return None;
        }
        let client = match &managed.because {
            ManagedBecause::Client(client) => Some(*client),
            ManagedBecause::Issuer(issuer) => Some(issuer.as_str()),
            ManagedBecause::Written | ManagedBecause::NoSign => None,
        };
        let log = (client == Some("certbot")).then(|| (self.escape)("/var/log/letsencrypt"));
        let client = client.map(|client| (self.escape)(client));
        let (client, log) = (client.as_deref(), log.as_deref());
        let [due, late_from] = &[managed.due, managed.late_from].map(|at| self.words.day(self.clock, at));
        Some(self.words.remark(Remark::Late { client, due, late_from, log }))
    }

    fn capped(&self, row: &Row<'_>) -> Option<String> {
        let opening = &row.first.terms.opening;
        let is_before_the_end = terms::rhythm(row.first) == Rhythm::BeforeTheEnd;
        let DeadlineCap::Percent(percent) = opening.cap else { return None };
        let (asked, lead, lifetime) = (opening.asked, opening.lead, row.certificate().lifetime());
        (asked > lead && is_before_the_end)
            .then(|| self.words.remark(Remark::Capped { asked, lifetime, percent, lead }))
    }

    pub(super) fn field(&self, label: Label, value: &str) -> String {
        self.words.field(label, value)
    }
}
