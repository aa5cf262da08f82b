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

use time::OffsetDateTime;

use letter::{Block, Letter};
pub use shorter::Shortenable;

use super::formatter::Formatter;
use super::message_context::MessageContext;
use super::occurrence_row::{Item, due};
use super::untrusted::clean;
use super::wording::{self, Phrase};
use super::{Attachment, Mail, RenderInput};
use crate::policy::{Attach, Channel, ContactName, Language, Zone};

/// The mail for these rows: of one certificate, or a digest.
pub(super) fn mail(items: &[Item<'_>], language: Language, is_repeat: bool, context: &MessageContext<'_>) -> Mail {
    let (subject, mut letter, thread) = match items {
        [Item::Due(row)] => {
            (single::subject(row, context), single::letter(row, language, context), Some(single::thread(row)))
        }
        [Item::OccurrenceFacts(occurrence_row)] => (
            occurrences::subject(occurrence_row, context),
            occurrences::letter(occurrence_row, language, context),
            occurrences::thread(occurrence_row),
        ),
        items => (digest::subject(items, context), digest::letter(items, language, context), None),
    };
    if is_repeat {
        letter.blocks.insert(1, Block::Paragraph(context.formatter.words.phrase(Phrase::MayBeARepeat).to_owned()));
    }
    let mut mail = Mail { attachments: attachments(items, context), ..finished(subject, &letter, thread) };
    // What stands alone is short.
    mail.letter = (items.len() > 1).then(|| Shortenable(Arc::new(letter)));
    mail
}

fn attachments(items: &[Item<'_>], context: &MessageContext<'_>) -> Vec<Attachment> {
    let contact = context.render_input.policies.contacts.get(context.contact);
    let wants_calendar = contact.is_some_and(|contact| contact.attach.contains(&Attach::Calendar));
    let table = table::is_due(items).then(|| table::attachment(items, context));
    let calendar = wants_calendar.then(|| calendar::attachment(&due(items), context)).flatten();
    table.into_iter().chain(calendar).collect()
}

pub(super) fn test_mail(
    contact: &ContactName,
    channel: Channel,
    language: Language,
    zone: &Zone,
    render_input: &RenderInput<'_>,
    now: OffsetDateTime,
) -> Mail {
    let words = wording::of(language);
    let context =
        MessageContext { formatter: Formatter::of_mail(words, zone, render_input, now), render_input, contact };
    let letter = Letter {
        language,
        tier: None,
        title: words.phrase(Phrase::TestTitle).to_owned(),
        status_label: None,
        blocks: vec![
            Block::Paragraph(words.test_text(&clean(contact.as_str()), channel.as_str())),
            Block::Paragraph(context.formatter.moment(now)),
        ],
        sections: Vec::new(),
        not_named: 0,
        file: None,
        footer: context.footer(),
    };
    finished(words.phrase(Phrase::TestTitle).to_owned(), &letter, None)
}

/// What a mail about these rows is called.
pub(super) fn subject(items: &[Item<'_>], context: &MessageContext<'_>) -> String {
    match items {
        [Item::Due(row)] => single::subject(row, context),
        [Item::OccurrenceFacts(occurrence_row)] => occurrences::subject(occurrence_row, context),
        items => digest::subject(items, context),
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
