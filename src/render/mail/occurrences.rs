//! What happened, in mails: the mail about one thing, and its line in a digest.

use super::letter::{Block, Fact, Letter, LetterLine, ROW_NAMES, ROW_PLACES};
use super::single;
use crate::event::Detail;
use crate::policy::Language;
use crate::render::columns::cut;
use crate::render::message_context::MessageContext;
use crate::render::occurrence_row::{Item, OccurrenceRow};
use crate::render::wording::{DateOf, Label, Phrase};
use crate::text::untrusted::{NAME, peer};

/// Columns of a name in a title.
const TITLE: usize = 100;

pub(super) fn subject(occurrence_row: &OccurrenceRow<'_>, context: &MessageContext<'_>) -> String {
    let formatter = &context.formatter;
    let label = cut(&formatter.news_label(occurrence_row), TITLE);
    cut(
        &formatter.words.news_subject(&label, &formatter.headline_in_full(&occurrence_row.occurrences)),
        single::SUBJECT,
    )
}

/// That of the mails about the certificate that it is about.
pub(super) fn thread(occurrence_row: &OccurrenceRow<'_>) -> Option<String> {
    let certificate = occurrence_row.certificate()?;
    let locations = occurrence_row.locations();
    let target = locations.first().map(|location| location.place.as_str()).unwrap_or_default();
    Some(single::thread_of(target, certificate.fingerprint))
}

pub(super) fn letter(occurrence_row: &OccurrenceRow<'_>, language: Language, context: &MessageContext<'_>) -> Letter {
    let formatter = &context.formatter;
    let words = formatter.words;
    let mut describe = formatter.describe(&occurrence_row.occurrences, single::NAMES);
    let to_do = formatter.what_to_do(&occurrence_row.occurrences);
    let machine = context.machine();
    if !describe.iter().chain(&to_do).any(|sentence| sentence.contains(&machine)) {
        describe.extend(formatter.files(&[Item::OccurrenceFacts(occurrence_row.clone())]));
    }
    let mut describe = describe.into_iter();
    let first = describe.next().unwrap_or_default();
    let mut blocks = vec![Block::Opening { in_text: first.clone(), in_html: first }];
    blocks.extend(describe.chain(context.snoozed(occurrence_row)).map(Block::Paragraph));
    blocks.extend(to_do.into_iter().map(Block::ToDo));
    let entries = context.entries(occurrence_row);
    blocks.extend(single::note(entries.iter().filter_map(|entry| entry.note.as_deref()), context));
    let facts = facts(occurrence_row, context);
    if !facts.is_empty() {
        let about = occurrence_row.renewed().map_or(Phrase::AboutTheCertificate, |_| Phrase::AboutTheNewCertificate);
        let date = occurrence_row.shown().filter(|shown| shown.is_date);
        let heading = date.map_or_else(|| words.phrase(about), |date| words.about_the_date(DateOf::new(date)));
        blocks.push(Block::Facts { heading, facts });
    }
    blocks.extend(other(occurrence_row, context).filter(|_| !occurrence_row.is_of_dates()));
    let because = context
        .because(&occurrence_row.occurrences)
        .into_iter()
        .chain(context.told_of_news(&occurrence_row.occurrences, true));
    let known = words.stopped(&words.capital(&formatter.known(&occurrence_row.occurrences)));
    let paragraphs = vec![
        known,
        words.sentences(&because.collect::<Vec<_>>()),
        words.zone(formatter.clock, &occurrence_row.shown().map(|it| it.not_after).into_iter().collect::<Vec<_>>()),
    ];
    blocks.push(Block::Explanation { heading: words.phrase(Phrase::WhyThisMail), paragraphs });
    Letter {
        language,
        tier: Some(occurrence_row.tier()),
        title: formatter.news_label(occurrence_row),
        status_label: Some(words.capital(&formatter.headline(&occurrence_row.occurrences))),
        blocks,
        sections: Vec::new(),
        not_named: 0,
        file: None,
        footer: context.footer(),
    }
}

pub(super) fn owner(occurrence_row: &OccurrenceRow<'_>, context: &MessageContext<'_>) -> Option<String> {
    context
        .entries(occurrence_row)
        .iter()
        .find_map(|entry| entry.owner.as_deref())
        .map(|owner| context.formatter.own(owner))
}

fn names(occurrence_row: &OccurrenceRow<'_>, shown: usize, context: &MessageContext<'_>) -> Option<String> {
    let certificate = occurrence_row.shown().filter(|shown| !shown.is_date)?;
    let host = occurrence_row.entry_name().unwrap_or_else(|| peer(&certificate.display_name(), NAME));
    Some(context.formatter.names_of(certificate, host, shown))
}

fn facts(occurrence_row: &OccurrenceRow<'_>, context: &MessageContext<'_>) -> Vec<Fact> {
    let formatter = &context.formatter;
    let seen = formatter.seen_at(&occurrence_row.locations(), single::PLACES);
    let owner = owner(occurrence_row, context).map(|owner| Fact::new(formatter.words.label(Label::Owner), vec![owner]));
    let facts = match (occurrence_row.shown(), names(occurrence_row, single::NAMES, context)) {
        (Some(date), None) if date.is_date => single::of_certificate(date, String::new(), seen, context),
        (Some(certificate), Some(names)) => single::of_certificate(certificate, names, seen, context),
        _ if seen.is_empty() => Vec::new(),
        _ => vec![Fact::new(formatter.words.label(Label::Seen), seen)],
    };
    facts.into_iter().chain(owner).collect()
}

/// The other certificate: the old one of a renewal, else the one that stands in its place now.
fn other(occurrence_row: &OccurrenceRow<'_>, context: &MessageContext<'_>) -> Option<Block> {
    let formatter = &context.formatter;
    let (other, heading) = if occurrence_row.renewed().is_some() {
        (occurrence_row.certificate()?, Phrase::AboutTheOldCertificate)
    } else {
        let mut details = occurrence_row.occurrences.iter().map(|occurrence| &occurrence.detail);
        (details.find_map(Detail::successor)?, Phrase::AboutTheNewCertificate)
    };
    let names = formatter.names_of(other, peer(&other.display_name(), NAME), single::NAMES);
    let facts = single::of_certificate(other, names, Vec::new(), context);
    Some(Block::Facts { heading: formatter.words.phrase(heading), facts })
}

/// The line in a digest.
pub(super) fn line(occurrence_row: &OccurrenceRow<'_>, is_attached: bool, context: &MessageContext<'_>) -> LetterLine {
    let formatter = &context.formatter;
    let words = formatter.words;
    let (first, label) = (occurrence_row.occurrences[0], formatter.news_label(occurrence_row));
    let fact = |label, lines| Fact::new(words.label(label), lines);
    let seen = formatter.seen_at(&occurrence_row.locations(), ROW_PLACES);
    let shown = occurrence_row.shown().filter(|shown| !is_attached && !shown.is_date);
    let identity = shown.map(|certificate| {
        let fingerprint = format!("SHA-256 {}", certificate.fingerprint.short());
        let serial = words.clauses(&[formatter.serial(certificate, usize::MAX), fingerprint]);
        [(Label::Issuer, formatter.issuer_name(&certificate.issuer)), (Label::Serial, serial)]
    });
    let names = names(occurrence_row, ROW_NAMES, context).map(|names| (Label::Names, names));
    let owner = owner(occurrence_row, context).map(|owner| (Label::Owner, owner));
    let why = (Label::ReminderReason, formatter.known(&occurrence_row.occurrences));
    let single: Vec<(Label, String)> = [why].into_iter().chain(names).collect();
    let after: Vec<(Label, String)> = identity.into_iter().flatten().chain(owner).collect();
    let brief =
        |facts: &[(Label, String)]| facts.iter().map(|(label, text)| formatter.field(*label, text)).collect::<Vec<_>>();
    let seen_briefly = (!seen.is_empty()).then(|| formatter.field(Label::Seen, &seen.join(" · ")));
    let facts = |facts: Vec<(Label, String)>| {
        facts.into_iter().map(|(label, text)| fact(label, vec![text])).collect::<Vec<_>>()
    };
    let brief = brief(&single).into_iter().chain(seen_briefly).chain(brief(&after)).collect();
    let seen = (!seen.is_empty()).then(|| fact(Label::Seen, seen));
    let remarks =
        formatter.describe(&occurrence_row.occurrences, ROW_NAMES).into_iter().chain(context.snoozed(occurrence_row));
    let remarks = remarks.chain(formatter.what_to_do(&occurrence_row.occurrences));
    LetterLine {
        left: words.mark(first.kind, &first.detail).to_owned(),
        day: words.short_day(formatter.clock, first.at),
        name: occurrence_row.entry_name().unwrap_or_else(|| label.clone()),
        label,
        state: words.clauses(&[String::new(), formatter.headline(&occurrence_row.occurrences)]),
        facts: facts(single).into_iter().chain(seen).chain(facts(after)).collect(),
        brief,
        remarks: remarks.collect(),
    }
}
