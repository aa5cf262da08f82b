//! Tickets: one for each certificate, opened with its first reminder, told the others, and closed when it is over.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::alert::{self, Alert, key, split};
use super::chat::{self, ChatBatch};
use super::formatter::Formatter;
use super::machine::JsonBatch;
use super::message_context::MessageContext;
use super::occurrence_row::Item;
use super::wording::{self, Label, Phrase};
use super::{Body, Message, RenderInput, identifier, mail};
use crate::certificate::Fingerprint;
use crate::channels::{Action, PageFormat, plain, ticket_title};
use crate::event::EventKind;
use crate::policy::{Channel, ContactName, Language, Zone};
use crate::schedule::ReminderKey;
use crate::text::untrusted::{NAME, peer};

/// One message a ticket: the most urgent first, what is over last.
pub(super) fn messages(machine: &JsonBatch<'_>, vendor: &dyn PageFormat) -> Vec<Message> {
    let told = machine.items.iter().flat_map(split).filter_map(|(alert, item)| one(&alert, &item, machine, vendor));
    let over = machine.batch.resolved_alerts.iter().map(|fingerprint| over(*fingerprint, machine, vendor));
    told.chain(over).collect()
}

/// What a room would be told of it alone.
fn one(alert: &Alert, item: &Item<'_>, machine: &JsonBatch<'_>, vendor: &dyn PageFormat) -> Option<Message> {
    let JsonBatch { batch, language, render_input, now, .. } = *machine;
    let items = std::slice::from_ref(item);
    let page = ChatBatch::new(batch, items, language, render_input, now);
    let message = chat::pages(&page, vendor).into_iter().next()?;
    let action = if alert::is_over(item) { Action::Close } else { Action::Open };
    let title = mail::subject(items, &context(machine, plain::escape));
    let key = alert.key(&batch.contact);
    let order = |payload: Value| order(payload, action, &key, &title);
    let body = match message.body {
        Body::Chat { payload, plainer } => Body::Chat { payload: order(payload), plainer: plainer.map(order) },
        mail @ Body::Mail(_) => mail,
    };
    Some(Message { body, ..message })
}

/// The certificate stands unrenewed nowhere any more.
fn over(fingerprint: Fingerprint, machine: &JsonBatch<'_>, vendor: &dyn PageFormat) -> Message {
    let JsonBatch { batch, language, render_input, .. } = *machine;
    let (contact, channel) = (batch.contact.clone(), batch.channel);
    let context = context(machine, vendor.escape());
    let words = context.formatter.words;
    let known = render_input.history.certificates.get(&fingerprint);
    let name = known.map(|known| vendor.escape()(&peer(&known.facts.display_name(), NAME)));
    let name = name.map(|name| words.stopped(&words.field(Label::Certificate, &name)));
    let why = words.phrase(Phrase::WhyItIsOver).to_owned();
    let said = words.sentences(&name.into_iter().chain([why]).collect::<Vec<_>>());
    let page = chat::page_of_words(words.phrase(Phrase::AlertIsOver), said, language, &context);
    let (payload, _) = vendor.payload(&page);
    let key = ReminderKey { fingerprint, kind: EventKind::Hosting, contact: contact.clone(), channel };
    let ticket = Alert::Certificate(fingerprint).key(&contact);
    Message {
        to: Vec::new(),
        id: identifier(&contact, channel, &[], &format!("over {fingerprint}")),
        contact,
        channel,
        text: plain::whole(&page),
        body: Body::Chat { payload: order(payload, Action::Close, &ticket, &page.title), plainer: None },
        reminders: vec![(key, "its ticket is over: it stands unrenewed nowhere any more".to_owned())],
        occurrences: Vec::new(),
        certificates: 1,
        complaints: Vec::new(),
    }
}

/// What the service is asked for, around the words in its markup.
fn order(mut payload: Value, action: Action, key: &str, title: &str) -> Value {
    payload["action"] = json!(action.as_str());
    payload["key"] = json!(key);
    payload["title"] = json!(ticket_title(title));
    payload
}

fn context<'a>(machine: &JsonBatch<'a>, escape: fn(&str) -> String) -> MessageContext<'a> {
    let JsonBatch { batch, language, render_input, now, .. } = *machine;
    let formatter = Formatter::of_chat(wording::of(language), (&batch.zone, render_input), escape, now);
    MessageContext { formatter, render_input, contact: &batch.contact }
}

/// One ticket for all tests of a contact.
pub(super) fn test_body(
    contact: &ContactName,
    (channel, vendor): (Channel, &dyn PageFormat),
    language: Language,
    zone: &Zone,
    render_input: &RenderInput<'_>,
    now: OffsetDateTime,
) -> (Body, String) {
    let (body, text) = chat::test_body(contact, (channel, vendor), language, zone, render_input, now);
    let title = wording::of(language).phrase(Phrase::TestTitle);
    let body = match body {
        Body::Chat { payload, .. } => {
            Body::Chat { payload: order(payload, Action::Test, &key(contact, "test"), title), plainer: None }
        }
        mail @ Body::Mail(_) => mail,
    };
    (body, text)
}
