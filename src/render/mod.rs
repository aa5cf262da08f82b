//! Reminders → messages: the words, the layout and the size of each channel.

mod digest;
mod dingtalk;
mod lark;
mod mail;
pub mod untrusted;
mod wecom;
mod wording;

use serde_json::Value;

use crate::policy::{Channel, ContactName};
use crate::schedule::ReminderKey;

/// One message for one contact by one channel, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub contact: ContactName,
    pub channel: Channel,
    /// 32 hexadecimal digits of a hash of contact, channel and the exact set of reminders.
    pub id: String,
    pub body: Body,
    /// What the message names and why: recorded once it is accepted.
    pub reminders: Vec<(ReminderKey, String)>,
    /// How many certificates it names.
    pub certificates: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// For e-mail and for the inbox.
    Mail(Mail),
    /// The vendor's JSON, unsigned; and a plainer one that names the same, for a server that refuses the first.
    Chat { payload: Value, plainer: Option<Value> },
}

/// The parts of a mail that are words; addresses and transport belong to delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    /// Lines of at most 72 columns.
    pub text: String,
    pub html: String,
    /// 32 hexadecimal digits that all mails about one certificate share; none for a digest.
    pub thread: Option<String>,
}
