//! E-mail and internal messages: text and HTML.

mod digest;
mod html;
mod letter;
mod news;
mod single;
mod text;

use time::OffsetDateTime;

use letter::{Block, Letter};

use super::sender::Sender;
use super::teller::Teller;
use super::tidings::Item;
use super::untrusted::clean;
use super::wording::{self, Phrase};
use super::{Mail, Surroundings};
use crate::policy::{Channel, ContactName, Language, Zone};

/// The mail for these rows: of one certificate, or a digest.
pub(super) fn mail(items: &[Item<'_>], language: Language, is_repeat: bool, sender: &Sender<'_>) -> Mail {
    let (subject, mut letter, thread) = match items {
        [Item::Due(row)] => {
            (single::subject(row, sender), single::letter(row, language, sender), Some(single::thread(row)))
        }
        [Item::News(tidings)] => {
            (news::subject(tidings, sender), news::letter(tidings, language, sender), news::thread(tidings))
        }
        items => (digest::subject(items, sender), digest::letter(items, language, sender), None),
    };
    if is_repeat {
        letter.blocks.insert(1, Block::Paragraph(sender.teller.words.phrase(Phrase::MayBeARepeat).to_owned()));
    }
    finished(subject, &letter, thread)
}

pub(super) fn test_mail(
    contact: &ContactName,
    channel: Channel,
    language: Language,
    zone: &Zone,
    surroundings: &Surroundings<'_>,
    now: OffsetDateTime,
) -> Mail {
    let words = wording::of(language);
    let sender = Sender { teller: Teller::of_mail(words, zone, now), surroundings, contact };
    let letter = Letter {
        language,
        tier: None,
        title: words.phrase(Phrase::TestTitle).to_owned(),
        badge: None,
        blocks: vec![
            Block::Paragraph(words.test_text(&clean(contact.as_str()), channel.as_str())),
            Block::Paragraph(sender.teller.moment(now)),
        ],
        sections: Vec::new(),
        footer: sender.footer(),
    };
    finished(words.phrase(Phrase::TestTitle).to_owned(), &letter, None)
}

fn finished(subject: String, letter: &Letter, thread: Option<String>) -> Mail {
    Mail { subject, text: text::lay_out(letter), html: html::lay_out(letter), thread }
}
