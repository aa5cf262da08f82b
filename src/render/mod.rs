//! Reminders → messages: the words, the layout and the size of each channel.

mod alert;
mod batch_input;
mod chat;
mod corrections;
mod digest;
pub mod feed;
mod footer;
mod formatter;
mod icalendar;
mod machine;
mod mail;
mod occurrence_row;
mod over;
mod pagerduty;
pub mod spreadsheet;
mod templates;
mod tickets;
mod urgency;
mod wording;

pub use crate::text::untrusted;
pub use corrections::correction;
pub use formatter::shell_word;
pub use mail::Shortenable;
pub use occurrence_row::named_occurrences;
pub use templates::{Complaint, mistakes as template_mistakes};
pub use wording::{news_in_words, reason_in_words};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::channels::Form;
use crate::event::OccurrenceId;
use crate::history::History;
use crate::policy::{Channel, Contact, ContactName, Policies};
use crate::schedule::{Batch, ReminderKey};
use crate::text::columns;
use crate::text::hex;
use batch_input::BatchInput;
use formatter::Formatter;
use occurrence_row::Item;

/// One message for one contact by one channel, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub contact: ContactName,
    pub channel: Channel,
    /// By mail, the addresses that it goes to: all of the contact, or those that are owed just this.
    pub to: Vec<String>,
    /// 32 hexadecimal digits of a hash of contact, channel and the exact set of reminders.
    pub id: String,
    pub body: Body,
    /// What a person reads in it, without the vendor's form; the same as its text in a mail.
    pub text: String,
    /// What the message names and why: recorded once it is accepted. Empty where it only mentions people, or is a test.
    pub reminders: Vec<(ReminderKey, String)>,
    /// What happened and is told in it, in few English words: recorded once it is accepted.
    pub occurrences: Vec<(OccurrenceId, String)>,
    /// How many of them it names, the first; the rest is told with one of these.
    pub named: usize,
    /// How many certificates it reminds of.
    pub certificates: usize,
    /// Why the templates of the policy file were not used for it.
    pub complaints: Vec<Complaint>,
    /// Messages of its first rows alone, each for a service that takes none of those before it: what they do not name
    /// stays due.
    pub fewer: Vec<Message>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// For e-mail and for the inbox.
    Mail(Mail),
    /// The vendor's JSON, unsigned; and plainer ones that name the same, each for a server that refuses those before it.
    Chat { payload: Value, plainer: Vec<Value> },
}

impl Body {
    /// With no plainer form.
    fn alone(payload: Value) -> Self {
        Self::Chat { payload, plainer: Vec::new() }
    }
}

/// The parts of a mail that are words; addresses and transport belong to delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    /// Lines of at most 72 columns, but for a command whose names are longer.
    pub text: String,
    pub html: String,
    /// 32 hexadecimal digits that all mails about one certificate share; none for a digest.
    pub thread: Option<String>,
    pub attachments: Vec<Attachment>,
    /// What shorter forms of a digest are made of.
    pub letter: Option<Shortenable>,
}

/// A file beside the words of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: &'static str,
    pub kind: AttachmentKind,
    /// Lines that end in CR LF.
    pub text: String,
}

/// What a file at a mail holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentKind {
    /// RFC 4180, with a head.
    Table,
    /// RFC 5545, published (RFC 5546).
    Calendar,
}

/// What a message tells beside its reminders.
#[derive(Clone, Copy, Debug)]
pub struct RenderInput<'a> {
    pub policies: &'a Policies,
    /// The name of this machine.
    pub machine: &'a str,
    /// Certificates of the run that are not due, as far as is known.
    pub need_nothing: usize,
    /// Certificates that this run could not see and watches by their last known dates.
    pub not_seen: usize,
    /// What was written whole and never answered, and may be a repeat; who else is owed what happened; what is snoozed.
    pub history: &'a History,
}

/// Each of them once, in their order.
fn distinct<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for item in all {
        if !distinct.contains(&item) {
            distinct.push(item);
        }
    }
    distinct
}

/// The messages of one contact and channel: one mail that names every certificate, or at most three in a chat, which
/// name the first of the batch and count the rest.
#[must_use]
pub fn messages(batch: &Batch, render_input: &RenderInput<'_>, now: OffsetDateTime) -> Vec<Message> {
    let formatter = Formatter::new(&batch.contact, &batch.zone, render_input, now);
    let items = occurrence_row::items(batch, formatter.then());
    if items.is_empty() && batch.resolved_alerts.is_empty() {
        return Vec::new();
    }
    let input = BatchInput { batch, items: &items, formatter };
    match batch.channel.spec().form {
        Form::Mail => {
            let id = input.id();
            let is_repeat = render_input.history.may_be_a_repeat(&id, (&batch.contact, batch.channel), &batch.to);
            let mut mail = mail::mail(&items, is_repeat, &formatter);
            let complaints = templates::apply_template(&mut mail, &items, batch.channel, is_repeat, &formatter);
            let text = mail.text.clone();
            vec![Message { to: batch.to.clone(), complaints, ..input.message(id, Body::Mail(mail), text) }]
        }
        Form::Alerts => pagerduty::messages(&input),
        Form::Tickets(format) => tickets::messages(&input, format),
        Form::Json => machine::messages(&input),
        Form::Page(format) => chat::pages(&chat::ChatBatch::new(input), format),
    }
}

/// A message that asks for nothing and says that it is a test.
#[must_use]
pub fn test_message(
    contact: &ContactName,
    channel: Channel,
    render_input: &RenderInput<'_>,
    now: OffsetDateTime,
) -> Message {
    let formatter = Formatter::in_own_zone(contact, render_input, now);
    let (body, text) = match channel.spec().form {
        Form::Mail => {
            let mail = mail::test_mail(channel, &formatter);
            let text = mail.text.clone();
            (Body::Mail(mail), text)
        }
        Form::Alerts => {
            let payload = pagerduty::test_body(&formatter.in_chat(str::to_owned));
            let text = pagerduty::text(&payload);
            (Body::alone(payload), text)
        }
        Form::Json => {
            let payload = machine::test_body(channel, &formatter.in_chat(str::to_owned));
            let text = machine::text(&payload);
            (Body::alone(payload), text)
        }
        Form::Tickets(format) => tickets::test_body((channel, format), &formatter),
        Form::Page(format) => chat::test_body((channel, format), &formatter),
    };
    let id = identifier(contact, channel, &[], &format!("test {}", now.unix_timestamp_nanos()));
    let settings = render_input.policies.contacts.get(contact).filter(|_| channel == Channel::Email);
    let to = settings.map(Contact::addresses).unwrap_or_default();
    Message { to, ..Message::without_rows(contact, channel, id, body, text) }
}

/// The same for the same contact, channel and set of reminders and news in any order; `part` tells apart what names the
/// same.
fn identifier(contact: &ContactName, channel: Channel, items: &[Item<'_>], part: &str) -> String {
    let rows = occurrence_row::due(items);
    let reminders = rows.iter().flat_map(|row| &row.reminders);
    let mut set: Vec<String> = reminders
        .map(|reminder| {
            let number = reminder.nth + reminder.uncounted;
            format!("{} {} {number}", reminder.key.fingerprint, reminder.key.kind)
        })
        .collect();
    let occurrences = occurrence_row::all_news(items);
    set.extend(
        occurrences.iter().map(|occurrence| format!("{} {}", occurrence.id.as_str(), occurrence.at.unix_timestamp())),
    );
    set.sort();
    let hashed = format!("certnotify-message-v1\n{contact}\n{channel}\n{part}\n{}", set.join("\n"));
    hex(&Sha256::digest(hashed)[..16])
}
