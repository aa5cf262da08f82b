//! E-mail and internal messages: text and HTML.

mod calendar;
mod digest;
mod html;
mod letter;
mod occurrences;
mod shorter;
mod single;
mod table;
mod text;

use std::sync::Arc;

use letter::{Block, Letter};
pub use shorter::Shortenable;

use super::formatter::Formatter;
use super::occurrence_row::{Item, due};
use super::untrusted::clean;
use super::wording::{Phrase, Sentence};
use super::{Attachment, Mail};
use crate::policy::{Attach, Channel};

/// The mail for these rows: of one certificate, or a digest.
pub(super) fn mail(items: &[Item<'_>], is_repeat: bool, formatter: &Formatter<'_>) -> Mail {
    let subject = subject(items, formatter);
    let (mut letter, thread) = match items {
        [item] => (
            match item {
                Item::Due(row) => single::letter(row, item, formatter),
                Item::Occurrences(_) => occurrences::letter(item, formatter),
            },
            single::thread(item),
        ),
        items => (digest::letter(items, formatter), None),
    };
    if is_repeat {
        letter.blocks.insert(1, Block::Paragraph(formatter.words.phrase(Phrase::MayBeARepeat).to_owned()));
    }
    let mut mail = Mail { attachments: attachments(items, formatter), ..finished(subject, &letter, thread) };
    // What stands alone is short.
    mail.letter = (items.len() > 1).then(|| Shortenable(Arc::new(letter)));
    mail
}

fn attachments(items: &[Item<'_>], formatter: &Formatter<'_>) -> Vec<Attachment> {
    let contact = formatter.render_input.policies.contacts.get(formatter.contact);
    let wants_calendar = contact.is_some_and(|contact| contact.attach.contains(&Attach::Calendar));
    let table = table::is_due(items).then(|| table::attachment(items, formatter));
    let calendar = wants_calendar.then(|| calendar::attachment(&due(items), formatter)).flatten();
    table.into_iter().chain(calendar).collect()
}

pub(super) fn test_mail(channel: Channel, formatter: &Formatter<'_>) -> Mail {
    let words = formatter.words;
    let title = words.phrase(Phrase::TestTitle).to_owned();
    let blocks = vec![
        Block::Paragraph(
            words.say(Sentence::Test { contact: &clean(formatter.contact.as_str()), channel: channel.as_str() }),
        ),
        Block::Paragraph(formatter.moment(formatter.clock.now)),
    ];
    finished(title.clone(), &Letter::new(None, title, blocks, formatter), None)
}

/// What a mail about these rows is called.
pub(super) fn subject(items: &[Item<'_>], formatter: &Formatter<'_>) -> String {
    match items {
        [Item::Due(row)] => single::subject(row, formatter),
        [item @ Item::Occurrences(_)] => occurrences::subject(item, formatter),
        items => digest::subject(items, formatter),
    }
}

fn finished(subject: String, letter: &Letter, thread: Option<String>) -> Mail {
    Mail {
        subject,
        text: text::lay_out(letter),
        html: html::lay_out(letter),
        thread,
        attachments: Vec::new(),
        letter: None,
    }
}
