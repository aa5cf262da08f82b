//! E-mail and internal messages: text and HTML.

mod calendar;
mod digest;
mod html;
mod letter;
mod news;
mod single;
mod table;
mod text;

use time::OffsetDateTime;

use letter::{Block, Letter};

use super::sender::Sender;
use super::teller::Teller;
use super::tidings::{Item, due};
use super::untrusted::clean;
use super::wording::{self, Phrase};
use super::{Attachment, Mail, Surroundings};
use crate::policy::{Attach, Channel, ContactName, Language, Zone};

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
    Mail { attachments: attachments(items, sender), ..finished(subject, &letter, thread) }
}

fn attachments(items: &[Item<'_>], sender: &Sender<'_>) -> Vec<Attachment> {
    let contact = sender.surroundings.policies.contacts.get(sender.contact);
    let wants_calendar = contact.is_some_and(|contact| contact.attach.contains(&Attach::Calendar));
    let table = table::is_due(items).then(|| table::attachment(items, sender));
    let calendar = wants_calendar.then(|| calendar::attachment(&due(items), sender)).flatten();
    table.into_iter().chain(calendar).collect()
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

/// What a mail about these rows is called.
pub(super) fn subject(items: &[Item<'_>], sender: &Sender<'_>) -> String {
    match items {
        [Item::Due(row)] => single::subject(row, sender),
        [Item::News(tidings)] => news::subject(tidings, sender),
        items => digest::subject(items, sender),
    }
}

fn finished(subject: String, letter: &Letter, thread: Option<String>) -> Mail {
    Mail { subject, text: text::lay_out(letter), html: html::lay_out(letter), thread, attachments: Vec::new() }
}
