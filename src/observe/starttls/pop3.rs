//! POP3 (RFC 2595 §4): STLS.

use super::Fault;
use super::dialogue::{Dialogue, shown};

pub(super) fn begin(dialogue: &mut Dialogue<'_>) -> Result<(), Fault> {
    let greeting = dialogue.line()?;
    if greeting.starts_with("-ERR") {
        return Err(Fault::TurnedAway(shown(&greeting)));
    }
    if !greeting.starts_with("+OK") {
        return Err(Fault::Unexpected(shown(&greeting)));
    }
    dialogue.say("STLS\r\n")?;
    let answer = dialogue.line()?;
    if answer.starts_with("+OK") { Ok(()) } else { Err(Fault::Refused(shown(&answer))) }
}
