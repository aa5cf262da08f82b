//! Messages: what people read, in every channel and both languages.

mod attachments;
mod commands;
mod deployment;
mod embeds;
mod every_story;
mod fleet;
mod fuzzed;
mod gallery;
mod harmless_mail;
mod hostile;
mod hostile_news;
mod identity;
mod kinds;
mod limits;
mod machines;
mod mails;
mod occurrence_kinds;
mod occurrences;
mod one_voice;
mod other_recipients;
mod phones;
mod reports;
mod rooms;
mod sizes;
mod templates;
mod to_do;

pub(crate) use fleet::CHATS;
