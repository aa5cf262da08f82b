//! Messages: what people read, in every channel and both languages.

mod fleet;
mod hostile;
mod identity;
mod mails;
mod rooms;
mod sizes;
