//! The mail about one thing that happened.

use super::letter::{Block, Letter};
use super::single;
use crate::certificate::Certificate;
use crate::event::Detail;
use crate::render::columns::cut;
use crate::render::formatter::Formatter;
use crate::render::occurrence_row::Item;
use crate::render::wording::Phrase;
use crate::text::untrusted::{NAME, peer};

/// Columns of a name in a title.
const TITLE: usize = 100;

pub(super) fn subject(item: &Item<'_>, formatter: &Formatter<'_>) -> String {
    let label = cut(&formatter.label(item), TITLE);
    cut(&formatter.words.news_subject(&label, &formatter.headline_in_full(item.occurrences())), single::SUBJECT)
}

pub(super) fn letter(item: &Item<'_>, formatter: &Formatter<'_>) -> Letter {
    let words = formatter.words;
    let mut describe = formatter.describe(item.occurrences(), single::NAMES);
    let to_do = formatter.what_to_do(item.occurrences());
    let machine = formatter.machine();
    if !describe.iter().chain(&to_do).any(|sentence| sentence.contains(&machine)) {
        describe.extend(formatter.files(std::slice::from_ref(item)));
    }
    let mut describe = describe.into_iter();
    let first = describe.next().unwrap_or_default();
    let mut blocks = vec![Block::Opening { in_text: first.clone(), in_html: first }];
    blocks.extend(describe.chain(formatter.snoozed(item)).map(Block::Paragraph));
    blocks.extend(to_do.into_iter().map(Block::ToDo));
    blocks.extend(single::note(item, formatter));
    let facts = single::facts(item, formatter);
    if !facts.is_empty() {
        let about = match (item.shown(), item.renewed()) {
            (None, _) => Phrase::AboutThePlaces,
            (Some(_), None) => Phrase::AboutTheCertificate,
            (Some(_), Some(_)) => Phrase::AboutTheNewCertificate,
        };
        let date = item.shown().and_then(Certificate::date);
        let heading = date.map_or_else(|| words.phrase(about), |of| words.date_words(of).1);
        blocks.push(Block::Facts { heading, facts });
    }
    blocks.extend(other(item, formatter).filter(|_| !item.is_date()));
    let because =
        formatter.because(item.occurrences()).into_iter().chain(formatter.told_of_news(item.occurrences(), true));
    let known = words.stopped(&words.capital(&formatter.known(item.occurrences())));
    let paragraphs = vec![
        known,
        words.sentences(&because.collect::<Vec<_>>()),
        words.zone(formatter.clock, &item.shown().map(|it| it.not_after).into_iter().collect::<Vec<_>>()),
    ];
    blocks.push(Block::Explanation { heading: words.phrase(Phrase::WhyThisMail), paragraphs });
    let letter = Letter::new(Some(item.tier(formatter.then())), formatter.label(item), blocks, formatter);
    Letter { status_label: Some(words.capital(&formatter.left(item))), ..letter }
}

/// The other certificate: the old one of a renewal, else the one that stands in its place now.
fn other(item: &Item<'_>, formatter: &Formatter<'_>) -> Option<Block> {
    let (other, heading) = if item.renewed().is_some() {
        (item.certificate()?, Phrase::AboutTheOldCertificate)
    } else {
        let mut details = item.occurrences().iter().map(|occurrence| &occurrence.detail);
        (details.find_map(Detail::successor)?, Phrase::AboutTheNewCertificate)
    };
    let names = formatter.names_of(other, peer(&other.display_name(), NAME), single::NAMES);
    let seen = formatter.seen_at(&item.locations_of(Some(other)), single::PLACES);
    let facts = single::of_certificate(other, names, seen, formatter);
    Some(Block::Facts { heading: formatter.words.phrase(heading), facts })
}
