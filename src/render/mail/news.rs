//! What happened, in mails: the mail about one thing, and its line in a digest.

use super::digest::{NAMES, PLACES};
use super::letter::{Block, Fact, Letter, Line};
use super::single;
use crate::event::Detail;
use crate::policy::Language;
use crate::render::columns::fit;
use crate::render::sender::Sender;
use crate::render::tidings::Tidings;
use crate::render::untrusted::{NAME, peer};
use crate::render::wording::{Label, Phrase};

/// Columns of a name in a title.
const TITLE: usize = 64;

pub(super) fn subject(tidings: &Tidings<'_>, sender: &Sender<'_>) -> String {
    let teller = &sender.teller;
    teller.words.news_subject(&fit(&teller.news_label(tidings), TITLE), &teller.headline(&tidings.news))
}

/// That of the mails about the certificate that it is about.
pub(super) fn thread(tidings: &Tidings<'_>) -> Option<String> {
    let certificate = tidings.certificate()?;
    let sightings = tidings.sightings();
    let target = sightings.first().map(|sighting| sighting.place.as_str()).unwrap_or_default();
    Some(single::thread_of(target, certificate.fingerprint))
}

pub(super) fn letter(tidings: &Tidings<'_>, language: Language, sender: &Sender<'_>) -> Letter {
    let teller = &sender.teller;
    let words = teller.words;
    let mut tells = teller.tells(&tidings.news, single::NAMES).into_iter();
    let first = tells.next().unwrap_or_default();
    let mut blocks = vec![Block::Opening { in_text: first.clone(), in_html: first }];
    blocks.extend(tells.chain(sender.snoozed(tidings)).map(Block::Paragraph));
    blocks.extend(teller.what_to_do(&tidings.news).into_iter().map(Block::ToDo));
    let entries = sender.entries(tidings);
    blocks.extend(single::note(entries.iter().filter_map(|entry| entry.note.as_deref()), sender));
    let facts = facts(tidings, sender);
    if !facts.is_empty() {
        blocks.push(Block::Facts { heading: words.phrase(Phrase::AboutTheCertificate), facts });
    }
    blocks.extend(successor(tidings, sender));
    let because = sender.because(&tidings.news).into_iter().chain(sender.told_of_news(&tidings.news, true));
    let known = words.stopped(&words.capital(&teller.known(&tidings.news)));
    let paragraphs = vec![
        known,
        words.sentences(&because.collect::<Vec<_>>()),
        words.zone(teller.clock, &tidings.certificate().map(|it| it.not_after).into_iter().collect::<Vec<_>>()),
    ];
    blocks.push(Block::Explanation { heading: words.phrase(Phrase::WhyThisMail), paragraphs });
    Letter {
        language,
        tier: Some(tidings.tier()),
        title: teller.news_label(tidings),
        badge: Some(words.capital(&teller.headline(&tidings.news))),
        blocks,
        sections: Vec::new(),
        footer: sender.footer(),
    }
}

pub(super) fn owner(tidings: &Tidings<'_>, sender: &Sender<'_>) -> Option<String> {
    sender.entries(tidings).iter().find_map(|entry| entry.owner.as_deref()).map(|owner| sender.teller.own(owner))
}

fn names(tidings: &Tidings<'_>, shown: usize, sender: &Sender<'_>) -> Option<String> {
    let certificate = tidings.certificate()?;
    let host = tidings.entry_name().unwrap_or_else(|| peer(&certificate.display_name(), NAME));
    Some(sender.teller.names_of(certificate, host, shown))
}

fn facts(tidings: &Tidings<'_>, sender: &Sender<'_>) -> Vec<Fact> {
    let teller = &sender.teller;
    let seen = teller.seen_at(&tidings.sightings(), single::PLACES);
    let owner = owner(tidings, sender).map(|owner| Fact::new(teller.words.label(Label::Owner), vec![owner]));
    let facts = match (tidings.certificate(), names(tidings, single::NAMES, sender)) {
        (Some(certificate), Some(names)) => single::of_certificate(certificate, names, seen, sender),
        _ if seen.is_empty() => Vec::new(),
        _ => vec![Fact::new(teller.words.label(Label::Seen), seen)],
    };
    facts.into_iter().chain(owner).collect()
}

/// The certificate that stands in its place now.
fn successor(tidings: &Tidings<'_>, sender: &Sender<'_>) -> Option<Block> {
    let teller = &sender.teller;
    let new = tidings.news.iter().find_map(|happening| match &happening.detail {
        Detail::Renewed { new } | Detail::Replaced { by: new, .. } | Detail::AuthorityChanged { new, .. } => Some(new),
        _ => None,
    })?;
    let names = teller.names_of(new, peer(&new.display_name(), NAME), single::NAMES);
    let facts = single::of_certificate(new, names, Vec::new(), sender);
    Some(Block::Facts { heading: teller.words.phrase(Phrase::AboutTheNewCertificate), facts })
}

/// The line in a digest.
pub(super) fn line(tidings: &Tidings<'_>, sender: &Sender<'_>) -> Line {
    let teller = &sender.teller;
    let words = teller.words;
    let (first, label) = (tidings.news[0], teller.news_label(tidings));
    let fact = |label, lines| Fact::new(words.label(label), lines);
    let seen = teller.seen_at(&tidings.sightings(), PLACES);
    let identity = tidings.certificate().map(|certificate| {
        let fingerprint = format!("SHA-256 {}", certificate.fingerprint.short());
        let serial = words.clauses(&[teller.serial(certificate, usize::MAX), fingerprint]);
        [(Label::Issuer, teller.issuer_name(&certificate.issuer)), (Label::Serial, serial)]
    });
    let names = names(tidings, NAMES, sender).map(|names| (Label::Names, names));
    let owner = owner(tidings, sender).map(|owner| (Label::Owner, owner));
    let why = (Label::Why, teller.known(&tidings.news));
    let single: Vec<(Label, String)> = [why].into_iter().chain(names).collect();
    let after: Vec<(Label, String)> = identity.into_iter().flatten().chain(owner).collect();
    let brief =
        |facts: &[(Label, String)]| facts.iter().map(|(label, text)| teller.field(*label, text)).collect::<Vec<_>>();
    let seen_briefly = (!seen.is_empty()).then(|| teller.field(Label::Seen, &seen.join(" · ")));
    let facts = |facts: Vec<(Label, String)>| {
        facts.into_iter().map(|(label, text)| fact(label, vec![text])).collect::<Vec<_>>()
    };
    let brief = brief(&single).into_iter().chain(seen_briefly).chain(brief(&after)).collect();
    let seen = (!seen.is_empty()).then(|| fact(Label::Seen, seen));
    let remarks = teller.tells(&tidings.news, NAMES).into_iter().chain(sender.snoozed(tidings));
    let remarks = remarks.chain(teller.what_to_do(&tidings.news));
    Line {
        left: words.mark(first.kind, &first.detail).to_owned(),
        day: words.short_day(teller.clock, first.at),
        name: tidings.entry_name().unwrap_or_else(|| label.clone()),
        label,
        state: words.clauses(&[String::new(), teller.headline(&tidings.news)]),
        facts: facts(single).into_iter().chain(seen).chain(facts(after)).collect(),
        brief,
        remarks: remarks.collect(),
    }
}
