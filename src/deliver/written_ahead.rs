//! Mails that are written before their turn: their server hears of each with the one before it.

use super::smtp::Letter;
use crate::render::Message;

/// The mail that is sent next, and the one after it, as far as they were expected.
#[derive(Default)]
pub(super) struct WrittenAhead {
    next: Option<Written>,
    after: Option<Written>,
}

struct Written {
    id: String,
    to: Vec<String>,
    letter: Letter,
}

impl WrittenAhead {
    /// Another message is sent next, and then this one.
    pub(super) fn expect(&mut self, after: Option<(&Message, Letter)>) {
        let written =
            |(message, letter): (&Message, Letter)| Written { id: message.id.clone(), to: message.to.clone(), letter };
        self.next = std::mem::replace(&mut self.after, after.map(written));
    }

    /// The letter of this message for just these recipients.
    pub(super) fn take(&mut self, message: &Message) -> Option<Letter> {
        let next = self.next.take_if(|next| next.id == message.id && next.to == message.to)?;
        Some(next.letter)
    }

    pub(super) fn after(&self) -> Option<&Letter> {
        self.after.as_ref().map(|after| &after.letter)
    }
}
