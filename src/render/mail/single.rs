//! The mail about one certificate.

use sha2::{Digest as _, Sha256};

use super::letter::{Block, Fact, Letter};
use crate::certificate::{Certificate, Fingerprint};
use crate::event::Kind;
use crate::policy::{Language, Renewal};
use crate::render::digest::{Row, Tier};
use crate::render::hex;
use crate::render::sender::Sender;
use crate::render::untrusted::clean;
use crate::render::wording::{End, Label, Phrase};

/// Names and places beyond these are counted.
pub(super) const NAMES: usize = 20;
pub(super) const PLACES: usize = 10;
const PLACES_IN_A_SENTENCE: usize = 3;

/// Without what is left, so that all mails about one certificate have the same until it has expired.
pub(super) fn subject(row: &Row<'_>, sender: &Sender<'_>) -> String {
    let teller = &sender.teller;
    let date = teller.clock.iso_date(row.certificate().not_after);
    match (row.tier(teller.clock.now), row.first.key.kind) {
        (Tier::Expired, _) => {}
        (Tier::Urgent, _) => return teller.words.news_subject(&teller.label(row), &teller.urgent(row)),
        (_, Kind::HostingFailure) => return teller.words.late_subject(&teller.label(row), &date),
        _ => {}
    }
    teller.words.subject_one(&teller.label(row), &date, teller.tier(row) == Tier::Expired)
}

/// What all mails about one certificate at one place share.
pub(super) fn thread(row: &Row<'_>) -> String {
    let sightings = row.sightings();
    let target = sightings.first().map_or(row.first.terms.entry.as_str(), |sighting| sighting.place.as_str());
    thread_of(target, row.first.key.fingerprint)
}

pub(super) fn thread_of(target: &str, fingerprint: Fingerprint) -> String {
    let digest = Sha256::digest(format!("certnotify-thread-v1\n{target}\n{fingerprint}"));
    hex(&digest[..16])
}

pub(super) fn letter(row: &Row<'_>, language: Language, sender: &Sender<'_>) -> Letter {
    let teller = &sender.teller;
    let words = teller.words;
    let (label, left) = (teller.label(row), row.left(teller.clock.now));
    let is_expired = teller.tier(row) == Tier::Expired;
    let end = End { name: &label, left, clock: teller.clock, at: row.certificate().not_after };
    let is_automatic = row.first.terms.opening.managed.renewal == Renewal::Auto;
    let renew = || words.to_do(&teller.places(row, PLACES_IN_A_SENTENCE), is_automatic);
    let to_do = teller.load_it(row).unwrap_or_else(renew);
    let is_only_not_served = row.is_not_deployed() && row.first.key.kind == Kind::HostingFailure;
    let opening = if is_only_not_served { words.not_in_use(&label) } else { words.opening(&end) };
    let badge = if is_only_not_served { words.capital(&teller.urgent(row)) } else { words.left(left) };
    let left = (!is_only_not_served).then(|| words.stopped(&words.left(left)));
    let in_text = words.sentences(&left.into_iter().chain([opening.clone()]).collect::<Vec<_>>());
    let mut blocks = vec![Block::Opening { in_text, in_html: opening }];
    blocks.extend(teller.remarks(row).into_iter().map(Block::Paragraph));
    blocks.push(Block::ToDo(to_do));
    blocks.extend(teller.what_to_do(&row.news).into_iter().map(Block::ToDo));
    let notes = row.reminders.iter().filter_map(|reminder| reminder.terms.note.as_deref());
    blocks.extend(note(notes, sender));
    blocks.push(Block::Facts { heading: words.phrase(Phrase::AboutTheCertificate), facts: facts(row, sender) });
    blocks.push(Block::Explanation { heading: words.phrase(Phrase::WhyAndWhenNext), paragraphs: why(row, sender) });
    if is_expired {
        blocks.push(Block::Paragraph(words.cannot_hold(&sender.policy_file())));
    } else {
        let hold = sender.hold(Some((&row.entry_name(), row.certificate().not_after)));
        blocks.extend(hold.map(Block::Command));
    }
    Letter {
        language,
        tier: Some(teller.tier(row)),
        title: label,
        badge: Some(badge),
        blocks,
        sections: Vec::new(),
        footer: sender.footer(),
    }
}

/// The notes of the entries, each line once.
pub(super) fn note<'n>(notes: impl Iterator<Item = &'n str>, sender: &Sender<'_>) -> Option<Block> {
    let mut lines: Vec<String> = Vec::new();
    for line in notes.flat_map(str::lines) {
        let line = clean(line);
        if !line.is_empty() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    (!lines.is_empty()).then(|| Block::Quote { lines, source: sender.teller.words.phrase(Phrase::NoteOfThePolicyFile) })
}

fn facts(row: &Row<'_>, sender: &Sender<'_>) -> Vec<Fact> {
    let teller = &sender.teller;
    let names = teller.names(row, NAMES);
    let owner = teller.owner(row).map(|owner| Fact::new(teller.words.label(Label::Owner), vec![owner]));
    of_certificate(row.certificate(), names, teller.seen(row, PLACES), sender).into_iter().chain(owner).collect()
}

/// Everything there is to know of one certificate.
pub(super) fn of_certificate(
    certificate: &Certificate,
    names: String,
    seen: Vec<String>,
    sender: &Sender<'_>,
) -> Vec<Fact> {
    let teller = &sender.teller;
    let fact = |label, lines| Fact::new(teller.words.label(label), lines);
    let exact = |label, text| Fact::exact(teller.words.label(label), text);
    let seen = (!seen.is_empty()).then(|| fact(Label::Seen, seen));
    let facts = [
        fact(Label::Issuer, vec![teller.whole_issuer(certificate)]),
        fact(Label::Valid, vec![teller.valid(certificate)]),
        exact(Label::Serial, teller.serial(certificate, usize::MAX)),
        exact(Label::Fingerprint, certificate.fingerprint.to_string()),
    ];
    [fact(Label::Names, vec![names])].into_iter().chain(seen).chain(facts).collect()
}

fn why(row: &Row<'_>, sender: &Sender<'_>) -> Vec<String> {
    let teller = &sender.teller;
    let words = teller.words;
    let previous = row.first.previous.map(|at| words.day(teller.clock, at));
    let reason = [words.why_now(&teller.why(row))].into_iter().chain(teller.policies(std::slice::from_ref(row), 3));
    let news = (!row.news.is_empty()).then(|| {
        let known = words.stopped(&words.capital(&teller.known(&row.news)));
        words.sentences(&[known].into_iter().chain(sender.because(&row.news)).collect::<Vec<_>>())
    });
    let paragraphs = [
        words.sentences(&reason.collect::<Vec<_>>()),
        words.sentences(&[words.ordinal(row.first.nth, previous.as_deref()), teller.next(std::slice::from_ref(row))]),
        words.sentences(
            &sender.escalated(std::slice::from_ref(row)).into_iter().chain(teller.told(row)).collect::<Vec<_>>(),
        ),
    ];
    paragraphs.into_iter().chain(news).collect()
}
