//! The mail about one certificate.

use sha2::{Digest as _, Sha256};

use super::letter::{Block, Fact, Letter};
use crate::certificate::Certificate;
use crate::event::EventKind;
use crate::render::columns::cut;
use crate::render::digest::Row;
use crate::render::formatter::Formatter;
use crate::render::occurrence_row::Item;
use crate::render::urgency::Tier;
use crate::render::wording::{End, Label, Phrase, Remark, Sentence};
use crate::render::{distinct, hex};
use crate::text::untrusted::clean;

/// Names and places beyond these are counted.
pub(super) const NAMES: usize = 20;
pub(super) const PLACES: usize = 10;
const PLACES_IN_A_SENTENCE: usize = 3;
/// Columns of a subject; the mail has all of it.
pub(super) const SUBJECT: usize = 150;

/// Without what is left, so that all mails about one certificate have the same until it has expired.
pub(super) fn subject(row: &Row<'_>, formatter: &Formatter<'_>) -> String {
    let words = formatter.words;
    let (label, date) = (formatter.row_label(row), formatter.clock.iso_date(row.certificate().effective_end()));
    let also = formatter.also(row);
    let subject = if row.reminds_of_the_end() {
        formatter.subject_of_end(row, &label, &date)
    } else if row.is_not_deployed() {
        return cut(&words.news_subject(&label, &also), SUBJECT);
    } else {
        words.late_subject(&label, &date)
    };
    if also.is_empty() { subject } else { cut(&words.and_also(&subject, &also), SUBJECT) }
}

/// What all mails about one certificate at one place share.
pub(super) fn thread(item: &Item<'_>) -> Option<String> {
    let fingerprint = item.certificate()?.fingerprint;
    let locations = item.locations();
    let target = match (locations.first(), item) {
        (Some(location), _) => &*location.place,
        (None, Item::Due(row)) => row.first.terms.entry.as_str(),
        (None, Item::Occurrences(_)) => "",
    };
    let digest = Sha256::digest(format!("certnotify-thread-v1\n{target}\n{fingerprint}"));
    Some(hex(&digest[..16]))
}

pub(super) fn letter(row: &Row<'_>, item: &Item<'_>, formatter: &Formatter<'_>) -> Letter {
    let words = formatter.words;
    let (label, left) = (formatter.row_label(row), row.left(formatter.clock.now));
    let is_expired = formatter.tier(row) == Tier::Expired;
    let end = End { name: &label, left, clock: formatter.clock, at: row.certificate().effective_end() };
    let is_only_not_served = row.is_not_deployed() && row.first.key.kind == EventKind::HostingFailure;
    let opening = if is_only_not_served {
        words.remark(Remark::NotInUse { name: &label, is_predecessor: row.is_predecessor_served() })
    } else {
        words.opening_of(row.certificate(), &end)
    };
    let status_label = if is_only_not_served { words.capital(&formatter.urgent(row)) } else { formatter.row_left(row) };
    let left = (!is_only_not_served).then(|| words.stopped(&formatter.row_left(row)));
    let in_text = words.sentences(&left.into_iter().chain([opening.clone()]).collect::<Vec<_>>());
    let mut blocks = vec![Block::Opening { in_text, in_html: opening }];
    blocks.extend(formatter.remarks(item).into_iter().map(Block::Paragraph));
    blocks.extend(formatter.instructions(item, PLACES_IN_A_SENTENCE).into_iter().map(Block::ToDo));
    blocks.extend(note(item, formatter));
    let date = row.certificate().date();
    let about = date.map_or_else(|| words.phrase(Phrase::AboutTheCertificate), |of| words.date_words(of).1);
    blocks.push(Block::Facts { heading: about, facts: facts(item, formatter) });
    blocks.push(Block::Explanation { heading: words.phrase(Phrase::WhyAndWhenNext), paragraphs: why(row, formatter) });
    if is_expired {
        blocks.extend(formatter.unused(std::slice::from_ref(row)).map(Block::Paragraph));
    } else {
        let snooze_hint = formatter.snooze_hint(Some((&row.entry_name(), row.certificate().effective_end())), &[]);
        blocks.extend(snooze_hint.map(Block::Command));
    }
    let letter = Letter::new(Some(formatter.tier(row)), label, blocks, formatter);
    Letter { status_label: Some(status_label), ..letter }
}

/// The notes of the entries, each line once.
pub(super) fn note(item: &Item<'_>, formatter: &Formatter<'_>) -> Option<Block> {
    let written = formatter.written(item);
    let lines = written.iter().filter_map(|written| written.note).flat_map(str::lines).map(clean);
    let lines = distinct(lines.filter(|line| !line.is_empty()));
    (!lines.is_empty()).then(|| Block::Quote { lines, source: formatter.words.phrase(Phrase::NoteOfThePolicyFile) })
}

/// What is known of the certificate, where it is and who owns it.
pub(super) fn facts(item: &Item<'_>, formatter: &Formatter<'_>) -> Vec<Fact> {
    // The places of the other certificate stand with that one.
    let seen = formatter.seen_at(&item.locations_of(item.shown()), PLACES);
    let words = formatter.words;
    let owner = formatter.owner(item).map(|owner| Fact::new(words.label(Label::Owner), vec![owner]));
    let facts = match item.shown() {
        Some(shown) => of_certificate(shown, formatter.names(item, shown, NAMES), seen, formatter),
        None if seen.is_empty() => Vec::new(),
        None => vec![Fact::new(words.label(item.label_of_places()), seen)],
    };
    facts.into_iter().chain(owner).collect()
}

/// Everything there is to know of one certificate.
pub(super) fn of_certificate(
    certificate: &Certificate,
    names: String,
    seen: Vec<String>,
    formatter: &Formatter<'_>,
) -> Vec<Fact> {
    let fact = |label, lines| Fact::new(formatter.words.label(label), lines);
    let exact = |label, text| Fact::exact(formatter.words.label(label), text);
    if certificate.is_date() {
        return vec![fact(Label::Expires, vec![formatter.moment(certificate.not_after)])];
    }
    let seen = (!seen.is_empty()).then(|| fact(Label::Seen, seen));
    let facts = [
        fact(Label::Issuer, vec![formatter.whole_issuer(certificate)]),
        fact(Label::Valid, vec![formatter.valid(certificate)]),
        exact(Label::Serial, formatter.serial(certificate, usize::MAX)),
        exact(Label::Fingerprint, certificate.fingerprint.to_string()),
    ];
    [fact(Label::Names, vec![names])].into_iter().chain(seen).chain(facts).collect()
}

fn why(row: &Row<'_>, formatter: &Formatter<'_>) -> Vec<String> {
    let words = formatter.words;
    let rows = std::slice::from_ref(row);
    let previous = row.first.previous.map(|at| words.day(formatter.clock, at));
    let reason =
        [words.remark(Remark::WhyNow { why: &formatter.row_why(row) })].into_iter().chain(formatter.policies(rows, 3));
    let told = formatter.escalated(rows).into_iter().chain(formatter.told(row));
    let occurrences = (!row.occurrences.is_empty()).then(|| {
        let known = words.stopped(&words.capital(&formatter.known(&row.occurrences)));
        words.sentences(&[known].into_iter().chain(formatter.because(&row.occurrences)).collect::<Vec<_>>())
    });
    let (nth, of) = (row.first.nth, row.first.key.kind.into());
    let nth = words.say(Sentence::Ordinal { nth, of, previous: previous.as_deref() });
    let paragraphs = [
        words.sentences(&reason.collect::<Vec<_>>()),
        words.sentences(&[nth, formatter.next(rows)]),
        words.sentences(&told.collect::<Vec<_>>()),
    ];
    paragraphs.into_iter().chain(occurrences).collect()
}
