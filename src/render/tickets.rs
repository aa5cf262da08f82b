//! Tickets: one for each certificate, opened with its first reminder, told the others, and closed when it is over.

use serde_json::json;

use super::alert::{self, Alert, key, split};
use super::batch_input::BatchInput;
use super::chat::{self, ChatBatch};
use super::formatter::Formatter;
use super::occurrence_row::Item;
use super::wording::{Label, Phrase};
use super::{Body, Message, mail};
use crate::certificate::Fingerprint;
use crate::channels::{Action, PageFormat, plain, ticket_title};
use crate::policy::Channel;
use crate::text::untrusted::{NAME, peer};

/// One message a ticket: the most urgent first, what is over last.
pub(super) fn messages(input: &BatchInput<'_>, vendor: &dyn PageFormat) -> Vec<Message> {
    let told = input.items.iter().flat_map(split).filter_map(|(alert, item)| one(&alert, &item, input, vendor));
    let over = input.batch.resolved_alerts.iter().map(|fingerprint| over(*fingerprint, input, vendor));
    told.chain(over).collect()
}

/// What a room would be told of it alone.
fn one(alert: &Alert, item: &Item<'_>, input: &BatchInput<'_>, vendor: &dyn PageFormat) -> Option<Message> {
    let items = std::slice::from_ref(item);
    let message = chat::pages(&ChatBatch::new(input.of(items)), vendor).into_iter().next()?;
    let action = if alert::is_over(item, &input.formatter) { Action::Close } else { Action::Open };
    let title = mail::subject(items, &input.formatter.in_chat(plain::escape));
    let key = alert.key(&input.batch.contact);
    Some(Message { body: ordered(message.body, action, &key, &title), fewer: Vec::new(), ..message })
}

/// The certificate stands unrenewed nowhere any more.
fn over(fingerprint: Fingerprint, input: &BatchInput<'_>, vendor: &dyn PageFormat) -> Message {
    let formatter = input.formatter.in_chat(vendor.escape());
    let words = formatter.words;
    let known = formatter.render_input.history.certificates.get(&fingerprint);
    let name = known.map(|known| vendor.escape()(&peer(&known.facts.display_name(), NAME)));
    let name = name.map(|name| words.stopped(&words.field(Label::Certificate, &name)));
    let why = words.phrase(Phrase::WhyItIsOver).to_owned();
    let said = words.sentences(&name.into_iter().chain([why]).collect::<Vec<_>>());
    let page = chat::page_of_words(words.phrase(Phrase::AlertIsOver), said, &formatter);
    let (payload, _) = vendor.payload(&page);
    let ticket = Alert::Certificate(fingerprint).key(formatter.contact);
    let body = ordered(Body::alone(payload), Action::Close, &ticket, &page.title);
    let why = "its ticket is over: it stands unrenewed nowhere any more";
    input.over(fingerprint, body, plain::whole(&page), why)
}

/// What the service is asked for, around the words in its markup.
fn ordered(mut body: Body, action: Action, key: &str, title: &str) -> Body {
    if let Body::Chat { payload, plainer } = &mut body {
        payload["action"] = json!(action.as_str());
        payload["key"] = json!(key);
        payload["title"] = json!(ticket_title(title));
        plainer.clear();
    }
    body
}

/// One ticket for all tests of a contact.
pub(super) fn test_body((channel, vendor): (Channel, &dyn PageFormat), formatter: &Formatter<'_>) -> (Body, String) {
    let (body, text) = chat::test_body((channel, vendor), formatter);
    let title = formatter.words.phrase(Phrase::TestTitle);
    (ordered(body, Action::Test, &key(formatter.contact, "test"), title), text)
}
