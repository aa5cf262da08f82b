//! Messages: what people read, in every channel and both languages.

mod attachments;
mod company;
mod deployment;
mod embeds;
mod fleet;
mod happenings;
mod hostile;
mod hostile_news;
mod identity;
mod limits;
mod machines;
mod mails;
mod news;
mod phones;
mod reports;
mod rooms;
mod sizes;
mod templates;
