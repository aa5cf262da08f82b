//! FTP (RFC 4217): AUTH TLS, else AUTH SSL.

use super::Fault;
use super::dialogue::{Dialogue, Reply};

fn agrees(answer: &Reply) -> bool {
    matches!(answer.code.as_str(), "234" | "334")
}

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    let mut greeting = dialogue.reply()?;
    // "Service ready in a moment" comes before the greeting proper (RFC 959 §5.4).
    while greeting.code == "120" {
        greeting = dialogue.reply()?;
    }
    if greeting.code != "220" {
        return Err(greeting.not_welcome());
    }
    dialogue.say("AUTH TLS\r\n")?;
    let answer = dialogue.reply()?;
    if agrees(&answer) {
        return Ok(());
    }
    // Older servers know the name of before RFC 4217 only; what they say of the one of today says more.
    dialogue.say("AUTH SSL\r\n")?;
    if dialogue.reply().is_ok_and(|answer| agrees(&answer)) { Ok(()) } else { Err(Fault::Refused(answer.shown())) }
}
