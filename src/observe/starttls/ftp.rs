//! FTP (RFC 4217): AUTH TLS.

use super::Fault;
use super::dialogue::Dialogue;

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    let mut greeting = dialogue.reply()?;
    // "Service ready in a moment" comes before the greeting proper (RFC 959 §5.4).
    while greeting.code == "120" {
        greeting = dialogue.reply()?;
    }
    if greeting.code != "220" {
        return Err(Fault::Unexpected(greeting.shown()));
    }
    dialogue.say("AUTH TLS\r\n")?;
    let answer = dialogue.reply()?;
    if matches!(answer.code.as_str(), "234" | "334") { Ok(()) } else { Err(Fault::Refused(answer.shown())) }
}
